# ARM, 32 bits: Debian's g++-arm-linux-gnueabihf, whose code needs an ARMv7-A with VFPv3-D16 and no NEON. Programs are
# static, so that they run on any Linux of this CPU, and tests run under qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR armv7)
set(CMAKE_C_COMPILER arm-linux-gnueabihf-gcc)
set(CMAKE_CXX_COMPILER arm-linux-gnueabihf-g++)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
find_program(CMAKE_CROSSCOMPILING_EMULATOR qemu-arm)
