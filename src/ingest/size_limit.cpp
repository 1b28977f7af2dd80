#include "ingest/size_limit.hpp"

#include <fmt/format.h>

namespace filegate::ingest {

Task<Result<std::size_t>> SizeLimit::read(std::span<std::byte> into) {
    auto const room = bytes_max_ - bytes_;
    if (room < into.size()) into = into.first(static_cast<std::size_t>(room) + 1);
    CO_TRY(auto const count, co_await body_.read(into));
    bytes_ += count;
    if (bytes_ > bytes_max_) {
        bytes_ = bytes_max_;  // a caller that reads on hears the same again
        co_return fail(ErrorCode::file_too_large,
                       fmt::format("the file is larger than the {} bytes allowed for this upload "
                                   "(at least {} bytes were sent); send a smaller file",
                                   bytes_max_, bytes_max_ + 1));
    }
    co_return count;
}

}  // namespace filegate::ingest
