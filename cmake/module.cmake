# One folder of src/ is one library. Sources, tests, benchmarks and fuzzers are found by name:
#   x.cpp  x_test.cpp  x_bench.cpp  x_fuzz.cpp
# and `check_arrows` runs before anything of the folder is compiled: an undrawn include fails the build.

include(GoogleTest)

file(WRITE ${CMAKE_BINARY_DIR}/pch.cpp "")
add_library(fg_pch STATIC ${CMAKE_BINARY_DIR}/pch.cpp)
target_precompile_headers(fg_pch PUBLIC ${CMAKE_SOURCE_DIR}/src/base/pch.hpp)
target_include_directories(fg_pch PUBLIC ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(fg_pch PUBLIC fg_flags fmt::fmt)
set(FG_MODULES "" CACHE INTERNAL "")

function(fg_module name)
    cmake_parse_arguments(M "" "" "MAY_USE;LIBRARIES;EMBED" ${ARGN})
    set(folder ${CMAKE_SOURCE_DIR}/src/${name})
    file(GLOB headers CONFIGURE_DEPENDS ${folder}/*.hpp)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    set(product ${sources})
    list(FILTER product EXCLUDE REGEX "_(test|bench|fuzz)\\.cpp$")
    if(NOT product)
        file(WRITE ${CMAKE_BINARY_DIR}/empty_${name}.cpp "")
        set(product ${CMAKE_BINARY_DIR}/empty_${name}.cpp)
    endif()

    set(stamp ${CMAKE_BINARY_DIR}/arrows/${name}.stamp)
    add_custom_command(OUTPUT ${stamp}
        COMMAND ${CMAKE_COMMAND} -DMODULE=${name} "-DMAY_USE=${M_MAY_USE}" -DFOLDER=${folder} -DSTAMP=${stamp}
                -P ${CMAKE_SOURCE_DIR}/cmake/check_arrows.cmake
        DEPENDS ${headers} ${sources} ${CMAKE_SOURCE_DIR}/cmake/check_arrows.cmake ${CMAKE_SOURCE_DIR}/CMakeLists.txt
        COMMENT "arrows of ${name}" VERBATIM)
    add_custom_target(${name}_arrows DEPENDS ${stamp})

    add_library(${name} STATIC ${product})
    target_precompile_headers(${name} REUSE_FROM fg_pch)
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${name} PUBLIC ${M_MAY_USE} ${M_LIBRARIES} fg_flags fmt::fmt)
    add_dependencies(${name} ${name}_arrows)
    if(M_EMBED)
        fg_embed(${name} ${M_EMBED})
    endif()
    set(FG_MODULES ${FG_MODULES} ${name} CACHE INTERNAL "")

    fg_executable_of(${name} test GTest::gtest_main ${folder}/*_test.cpp)
    if(TARGET ${name}_test)
        gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300)
    endif()
    fg_executable_of(${name} bench benchmark::benchmark_main ${folder}/*_bench.cpp)
    if(FG_FUZZERS)
        fg_fuzzers_of(${name} ${folder})
    endif()
endfunction()

function(fg_executable_of name kind main pattern)
    file(GLOB sources CONFIGURE_DEPENDS ${pattern})
    if(sources)
        add_executable(${name}_${kind} ${sources})
        target_precompile_headers(${name}_${kind} REUSE_FROM fg_pch)
        target_link_libraries(${name}_${kind} PRIVATE ${name} ${main})
        target_compile_definitions(${name}_${kind} PRIVATE FG_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
        add_dependencies(${name}_${kind} ${name}_arrows)
    endif()
endfunction()

# A suite over many modules: tests/<name>/*.cpp become <name>_test, which ./dev runs by itself.
function(fg_suite name)
    cmake_parse_arguments(S "" "" "USES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${name}/*.cpp)
    add_executable(${name}_test ${sources})
    target_precompile_headers(${name}_test REUSE_FROM fg_pch)
    target_link_libraries(${name}_test PRIVATE ${S_USES} GTest::gtest_main)
endfunction()

function(fg_fuzzers_of name folder)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*_fuzz.cpp)
    foreach(source ${sources})
        get_filename_component(stem ${source} NAME_WE)
        add_executable(${stem} ${source})
        target_link_libraries(${stem} PRIVATE ${name})
        target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
    endforeach()
endfunction()

# Embeds files as `filegate::<module>::embedded_files()`: see cmake/embed.cmake.
function(fg_embed name)
    file(GLOB files CONFIGURE_DEPENDS ${ARGN})
    set(out ${CMAKE_BINARY_DIR}/embedded/${name}_embedded.cpp)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DMODULE=${name} "-DFILES=${files}" -DOUT=${out} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake COMMENT "embedding files of ${name}" VERBATIM)
    target_sources(${name} PRIVATE ${out})
endfunction()

function(fg_program name main)
    cmake_parse_arguments(P "" "" "USES" ${ARGN})
    add_executable(${name} ${main})
    target_precompile_headers(${name} REUSE_FROM fg_pch)
    target_link_libraries(${name} PRIVATE ${P_USES})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
