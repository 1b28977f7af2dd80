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
constexpr std::size_t whole_piece_bytes = 64 * 1024;

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

// What a conversation came to: a verdict, or none, because its file paused for too long.
using Ending = std::optional<Verdict>;

}  // namespace

class Conversation {
public:
    // None as `pause_max`: the feeder may take its time.
    Conversation(net::Loop& loop, ClamdAddress address, ScanOptions options,
                 Semaphore::Permit permit, std::optional<milliseconds> pause_max)
        : loop_(loop),
          address_(std::move(address)),
          options_(std::move(options)),
          patience_(loop.clock(), options_.timeout),
          permit_(std::move(permit)),
          pause_max_(pause_max) {}

    // The feeder's side, posted to the loop.
    void add(Piece piece);
    void end() {
        is_at_end_ = true;
        wake();
    }
    void ask(Completion<Ending>& asker) {
        if (ending_) return asker.complete(*ending_);
        asker_ = &asker;
        end();
    }
    void give_up();

    Task<void> run();

private:
    Task<Ending> talk();
    Task<Ending> send_file(ClamdConnection& connection);
    Task<Result<bool>> send_piece(ClamdConnection& connection, std::span<std::byte const> bytes);
    Task<Verdict> answer(ClamdConnection& connection, bool is_whole);
    Task<bool> wait_for_more();
    Task<Result<void>> more();
    void wake() {
        if (auto* const idle = std::exchange(idle_, nullptr)) idle->complete();
    }
    void settle(Ending ending);

    net::Loop& loop_;
    ClamdAddress address_;
    ScanOptions options_;
    Patience patience_;
    Semaphore::Permit permit_;
    std::optional<milliseconds> pause_max_;
    std::deque<Piece> pieces_;  // as many as the feeder has buffers for one file
    std::uint64_t bytes_ = 0;
    bool is_begun_ = false;
    bool is_at_end_ = false;
    bool is_given_up_ = false;
    bool is_too_large_ = false;
    Completion<>* idle_ = nullptr;
    TaskContext* talking_ = nullptr;
    std::optional<Ending> ending_;
    Completion<Ending>* asker_ = nullptr;
};

void Conversation::add(Piece piece) {
    if (ending_) return piece.taken();
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
    Ending ending = unavailable({.code = ErrorCode::scanner_unavailable,
                                 .message = "the scan was given up; try again shortly"});
    auto& context = co_await this_context();
    {
        DeadlineContext bounded(context, no_deadline);
        talking_ = &bounded.context();
        if (is_given_up_) talking_->cancel();
        try {
            ending = co_await talk().in(bounded.context());
        } catch (Cancelled const&) {  // given up, or the gateway stops: not checked
        }
        talking_ = nullptr;
    }
    settle(std::move(ending));
}

void Conversation::settle(Ending ending) {
    permit_.release();
    if (is_too_large_) {
        ending = not_checked(
            ErrorCode::unchecked_file,
            fmt::format("the file has more than the {} bytes that are scanned for malware "
                        "(scan.stream_bytes_max); send a smaller file",
                        options_.stream_bytes_max));
    }
    ending_ = std::move(ending);
    for (auto& piece : std::exchange(pieces_, {}))
        piece.taken();
    if (auto* const asker = std::exchange(asker_, nullptr)) asker->complete(*ending_);
}

Task<Ending> Conversation::talk() {
    if (!co_await wait_for_more()) co_return std::nullopt;
    auto connection = co_await patience_.bound(ClamdConnection::open(loop_, address_));
    if (!connection) co_return unavailable(std::move(connection).error());
    co_return co_await send_file(**connection);
}

Task<Ending> Conversation::send_file(ClamdConnection& connection) {
    while (true) {
        if (!co_await wait_for_more()) co_return std::nullopt;
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

namespace {

Task<Result<std::string>> ask_for_answer(ClamdConnection& connection) {
    co_return co_await connection.receive_answer();
}

Task<Result<bool>> send_end(ClamdConnection& connection) {
    co_return co_await connection.send({"\0\0\0\0"sv});
}

}  // namespace

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

// False: the file pauses for too long.
Task<bool> Conversation::wait_for_more() {
    auto const deadline = pause_max_ ? loop_.clock().monotonic_now() + *pause_max_ : no_deadline;
    Error paused{.code = ErrorCode::scanner_unavailable, .message = "the file pauses"};
    auto const is_in_time = co_await with_deadline(deadline, std::move(paused), more());
    co_return is_in_time.has_value();
}

Task<Result<void>> Conversation::more() {
    while (pieces_.empty() && !is_at_end_) {
        Completion<> idle([this] { wake(); });
        idle_ = &idle;
        co_await idle;
    }
    co_return {};
}

namespace {

Task<Result<std::string>> exchange_ping(net::Loop& loop, ClamdAddress address) {
    CO_TRY(auto connection, co_await ClamdConnection::open(loop, std::move(address)));
    if (!co_await connection->send({"zPING\0"sv})) co_return std::string();
    co_return co_await connection->receive_answer();
}

Task<void> run_conversation(std::shared_ptr<Conversation> conversation) {
    co_await conversation->run();
}

// The feeder's side of a conversation. The loop's jobs share it with the feeder: whichever ends
// last.
class Feeder {
public:
    Feeder(net::Loop& loop, std::shared_ptr<Conversation> conversation)
        : loop_(loop), conversation_(std::move(conversation)) {}

    void feed(std::span<std::byte const> bytes, Job taken) {
        loop_.post(
            [conversation = conversation_, piece = Piece{bytes, std::move(taken)}]() mutable {
                conversation->add(std::move(piece));
            });
    }
    void give_up() {
        loop_.post([conversation = conversation_] { conversation->give_up(); });
    }
    Task<Ending> end() {
        Completion<Ending> ending([this] { give_up(); });
        loop_.post([conversation = conversation_, &ending] { conversation->ask(ending); });
        co_return co_await ending;
    }

private:
    net::Loop& loop_;
    std::shared_ptr<Conversation> conversation_;
};

}  // namespace

class ClamdScan final : public Scan {
public:
    // No feeder: there are enough live ones.
    ClamdScan(ClamdScanner& scanner, std::optional<Feeder> live)
        : scanner_(scanner), live_(std::move(live)) {}
    ~ClamdScan() override { give_up(); }

    void feed(std::span<std::byte const> bytes, Job taken) override {
        if (!live_) return taken();
        live_->feed(bytes, std::move(taken));
    }
    void give_up() override {
        if (live_) live_->give_up();
    }
    Task<Verdict> finish(ByteSource& whole) override {
        if (live_) {
            auto ending = co_await live_->end();
            if (ending) co_return std::move(*ending);
        }
        co_return co_await scanner_.scan_whole(whole);
    }

private:
    ClamdScanner& scanner_;
    std::optional<Feeder> live_;
};

ClamdScanner::ClamdScanner(net::Loop& loop, ClamdAddress address, ScanOptions options)
    : loop_(loop),
      address_(std::move(address)),
      options_(std::move(options)),
      conversations_(loop) {}

ClamdScanner::~ClamdScanner() = default;

std::shared_ptr<Conversation> ClamdScanner::converse(Semaphore::Permit permit,
                                                     std::optional<milliseconds> pause_max) {
    auto conversation =
        std::make_shared<Conversation>(loop_, address_, options_, std::move(permit), pause_max);
    loop_.post([this, conversation] { conversations_.spawn(run_conversation(conversation)); });
    return conversation;
}

std::unique_ptr<Scan> ClamdScanner::begin() {
    auto permit = live_.try_acquire();
    if (!permit) return std::make_unique<ClamdScan>(*this, std::nullopt);
    auto conversation = converse(std::move(*permit), options_.pause_max);
    return std::make_unique<ClamdScan>(*this, Feeder(loop_, std::move(conversation)));
}

Task<Result<Semaphore::Permit>> ClamdScanner::turn_of_whole() {
    co_return co_await whole_.acquire();
}

Task<Verdict> ClamdScanner::scan_whole(ByteSource& whole) {
    auto const deadline = loop_.clock().monotonic_now() + options_.timeout;
    auto turn = co_await with_deadline(deadline, too_late(options_.timeout), turn_of_whole());
    if (!turn) co_return unavailable(std::move(turn).error());
    Feeder feeder(loop_, converse(std::move(*turn), std::nullopt));
    std::vector<std::byte> piece(whole_piece_bytes);
    while (true) {
        auto const count = co_await whole.read(piece);
        if (!count || *count == 0) {
            if (!count) feeder.give_up();
            auto ending = co_await feeder.end();
            if (!count) co_return unavailable(count.error());
            FG_CHECK(ending.has_value(), "only a live scan is let go");
            co_return std::move(*ending);
        }
        // Whoever is cancelled waits until nobody reads the piece any more.
        Completion<> taken([&feeder] { feeder.give_up(); });
        feeder.feed(std::span(piece).first(*count), [&taken] { taken.complete(); });
        co_await taken;
    }
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
