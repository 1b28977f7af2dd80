#include <filesystem>

#include <fmt/format.h>

#include "cli/download.hpp"
#include "cli/verbs.hpp"

namespace filegate::cli {
namespace {

// Takes the bytes as they come, on the client's loop: writing blocks it, and it has nothing else to
// do. Remembers why it refused, because the client only learns that it did.
class Receiver {
public:
    explicit Receiver(std::function<Result<void>(std::span<std::byte const>)> write)
        : write_(std::move(write)) {}

    bool take(std::span<std::byte const> bytes) {
        hash_.update(bytes);
        count_ += bytes.size();
        if (auto written = write_(bytes); !written) trouble_ = std::move(written).error();
        return !trouble_;
    }

    // What came, against what the server's record says.
    Answer<> check(FileObject const& file, Answer<> received) {
        if (trouble_) return failed(*trouble_);
        if (!received) return received;
        auto const sha256 = hash_.finish().hex();
        if (count_ == file.bytes && sha256 == file.sha256) return {};
        return failed(ErrorCode::digest_mismatch,
                      fmt::format("{} bytes with SHA-256 {} came; {} bytes with {} were announced",
                                  count_, sha256, file.bytes, file.sha256));
    }

private:
    std::function<Result<void>(std::span<std::byte const>)> write_;
    Sha256 hash_;
    std::uint64_t count_ = 0;
    std::optional<Error> trouble_;
};

Task<Answer<>> receive(ApiClient& api, FileObject const& file, Receiver& receiver) {
    auto const sink = [&receiver](std::span<std::byte const> bytes) {
        return receiver.take(bytes);
    };
    auto received = co_await api.content(file.id, sink);
    co_return receiver.check(file, std::move(received));
}

Result<std::string> output_path(std::string const& output, FileObject const& file) {
    std::error_code trouble;
    auto const is_folder = output.ends_with('/') || std::filesystem::is_directory(output, trouble);
    if (!output.empty() && !is_folder) return output;
    auto const name = local_name(file.filename);
    if (name.empty()) {
        return fail(ErrorCode::validation_failed,
                    "the file's name cannot be used here; name the output with -o");
    }
    return output.empty() ? name : (std::filesystem::path(output) / name).string();
}

Task<Answer<>> to_console(ApiClient& api, FileObject const& file, ClientTools& tools) {
    Receiver receiver([&](std::span<std::byte const> bytes) -> Result<void> {
        if (tools.console.out({reinterpret_cast<char const*>(bytes.data()), bytes.size()})) {
            return {};
        }
        return fail(ErrorCode::storage_error, "standard output takes no more");
    });
    co_return co_await receive(api, file, receiver);
}

Task<Answer<std::string>> to_file(ApiClient& api, FileObject const& file, GetCommand const& command,
                                  ClientTools& tools) {
    auto const overwrite = command.may_overwrite ? Overwrite::allowed : Overwrite::refused;
    auto const path = output_path(command.output, file);
    if (!path) co_return failed(path.error());
    auto begin = [&] { return Download::begin(*path, overwrite); };
    auto download = co_await tools.workers.run(begin);
    if (!download) co_return failed(download.error());
    Receiver receiver([&](std::span<std::byte const> bytes) { return download->write(bytes); });
    auto const received = co_await receive(api, file, receiver);
    if (!received) co_return std::unexpected(received.error());
    auto keep = [&] { return download->keep(); };
    auto const kept = co_await tools.workers.run(keep);
    if (!kept) co_return failed(kept.error());
    co_return *path;
}

Task<Answer<>> run(GetCommand const& command, ClientTools& tools) {
    ApiClient api(tools.http, command.server);
    auto const file = co_await api.find(command.id);
    if (!file) co_return std::unexpected(file.error());
    if (command.output == "-") co_return co_await to_console(api, *file, tools);
    auto const path = co_await to_file(api, *file, command, tools);
    if (!path) co_return std::unexpected(path.error());
    tools.console.out(fmt::format("{}  {} bytes\n", *path, file->bytes));
    co_return Answer<>();
}

}  // namespace

Task<int> get(GetCommand command, ClientTools& tools) {
    auto const done = co_await run(command, tools);
    if (done) co_return exit_ok;
    tools.console.err(failure_line(done.error(), command.id));
    co_return exit_code(done.error().error.code);
}

}  // namespace filegate::cli
