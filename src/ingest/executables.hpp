#pragma once
// What an operating system or an interpreter would run, told by its first bytes.

#include <cstddef>
#include <span>
#include <string_view>

namespace filegate::ingest {

// "#!" at the start, also after a UTF-8 mark, but not a Rust attribute ("#![no_std]").
bool is_script(std::span<std::byte const> head);

// Machine code and byte code: "an ELF program", "a Windows program", ...; empty: none of them.
// Content that begins with `head`; 4 KiB of it are enough.
std::string_view program_kind(std::span<std::byte const> head);

// The same, and scripts by their first line: shell, Windows batch, registry files.
std::string_view executable_kind(std::span<std::byte const> head);

}  // namespace filegate::ingest
