# ARM, 64 bits: Debian's g++-aarch64-linux-gnu. Programs are static, so that they run on any Linux of this CPU, and tests
# run under qemu-user; the environment variable QEMU_CPU chooses the CPU that it is.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
find_program(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64)
