#include "base/check.hpp"
#include "net/curl_multi.hpp"
#include "net/curl_transfer.hpp"
#include "net/http_client.hpp"

namespace filegate::net {

// What lives on the loop. Jobs reach it in the order they were posted, and its end is the last of
// them: no job finds it gone.
struct CurlClient::Impl {
    Impl(Loop& loop_, CurlClientOptions options_)
        : loop(loop_),
          options(std::move(options_)),
          multi(loop, options.connections_per_host_max,
                [](CURL* easy, CURLcode code) { CurlTransfer::of(easy).curl_is_done(code); }),
          exchanges(loop) {}

    void begin(std::uint64_t id, ClientRequest request, Completion<ClientResult>& answer);
    Task<void> exchange(std::uint64_t id, Completion<ClientResult>& answer);
    void abort(std::uint64_t id);

    Loop& loop;
    CurlClientOptions const options;
    CurlMulti multi;
    std::atomic<std::uint64_t> last_id = 0;
    std::unordered_map<std::uint64_t, std::unique_ptr<CurlTransfer>> transfers;
    TaskGroup exchanges;
};

CurlClient::CurlClient(Loop& loop, CurlClientOptions options)
    : impl_(std::make_unique<Impl>(loop, std::move(options))) {}

CurlClient::~CurlClient() {
    auto& loop = impl_->loop;
    loop.post([impl = std::move(impl_)]() mutable {
        FG_CHECK(impl->transfers.empty(), "a client goes after every send() has returned");
        impl->multi.shut_down();
        impl.reset();
    });
}

Task<ClientResult> CurlClient::send(ClientRequest request) {
    (co_await this_context()).throw_if_cancelled();
    auto& impl = *impl_;
    auto const id = ++impl.last_id;
    Completion<ClientResult> answer(
        [&impl, id] { impl.loop.post([&impl, id] { impl.abort(id); }); });
    impl.loop.post([&impl, id, &answer, request = std::move(request)]() mutable {
        impl.begin(id, std::move(request), answer);
    });
    co_return co_await answer;
}

// `answer` lies in the frame of send(), which waits for it.
void CurlClient::Impl::begin(std::uint64_t id, ClientRequest request,
                             Completion<ClientResult>& answer) {
    transfers.emplace(id, std::make_unique<CurlTransfer>(loop, multi, options, std::move(request)));
    exchanges.spawn(exchange(id, answer));
}

Task<void> CurlClient::Impl::exchange(std::uint64_t id, Completion<ClientResult>& answer) {
    auto& transfer = *transfers.at(id);
    auto result = co_await transfer.run();
    transfers.erase(id);
    answer.complete(std::move(result));
}

void CurlClient::Impl::abort(std::uint64_t id) {
    auto const found = transfers.find(id);
    if (found != transfers.end()) found->second->abort();
}

}  // namespace filegate::net
