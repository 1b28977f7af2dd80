# Which compiler and which flags. docs/adr/0001 says why GCC before 14 is refused.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    message(FATAL_ERROR
        "GCC ${CMAKE_CXX_COMPILER_VERSION} compiles some coroutines into memory corruption (temporaries in "
        "co_await expressions are destroyed twice). Use clang 19 (./dev setup installs it) or GCC 14 and later.")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    message(FATAL_ERROR "Filegate needs clang 19 or later; found ${CMAKE_CXX_COMPILER_VERSION}. Run ./dev setup.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# One flag for libraries and programs alike, so that all share one precompiled header.

set(FG_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them")
option(FG_FUZZERS "build the libFuzzer targets" OFF)

add_library(fg_flags INTERFACE)
target_compile_options(fg_flags INTERFACE -fPIE)
target_link_options(fg_flags INTERFACE -pie)
target_compile_options(fg_flags INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align
    -Wconversion -Wno-sign-conversion -Wimplicit-fallthrough -Wswitch-enum -Wno-missing-field-initializers
    $<$<CONFIG:Debug>:-O1 -g1 -fno-omit-frame-pointer> $<$<CONFIG:Release>:-O2 -g1>)
set(CMAKE_CXX_FLAGS_DEBUG "")
set(CMAKE_CXX_FLAGS_RELEASE "-DNDEBUG")
if(FG_SANITIZE)
    target_compile_options(fg_flags INTERFACE -fsanitize=${FG_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(fg_flags INTERFACE -fsanitize=${FG_SANITIZE})
endif()
if(FG_SANITIZE MATCHES undefined)
    # The vptr check probes memory through a pipe, so it calls every object invalid once a test has
    # used up the descriptors.
    target_compile_options(fg_flags INTERFACE -fno-sanitize=vptr)
endif()
if(FG_FUZZERS)
    # Coverage for libFuzzer in every module; the driver itself is linked only into fuzzers.
    target_compile_options(fg_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_link_options(fg_flags INTERFACE -fuse-ld=lld -Wl,--gdb-index)
    # So that ccache may cache units that use the precompiled header.
    target_compile_options(fg_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()
target_link_options(fg_flags INTERFACE -Wl,--as-needed)

find_program(FG_CCACHE ccache)
if(FG_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${FG_CCACHE})
endif()
