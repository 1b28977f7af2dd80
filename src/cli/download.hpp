#pragma once
// A file that is written beside its final name and takes it only when it is complete and right.

#include <span>
#include <string>

#include "base/digest.hpp"
#include "base/result.hpp"

namespace filegate::cli {

enum class Overwrite : std::uint8_t { refused, allowed };

// Blocking calls. Without keep() the partial file is deleted.
class Download {
public:
    // Writes PATH.part; refuses when PATH exists and may not be overwritten.
    static Result<Download> begin(std::string path, Overwrite overwrite);
    Download(Download&& other) noexcept;
    Download& operator=(Download&&) = delete;
    ~Download();

    Result<void> write(std::span<std::byte const> bytes);
    Result<void> keep();  // flushed, then renamed

private:
    Download(int descriptor, std::string path, Overwrite overwrite)
        : descriptor_(descriptor), path_(std::move(path)), overwrite_(overwrite) {}
    std::string part_path() const { return path_ + ".part"; }

    int descriptor_;
    std::string path_;
    Overwrite overwrite_;
};

// The last part of a name that a server sent, fit to be created in the current folder; empty when
// nothing is left of it.
std::string local_name(std::string_view name);

}  // namespace filegate::cli
