# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A build for aarch64 on a Debian of another architecture (packages gcc-aarch64-linux-gnu, libc6-dev-arm64-cross):
#   cmake -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64.cmake ...
# The libraries are in CMAKE_SYSROOT, by default the one that test/vm/fetch-sysroot.sh arm64 makes.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)

if(NOT CMAKE_SYSROOT)
	execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/../test/vm/fetch-sysroot.sh arm64
		OUTPUT_VARIABLE CMAKE_SYSROOT OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
	set(CMAKE_SYSROOT ${CMAKE_SYSROOT} CACHE PATH "Root of the libraries that are linked")
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)
