"""Whether this CPU has AMX, and how a process is kept from it.

Linux gives a process the tile registers when it asks with arch_prctl(ARCH_REQ_XCOMP_PERM). All runtimes here ask and use
AVX-512 when told no. So a seccomp filter that refuses this one request turns AMX off in each of them alike.
"""

import ctypes
import errno
import pathlib
import struct

_PR_SET_NO_NEW_PRIVS = 38
_SYS_ARCH_PRCTL, _SYS_SECCOMP = 158, 317  # x86-64
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4  # without it older kernels also turn a speculation mitigation on, which costs time
_RETURN_ERROR, _RETURN_ALLOW = 0x00050000, 0x7FFF0000
_LOAD_WORD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF: A = word at K; if A == K; return K
_OFFSET_NUMBER, _OFFSET_ARGUMENT = 0, 16  # in struct seccomp_data

ARCH_REQ_XCOMP_PERM = 0x1023
XFEATURE_XTILEDATA = 18


def available():
    """Whether the CPU and the kernel offer int8 tiles."""
    return "amx_int8" in pathlib.Path("/proc/cpuinfo").read_text().split()


def request():
    """Asks for the tile registers; 0 or an errno."""
    libc = ctypes.CDLL(None, use_errno=True)
    failed = libc.syscall(_SYS_ARCH_PRCTL, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)
    return ctypes.get_errno() if failed else 0


def refuse():
    """Makes every later request of this process and its children fail with EPERM."""
    program = [(_LOAD_WORD, 0, 0, _OFFSET_NUMBER), (_JUMP_EQUAL, 0, 3, _SYS_ARCH_PRCTL),
               (_LOAD_WORD, 0, 0, _OFFSET_ARGUMENT), (_JUMP_EQUAL, 0, 1, ARCH_REQ_XCOMP_PERM),
               (_RETURN, 0, 0, _RETURN_ERROR | errno.EPERM), (_RETURN, 0, 0, _RETURN_ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.syscall(
            _SYS_SECCOMP, _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_SPEC_ALLOW, header):
        raise OSError(ctypes.get_errno(), "cannot refuse AMX: seccomp")
