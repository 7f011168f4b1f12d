# A toolchain of CMake: 64-bit ARM, with Debian's cross compiler, the libraries of a folder made by
# scripts/check_arm64.sh (LIKENESS_SYSROOT), and QEMU to run the tests.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_SYSROOT $ENV{LIKENESS_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(libraries /usr/lib/aarch64-linux-gnu)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}${libraries}/pkgconfig:${CMAKE_SYSROOT}${libraries}/openblas-pthread/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)
# the folder's packages are not configured, so the link that makes this one the system's BLAS is not there
set(CMAKE_EXE_LINKER_FLAGS_INIT -Wl,-rpath,${libraries}/openblas-pthread)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${CMAKE_SYSROOT})
