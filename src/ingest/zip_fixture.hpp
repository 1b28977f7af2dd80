#pragma once
// For tests: archives written byte by byte, so that each byte can be made wrong.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ingest/content.hpp"

namespace filegate::ingest {

inline std::string number(std::uint64_t value, std::size_t width) {
    std::string bytes;
    for (std::size_t i = 0; i < width; ++i)
        bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

inline std::string joined(std::initializer_list<std::string_view> parts) {
    std::string all;
    for (auto const part : parts)
        all += part;
    return all;
}

struct Member {
    std::string name;
    std::string content;
};

// An archive of stored members, without check sums: nothing here reads them.
inline std::string zip(std::vector<Member> const& members, std::string const& comment = {}) {
    std::string archive;
    std::string directory;
    for (auto const& [name, content] : members) {
        auto const common = joined({number(0, 2), number(0, 2), number(0, 4), number(0, 4),
                                    number(content.size(), 4), number(content.size(), 4),
                                    number(name.size(), 2), number(0, 2)});
        directory += joined({"PK\x01\x02", number(20, 2), number(20, 2), common, number(0, 2),
                             number(0, 8), number(archive.size(), 4), name});
        archive += joined({"PK\x03\x04", number(20, 2), common, name, content});
    }
    auto const count = number(members.size(), 2) + number(members.size(), 2);
    auto const end = std::string("PK\x05\x06") + number(0, 4) + count +
                     number(directory.size(), 4) + number(archive.size(), 4) +
                     number(comment.size(), 2) + comment;
    return archive + directory + end;
}

inline MemoryContent content_of(std::string_view bytes) {
    return MemoryContent(std::as_bytes(std::span(bytes)));
}

}  // namespace filegate::ingest
