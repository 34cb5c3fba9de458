"""What llvm-mca makes of the ARM kernels' innermost loops: python3 bench/mca.py [build/aarch64] > docs/mca.md

Takes the loops out of the built objects, as the compiler and the assembler left them: in every function that is named
below, the innermost loop with the most multiplications. ./dev mca builds the objects first.
"""

import argparse
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys

INTRODUCTION = """\
# Innermost loops on ARM cores, as llvm-mca sees them

Made by `./dev mca`: {version} simulates a loop's instructions on LLVM's model of a core, all data in the first-level cache. It is
not a measurement: models are simplified, and memory is left out. [Figures from boards](boards.md) come from boards.

* **Kernel**: *gemm, neon* is `igemm_2x4c16__neon` of `qrun --profile`: 2 rows by 4 columns innermost, requantized 8 by 8. *One row*: a single pixel, as of
  fully connected layers. There is no model of a 32-bit core here.
* **Loop**: with chains, how many products an int16 lane adds up before `sadalp` ([why](../kernels/gemm/chains.inl)); each panel of weights takes the longest
  that its weights allow.
* **MACs/cycle**: multiplications and additions of the loop over its cycles, of {iterations} iterations.
* **Multiply peak**: the share of what the core does of this multiplication and nothing else.
* **Requantization**: the straight code that turns a tile's int32 sums into bytes, for numbers of any sign.
* **With its sums**: the share of what it does of the loop's multiplications and `sadalp`s and nothing else. A Cortex-A53 begins one vector
  instruction a cycle, whichever; so this is how full its vector pipe is. Elsewhere `sadalp` has a pipe of its own, or there is none.

The Cortex-A76 of a Raspberry Pi 5 has no model in LLVM: its server twin, Neoverse N1, stands in for it. On cores that run in order llvm-mca
lets no instruction write before an earlier one has: a load or an addition waits until it would not overtake a multiplication.
"""


@dataclasses.dataclass
class Kernel:
    name: str
    object: str  # of OBJECTS
    function: str  # regular expression of its demangled name
    cores: tuple
    loops: int = 1  # how many of a function's loops


WIDE = ("cortex-a53", "cortex-a72")
OBJECTS = "kernels/CMakeFiles/qrun_kernels.dir"
KERNELS = (
    Kernel("gemm, neon", "gemm/neon.cc.o", r"add_products", WIDE, 3),
    Kernel("depthwise, neon", "dwconv/neon.cc.o", r"compute<", WIDE),
    Kernel("gemm, dotprod", "gemm/dotprod.cc.o", r"compute_tile<.*DotProd, 4, 4>", ("cortex-a55", "neoverse-n1")),
    Kernel("one row, dotprod", "gemm/dotprod.cc.o", r"compute_tile<.*DotProd, 1, 8>", ("cortex-a55", "neoverse-n1")),
    Kernel("depthwise, dotprod", "dwconv/dotprod.cc.o", r"compute_(columns|group)<", ("cortex-a55", "neoverse-n1")),
    Kernel("gemm, i8mm", "gemm/i8mm.cc.o", r"compute_tile<.*I8mm, 4, 4>", ("neoverse-v1",)),
)

REQUANTIZATIONS = (
    Kernel("neon, 8 x 8", "gemm/neon.cc.o", r"compute_tile<.*Neon, 8, 2>", WIDE),
    Kernel("dotprod, 4 x 16", "gemm/dotprod.cc.o", r"compute_tile<.*DotProd, 4, 4>", ("cortex-a55", "neoverse-n1")),
    Kernel("i8mm, 4 x 16", "gemm/i8mm.cc.o", r"compute_tile<.*I8mm, 4, 4>", ("neoverse-v1",)),
)

LANES = {"8h": 8, "4s": 4, "2d": 2, "16b": 16, "8b": 8, "4h": 4, "2s": 2}
PRODUCTS = {"sdot": 4, "smmla": 8}  # a lane
MULTIPLICATIONS = {"sdot", "smmla", "smull", "smull2", "smlal", "smlal2"}


def macs(instruction):
    """Products of one instruction, 0 if it is no multiplication."""
    name, _, operands = instruction.partition(" ")
    if name not in MULTIPLICATIONS:
        return 0
    return LANES[operands.split(",")[0].split(".")[1]] * PRODUCTS.get(name, 1)


def functions(objdump, path):
    """(demangled name, [(address, instruction, branch target or None)]) of each function."""
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", "-C", path], check=True, capture_output=True, text=True)
    name, body = None, []
    for line in text.stdout.splitlines():
        if header := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            if name:
                yield name, body
            name, body = header[1], []
        elif row := re.match(r"\s*([0-9a-f]+):\t(.*)$", line):
            instruction = " ".join(re.sub(r"\s*//.*", "", row[2]).split())
            branch = re.match(r"(b(?:\.\w+)?|cbn?z|tbn?z) (?:.*, )?([0-9a-f]+) <", instruction)
            body.append((int(row[1], 16), instruction, int(branch[2], 16) if branch else None))
    if name:
        yield name, body


def blocks(body):
    """Stretches without a branch from or to anywhere within."""
    targets = {row[2] for row in body}
    block = []
    for address, instruction, target in body:
        if address in targets:
            yield block
            block = []
        if target is not None or instruction == "ret":
            yield block
            block = []
        else:
            block.append(instruction)


def loops(body):
    """The bodies of innermost loops: backward branches with no other branch between."""
    for end, (address, _, target) in enumerate(body):
        if target is None or target > address:
            continue
        begin = next((i for i, row in enumerate(body) if row[0] == target), None)
        if begin is not None and all(row[2] is None for row in body[begin:end]):
            yield [re.sub(r"[0-9a-f]+ <.*", ".Lend", row[1]) for row in body[begin:end + 1]]


class Mca:
    ITERATIONS = 200

    def __init__(self, program):
        self.program = program

    def cycles(self, core, instructions):
        """Of one iteration, in the long run."""
        total = [self._total(core, instructions, n) for n in (self.ITERATIONS, 2 * self.ITERATIONS)]
        return (total[1] - total[0]) / self.ITERATIONS

    def peak(self, core, instructions):
        """Cycles of the instructions if none waits for another."""
        free = []
        for i, instruction in enumerate(instructions):
            registers = re.split(r", ?", instruction.split(" ", 1)[1])
            registers[0] = f"v{i % 16}." + registers[0].split(".")[1]
            registers[1:] = [re.sub(r"v\d+", f"v{16 + j}", register) for j, register in enumerate(registers[1:])]
            free.append(instruction.split(" ")[0] + " " + ", ".join(registers))
        return self.cycles(core, free)

    def version(self):
        text = subprocess.run([self.program, "--version"], check=True, capture_output=True, text=True).stdout
        return "llvm-mca " + re.search(r"version (\S+)", text)[1]

    def _total(self, core, instructions, iterations):
        command = [self.program, "-march=aarch64", f"-mcpu={core}", "-mattr=+dotprod,+i8mm",
                   f"-iterations={iterations}", "-instruction-info=0", "-resource-pressure=0"]
        text = "\n".join(instructions) + "\n.Lend:\n"
        output = subprocess.run(command, check=True, input=text, capture_output=True, text=True).stdout
        return int(re.search(r"Total Cycles:\s+(\d+)", output)[1])


def rows(mca, objdump, build, kernel):
    """[[kernel, loop, instructions, MACs], instructions] of a kernel's loops."""
    path = build / OBJECTS / kernel.object
    found = {}
    for name, body in functions(objdump, path):
        if re.search(kernel.function, name):
            for loop in loops(body):
                found.setdefault("\n".join(loop), loop)
    best = sorted(found.values(), key=lambda loop: -sum(map(macs, loop)))
    distinct = {}
    for loop in best:
        key = (sum(map(macs, loop)), sum(i.startswith("sadalp") for i in loop))
        if key[0] and (not distinct or kernel.loops > 1):
            distinct.setdefault(key, loop)
    return list(distinct.values())[:kernel.loops]


def table(mca, objdump, build, core):
    lines = [f"## {core}", "",
             "| kernel | loop | instructions | MACs | cycles | cycles/MAC | MACs/cycle | multiply peak | with its sums |",
             "|---|---|---:|---:|---:|---:|---:|---:|---:|"]
    for kernel in KERNELS:
        if core not in kernel.cores:
            continue
        for loop in rows(mca, objdump, build, kernel):
            multiplications = [i for i in loop if macs(i)]
            sums = [i for i in loop if i.startswith("sadalp")]
            total, cycles = sum(map(macs, loop)), mca.cycles(core, loop)
            label = f"chains of {len(multiplications) // len(sums)}" if sums else multiplications[0].split(" ")[0]
            share = [mca.peak(core, x) / cycles for x in (multiplications, multiplications + sums)]
            lines.append(f"| {kernel.name} | {label} | {len(loop)} | {total} | {cycles:.1f} | {cycles / total:.3f} | "
                         f"{total / cycles:.1f} | {share[0]:.0%} | {share[1]:.0%} |")
    return lines + [""]


def requantizations(mca, objdump, build, core):
    lines = ["| requantization | instructions | outputs | cycles | outputs/cycle |", "|---|---:|---:|---:|---:|"]
    for kernel in REQUANTIZATIONS:
        if core not in kernel.cores:
            continue
        path = build / OBJECTS / kernel.object
        code = [block for name, body in functions(objdump, path) if re.search(kernel.function, name)
                for block in blocks(body)]
        # Of the forms' blocks that with the sign's addition and without shifts to the left.
        code = max(code, key=lambda block: (sum(i.startswith("ssra") for i in block), -len(block)))
        outputs = 4 * sum(i.startswith("sqrdmulh") for i in code)
        cycles = mca.cycles(core, code)
        lines.append(f"| {kernel.name} | {len(code)} | {outputs} | {cycles:.1f} | {outputs / cycles:.2f} |")
    return lines + [""]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default="build/aarch64", type=pathlib.Path)
    parser.add_argument("--llvm-mca", default="llvm-mca-19")
    parser.add_argument("--objdump", default="aarch64-linux-gnu-objdump")
    args = parser.parse_args()
    for program in (args.llvm_mca, args.objdump):
        if not shutil.which(program):
            sys.exit(f"mca.py: {program} is missing: ./dev mca installs what it needs")
    mca = Mca(args.llvm_mca)
    print(INTRODUCTION.format(version=mca.version(), iterations=Mca.ITERATIONS))
    for core in ("cortex-a53", "cortex-a72", "cortex-a55", "neoverse-n1", "neoverse-v1"):
        print("\n".join(table(mca, args.objdump, args.build, core)))
        print("\n".join(requantizations(mca, args.objdump, args.build, core)))


if __name__ == "__main__":
    main()
