#pragma once
// What providers answer, read. Boost.JSON stays behind this; depth and size are limited, and
// whatever is malformed reads as "not there".

#include "delivery/provider_client.hpp"

namespace filegate::delivery {

// The members of an error that decide, as text, whatever type they came in.
struct ErrorBody {
    std::string type;
    std::string code;
    std::string message;
};

// None: not one of the three shapes.
std::optional<ErrorBody> read_error_body(std::string_view json);

// None: no object, or no usable id.
std::optional<ProviderFile> read_file_object(std::string_view json);

struct FileListPage {
    std::vector<ProviderFile> files;
    bool has_more = false;
};

// None: no list. Entries without an id are left out.
std::optional<FileListPage> read_file_list(std::string_view json);

// Valid UTF-8 without control characters, of at most `bytes_max` bytes: fit to be shown.
std::string cleaned_text(std::string_view text, std::size_t bytes_max);

}  // namespace filegate::delivery
