#pragma once
// One process per data folder. The kernel lets go of the lock when the process dies, however it
// does, so a crash leaves nothing to clean.

#include "store/disk_files.hpp"

namespace filegate::store {

class DataFolderLock {
public:
    // Creates `data_folder` when missing. store_in_use, naming the holder's process id, when
    // another process has it. Held until destruction.
    static Result<DataFolderLock> acquire(std::filesystem::path const& data_folder,
                                          DiskCalls& disk = real_disk());

private:
    explicit DataFolderLock(Descriptor file) : file_(std::move(file)) {}
    Descriptor file_;
};

}  // namespace filegate::store
