"""libqrun_bench.so: qrun's C interface and the C loop that times calls of any C function."""

import ctypes

from peers.environment import BUILD


def load_library():
    library = ctypes.CDLL(str(BUILD / "release" / "lib" / "libqrun_bench.so"))
    library.bench_time_calls.restype = ctypes.c_int64
    library.bench_time_calls.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    return library


def nanoseconds(library, function, argument, count):
    """What `count` calls of the C function with this one argument take."""
    return library.bench_time_calls(ctypes.cast(function, ctypes.c_void_p), argument, count)
