cmake_minimum_required(VERSION 3.25)
# Writes OUT: the bytes of FILES as a table of name and content, in namespace filegate::MODULE.
set(text "#include \"base/embedded.hpp\"\n#include <array>\nnamespace filegate::${MODULE} {\nnamespace {\n")
set(rows "")
set(index 0)
foreach(file ${FILES})
    get_filename_component(name ${file} NAME)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND text "constexpr unsigned char file_${index}[] = {${bytes}0};\n")
    string(APPEND rows "    EmbeddedFile{\"${name}\", {reinterpret_cast<char const*>(file_${index}), sizeof(file_${index}) - 1}},\n")
    math(EXPR index "${index} + 1")
endforeach()
string(APPEND text "std::array<EmbeddedFile, ${index}> const files{{\n${rows}}};\n}  // namespace\n"
    "std::span<EmbeddedFile const> embedded_files();\n"
    "std::span<EmbeddedFile const> embedded_files() { return files; }\n}  // namespace filegate::${MODULE}\n")
file(WRITE ${OUT} "${text}")
