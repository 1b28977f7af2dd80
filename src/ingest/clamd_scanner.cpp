// Per file, on the scanner's loop:
//
//   zINSTREAM 0   (length:u32, big-endian; bytes)*   0:u32        then one answer
//
// The feeder's thread only posts; everything of a Conversation is touched on the loop. Bytes are
// the feeder's until `taken`, which is called when they were sent, or when the conversation is over
// for any reason, never while the socket may still read them.

#include "ingest/clamd_scanner.hpp"

#include <array>
#include <deque>

#include <fmt/format.h>

#include "ingest/clamd_answer.hpp"
#include "ingest/clamd_connection.hpp"

namespace filegate::ingest {
namespace {

using namespace std::string_view_literals;

constexpr seconds ping_time_max{5};

Error too_late(seconds timeout) {
    return {.code = ErrorCode::scanner_unavailable,
            .message = "the malware scanner was too slow; try again shortly",
            .detail = fmt::format("clamd kept a file waiting for more than {} s", timeout.count())};
}

Verdict unavailable(Error error) {
    return {Verdict::State::not_checked, std::move(error)};
}

struct Piece {
    std::span<std::byte const> bytes;
    Job taken;
};

// The time that may be spent waiting for clamd, all waits of a file together.
class Patience {
public:
    Patience(Clock const& clock, seconds total) : clock_(clock), total_(total), left_(total) {}

    template <class T>
    Task<Result<T>> bound(Task<Result<T>> work) {
        auto const start = clock_.monotonic_now();
        auto result = co_await with_deadline(start + left_, too_late(total_), std::move(work));
        left_ -= std::min(left_, clock_.monotonic_now() - start);
        co_return result;
    }

private:
    Clock const& clock_;
    seconds total_;
    std::chrono::nanoseconds left_;
};

std::array<char, 4> big_endian(std::size_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
            static_cast<char>(value >> 8), static_cast<char>(value)};
}

class Conversation {
public:
    Conversation(net::Loop& loop, ClamdAddress address, ScanOptions options)
        : loop_(loop),
          address_(std::move(address)),
          options_(std::move(options)),
          patience_(loop.clock(), options_.timeout) {}

    // The feeder's side, posted to the loop.
    void add(Piece piece);
    void end() {
        is_at_end_ = true;
        wake();
    }
    void ask(Completion<Verdict>& asker) {
        if (verdict_) return asker.complete(*verdict_);
        asker_ = &asker;
        end();
    }
    void give_up();

    Task<void> run();

private:
    Task<Verdict> talk();
    Task<Verdict> send_file(ClamdConnection& connection);
    Task<Result<bool>> send_piece(ClamdConnection& connection, std::span<std::byte const> bytes);
    Task<Verdict> answer(ClamdConnection& connection, bool is_whole);
    Task<void> wait_for_more();
    void wake() {
        if (auto* const idle = std::exchange(idle_, nullptr)) idle->complete();
    }
    void settle(Verdict verdict);

    net::Loop& loop_;
    ClamdAddress address_;
    ScanOptions options_;
    Patience patience_;
    std::deque<Piece> pieces_;  // as many as the feeder has buffers for one file
    std::uint64_t bytes_ = 0;
    bool is_begun_ = false;
    bool is_at_end_ = false;
    bool is_given_up_ = false;
    bool is_too_large_ = false;
    Completion<>* idle_ = nullptr;
    TaskContext* talking_ = nullptr;
    std::optional<Verdict> verdict_;
    Completion<Verdict>* asker_ = nullptr;
};

void Conversation::add(Piece piece) {
    if (verdict_) return piece.taken();
    bytes_ += piece.bytes.size();
    pieces_.push_back(std::move(piece));
    is_too_large_ = bytes_ > options_.stream_bytes_max;
    if (is_too_large_) return give_up();
    wake();
}

void Conversation::give_up() {
    is_given_up_ = true;
    if (talking_ != nullptr) talking_->cancel();
}

// However it ends, every piece is given back and whoever asks gets a verdict.
Task<void> Conversation::run() {
    auto verdict = unavailable({.code = ErrorCode::scanner_unavailable,
                                .message = "the scan was given up; try again shortly"});
    auto& context = co_await this_context();
    {
        DeadlineContext bounded(context, no_deadline);
        talking_ = &bounded.context();
        if (is_given_up_) talking_->cancel();
        try {
            verdict = co_await talk().in(bounded.context());
        } catch (Cancelled const&) {  // given up, or the gateway stops: not checked
        }
        talking_ = nullptr;
    }
    settle(std::move(verdict));
}

void Conversation::settle(Verdict verdict) {
    if (is_too_large_) {
        verdict = not_checked(
            ErrorCode::unchecked_file,
            fmt::format("the file has more than the {} bytes that are scanned for malware "
                        "(scan.stream_bytes_max); send a smaller file",
                        options_.stream_bytes_max));
    }
    verdict_ = std::move(verdict);
    for (auto& piece : std::exchange(pieces_, {}))
        piece.taken();
    if (auto* const asker = std::exchange(asker_, nullptr)) asker->complete(*verdict_);
}

Task<Verdict> Conversation::talk() {
    co_await wait_for_more();
    auto connection = co_await patience_.bound(ClamdConnection::open(loop_, address_));
    if (!connection) co_return unavailable(std::move(connection).error());
    co_return co_await send_file(**connection);
}

Task<Verdict> Conversation::send_file(ClamdConnection& connection) {
    while (true) {
        co_await wait_for_more();
        if (pieces_.empty()) co_return co_await answer(connection, true);
        auto const sent = co_await patience_.bound(send_piece(connection, pieces_.front().bytes));
        if (!sent) co_return unavailable(sent.error());
        // clamd may have said why it takes no more.
        if (!*sent) co_return co_await answer(connection, false);
        auto taken = std::move(pieces_.front().taken);
        pieces_.pop_front();
        taken();
    }
}

Task<Result<bool>> Conversation::send_piece(ClamdConnection& connection,
                                            std::span<std::byte const> bytes) {
    auto const length = big_endian(bytes.size());
    auto const begin = std::exchange(is_begun_, true) ? ""sv : "zINSTREAM\0"sv;
    co_return co_await connection.send(
        {begin, std::string_view(length.data(), length.size()),
         std::string_view(reinterpret_cast<char const*>(bytes.data()), bytes.size())});
}

Task<Result<std::string>> ask_for_answer(ClamdConnection& connection) {
    co_return co_await connection.receive_answer();
}

Task<Result<bool>> send_end(ClamdConnection& connection) {
    co_return co_await connection.send({"\0\0\0\0"sv});
}

// Only clamd's word about the whole file counts as clean.
Task<Verdict> Conversation::answer(ClamdConnection& connection, bool is_whole) {
    if (is_whole) {
        auto const sent = co_await patience_.bound(send_end(connection));
        if (!sent) co_return unavailable(sent.error());
        is_whole = *sent;
    }
    auto const text = co_await patience_.bound(ask_for_answer(connection));
    if (!text) co_return unavailable(text.error());
    auto verdict = verdict_of_clamd(*text);
    if (is_whole || verdict.state != Verdict::State::clean) co_return verdict;
    co_return unavailable({.code = ErrorCode::scanner_unavailable,
                           .message = "the malware scanner broke off; try again shortly"});
}

Task<void> Conversation::wait_for_more() {
    while (pieces_.empty() && !is_at_end_) {
        Completion<> idle([this] { wake(); });
        idle_ = &idle;
        co_await idle;
    }
}

Task<Result<std::string>> exchange_ping(net::Loop& loop, ClamdAddress address) {
    CO_TRY(auto connection, co_await ClamdConnection::open(loop, std::move(address)));
    if (!co_await connection->send({"zPING\0"sv})) co_return std::string();
    co_return co_await connection->receive_answer();
}

// What the feeder holds. The loop's jobs share the conversation with it: whichever ends last.
class ClamdScan final : public Scan {
public:
    ClamdScan(net::Loop& loop, std::shared_ptr<Conversation> conversation)
        : loop_(loop), conversation_(std::move(conversation)) {}
    ~ClamdScan() override { give_up(); }

    void feed(std::span<std::byte const> bytes, Job taken) override {
        loop_.post(
            [conversation = conversation_, piece = Piece{bytes, std::move(taken)}]() mutable {
                conversation->add(std::move(piece));
            });
    }
    void give_up() override {
        loop_.post([conversation = conversation_] { conversation->give_up(); });
    }
    Task<Verdict> finish() override {
        Completion<Verdict> verdict([this] { give_up(); });
        loop_.post([conversation = conversation_, &verdict] { conversation->ask(verdict); });
        co_return co_await verdict;
    }

private:
    net::Loop& loop_;
    std::shared_ptr<Conversation> conversation_;
};

Task<void> converse(std::shared_ptr<Conversation> conversation) {
    co_await conversation->run();
}

}  // namespace

ClamdScanner::ClamdScanner(net::Loop& loop, ClamdAddress address, ScanOptions options)
    : loop_(loop),
      address_(std::move(address)),
      options_(std::move(options)),
      conversations_(loop) {}

ClamdScanner::~ClamdScanner() = default;

std::unique_ptr<Scan> ClamdScanner::begin() {
    auto conversation = std::make_shared<Conversation>(loop_, address_, options_);
    loop_.post([this, conversation] { conversations_.spawn(converse(conversation)); });
    return std::make_unique<ClamdScan>(loop_, std::move(conversation));
}

Task<Result<void>> ClamdScanner::ping() {
    auto const deadline = loop_.clock().monotonic_now() + ping_time_max;
    CO_TRY(auto const answer, co_await with_deadline(deadline, too_late(ping_time_max),
                                                     exchange_ping(loop_, address_)));
    if (answer.starts_with("PONG")) co_return {};
    co_return fail(ErrorCode::scanner_unavailable, "the malware scanner does not answer PING");
}

Task<void> ClamdScanner::stop() {
    conversations_.cancel();
    co_await conversations_.join();
}

}  // namespace filegate::ingest
