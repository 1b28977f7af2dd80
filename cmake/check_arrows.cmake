cmake_minimum_required(VERSION 3.25)
# Fails when a file of FOLDER includes "other/..." and `other` is neither MODULE itself nor in MAY_USE.
file(GLOB files ${FOLDER}/*.hpp ${FOLDER}/*.cpp)
foreach(file ${files})
    file(STRINGS ${file} includes REGEX "^#include \"")
    foreach(line ${includes})
        if(NOT line MATCHES "^#include \"([a-z_]+)/[a-z0-9_]+\\.hpp\"")
            message(FATAL_ERROR "${file}: ${line}\n  write includes as \"folder/file.hpp\" from src/")
        endif()
        set(used ${CMAKE_MATCH_1})
        if(NOT used STREQUAL MODULE AND NOT used IN_LIST MAY_USE)
            message(FATAL_ERROR
                "${file}: ${line}\n  ${MODULE} may not use ${used} (it may use: ${MAY_USE}). "
                "The arrows are drawn in CMakeLists.txt; a new one needs an ADR.")
        endif()
    endforeach()
endforeach()
file(TOUCH ${STAMP})
