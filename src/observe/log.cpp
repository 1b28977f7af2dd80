#include "observe/log.hpp"

#include <cstdio>

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include "base/clock.hpp"
#include "observe/log_line.hpp"

namespace filegate::observe {
namespace {

using ThreadPool = spdlog::details::thread_pool;

// Lines arrive complete: spdlog carries them over to its thread and nothing else. It is told of
// dropped lines by the queue itself.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    LineSink(LogFormat format, LogOutput output) : format_(format), output_(std::move(output)) {}

    void watch(ThreadPool& pool) { pool_ = &pool; }

protected:
    void sink_it_(spdlog::details::log_msg const& message) override {
        tell_dropped();
        std::string line(message.payload.data(), message.payload.size());
        output_(line += '\n');
    }
    void flush_() override {}

private:
    void tell_dropped() {
        auto const dropped = pool_->overrun_counter();
        if (dropped == told_) return;
        LogField const lines{"lines", static_cast<std::int64_t>(dropped - told_)};
        told_ = dropped;
        auto line = log_line(format_, SystemClock().wall_now(), LogLevel::warning, "log.dropped",
                             {&lines, 1});
        output_(line += '\n');
    }

    LogFormat format_;
    LogOutput output_;
    ThreadPool* pool_ = nullptr;  // whose thread is the only one to call this sink
    std::size_t told_ = 0;
};

class QueuedLog final : public Log {
public:
    QueuedLog(LogOptions options, LogOutput output) : options_(options) {
        auto const sink = std::make_shared<LineSink>(options.format, std::move(output));
        pool_ = std::make_shared<ThreadPool>(options.queue_lines_max, 1);
        sink->watch(*pool_);
        logger_ = std::make_shared<spdlog::async_logger>(
            "filegate", sink, pool_, spdlog::async_overflow_policy::overrun_oldest);
        logger_->set_level(spdlog::level::trace);
    }

    void write(LogLevel level, std::string_view event,
               std::initializer_list<LogField> fields) override {
        if (level < options_.level || level == LogLevel::off) return;
        try {
            auto const line =
                log_line(options_.format, SystemClock().wall_now(), level, event, fields);
            logger_->log(spdlog::level::info, spdlog::string_view_t(line));
        } catch (std::bad_alloc const&) {
            // A lost line is better than a lost request.
        }
    }

private:
    LogOptions options_;
    // Shared, because spdlog's messages hold the logger and the logger looks for its pool. The
    // pool goes first and writes out what is queued.
    std::shared_ptr<spdlog::async_logger> logger_;
    std::shared_ptr<ThreadPool> pool_;
};

class SilentLog final : public Log {
public:
    void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace

std::unique_ptr<Log> make_log(LogOptions options) {
    return make_log(options, [](std::string_view line) {
        // One write a line, so that lines of several processes on one terminal stay whole.
        std::fwrite(line.data(), 1, line.size(), stderr);
    });
}

std::unique_ptr<Log> make_log(LogOptions options, LogOutput output) {
    return std::make_unique<QueuedLog>(options, std::move(output));
}

Log& silent_log() {
    static SilentLog log;
    return log;
}

}  // namespace filegate::observe
