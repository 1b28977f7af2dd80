#pragma once
// For tests: a folder of its own that goes with the test.

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/check.hpp"

namespace filegate {

class ScratchFolder {
public:
    ScratchFolder() {
        auto pattern = (std::filesystem::temp_directory_path() / "filegate-XXXXXX").string();
        FG_CHECK(mkdtemp(pattern.data()) != nullptr, "the temporary folder is writable");
        path_ = pattern;
    }
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchFolder(ScratchFolder const&) = delete;
    ScratchFolder& operator=(ScratchFolder const&) = delete;
    std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace filegate
