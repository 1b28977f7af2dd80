#pragma once
// Macros in documents: Open XML documents name them among their parts and content types, OLE files
// (doc, xls, ppt) among their storages. Nothing is read of the macros themselves.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "ingest/content.hpp"

namespace filegate::ingest {

enum class Macros : std::uint8_t { none, present, not_told };

// The type of a document of `type` that has macros; `type` itself when it is no such document.
std::string_view type_with_macros(std::string_view type);

// In the list of content types ("[Content_Types].xml"): its bytes in UTF-8 or UTF-16. What is
// written so that a search does not read it is not told.
Macros macros_in_content_types(std::string_view list);

// Searches the bytes of an OLE file, given in blocks of any size, for storages of macros.
class OleMacroSearch {
public:
    void take(std::span<std::byte const> block);
    bool has_found() const { return has_found_; }

private:
    std::string window_;  // begins at a multiple of an entry's size
    bool has_found_ = false;
};

// Of a whole OLE file. Blocking; reads all of it, and gives up (not told) at `deadline`.
Result<Macros> macros_in_ole(Content const& content, Clock const& clock, MonotonicTime deadline);

// One part of a document, or member of an archive, given in blocks.
class PartSearch {
public:
    // `head`: the part's first bytes, which take() is not given again.
    PartSearch(std::string_view name, std::span<std::byte const> head);
    void take(std::span<std::byte const> block);
    Macros finish() const;

private:
    bool is_macro_part_ = false;
    std::optional<std::string> content_types_;
    std::optional<OleMacroSearch> ole_;
};

}  // namespace filegate::ingest
