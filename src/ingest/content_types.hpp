#pragma once
// Which media types the groups of [content] allowed_types mean, and which types a file name's
// extension promises. Tables, and looking things up in them.

#include <span>
#include <string>
#include <string_view>

namespace filegate::ingest {

// Names of groups: documents, images, text, data, audio, video, archives.
std::span<std::string_view const> type_groups();

bool is_allowed_type(std::string_view type, std::span<std::string const> allowed);

// Written text, whatever its language: text/*, JSON, XML, ...
bool is_text_type(std::string_view type);

// An archive, or a document that is one inside: of kinds that are looked into, and of others.
bool is_archive_type(std::string_view type);

enum class Agreement : std::uint8_t { agrees, disagrees, unknown_extension };

// Does `extension` (lower case, not empty) promise a file of this type?
Agreement agreement(std::string_view extension, std::string_view type);

// What the extension promises first, for messages: "application/pdf"; empty when unknown.
std::string_view promised_type(std::string_view extension);

}  // namespace filegate::ingest
