#pragma once
// The types that the first bytes decide: what most uploads are, for a few nanoseconds each.

#include <cstddef>
#include <span>
#include <string_view>

namespace filegate::ingest {

inline constexpr std::string_view zip_type = "application/zip";
inline constexpr std::string_view gzip_type = "application/gzip";
inline constexpr std::string_view tar_type = "application/x-tar";
inline constexpr std::string_view ole_type = "application/x-ole-storage";

// The type of content that begins with `head`; empty when no signature fits. zip_type and ole_type
// are containers of documents: documents.hpp looks inside.
std::string_view type_by_signature(std::span<std::byte const> head);

// Whether the first 512 bytes have the check sum of a tar header: of every kind of tar, also those
// older than "ustar", and whatever else the first name makes of them.
bool is_tar_header(std::span<std::byte const> head);

}  // namespace filegate::ingest
