#include "ingest/content_bytes.hpp"

namespace filegate::ingest {

Result<std::string> bytes_at(Content const& content, std::uint64_t offset, std::size_t count) {
    std::string bytes(count, '\0');
    TRY(auto const read, content.read_at(offset, std::as_writable_bytes(std::span(bytes))));
    bytes.resize(read);
    return bytes;
}

std::uint32_t number_at(std::string_view bytes, std::size_t offset, std::size_t width) {
    std::uint32_t value = 0;
    for (std::size_t i = width; i-- > 0;) {
        auto const byte = offset + i < bytes.size() ? bytes[offset + i] : '\0';
        value = value << 8 | static_cast<std::uint8_t>(byte);
    }
    return value;
}

}  // namespace filegate::ingest
