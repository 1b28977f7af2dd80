#include "net/loop.hpp"

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/check.hpp"

namespace filegate::net {
namespace {

namespace asio = boost::asio;

// The alarm is set at most so far ahead: adding a wait like Deadline::max() to the current time
// would overflow.
constexpr std::chrono::hours alarm_ahead_max{1};
constexpr std::size_t thread_name_characters_max = 15;  // the kernel's limit

}  // namespace

// Jobs are kept in a queue of our own, because Asio keeps what a loop posts to itself apart from
// what others post, which would break the order an Executor promises. One Asio handler runs all
// that is queued; what is queued meanwhile waits for the next, so that sockets get their turn.
struct Loop::Impl {
    using TimerKey = std::pair<MonotonicTime, TimerId>;

    explicit Impl(Clock const& clock_) : clock(clock_) {}

    void run_posted();
    void run_due_timers();
    void set_alarm();

    Clock const& clock;
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    asio::steady_timer alarm{context};
    std::optional<MonotonicTime> alarm_at;
    std::atomic<std::thread::id> thread;

    std::mutex mutex;
    std::vector<Job> posted;  // under the mutex; bounded by its posters
    std::vector<Job> running;

    std::map<TimerKey, Job> timers;
    std::unordered_map<TimerId, MonotonicTime> timer_times;
    TimerId last_timer = 0;
};

Loop::Loop(Clock const& clock) : impl_(std::make_unique<Impl>(clock)) {}

Loop::~Loop() = default;

void Loop::run() {
    impl_->thread = std::this_thread::get_id();
    impl_->context.run();
    impl_->thread = std::thread::id();
}

void Loop::stop() {
    // Through the queue, so that all that was posted before still runs.
    post([this] { impl_->context.stop(); });
}

void Loop::post(Job job) {
    {
        std::scoped_lock const lock(impl_->mutex);
        impl_->posted.push_back(std::move(job));
        if (impl_->posted.size() > 1) return;
    }
    asio::post(impl_->context, [impl = impl_.get()] { impl->run_posted(); });
}

Executor::TimerId Loop::start_timer(MonotonicTime when, Job job) {
    FG_CHECK(runs_here() || impl_->thread.load() == std::thread::id(),
             "a timer is started on its loop's own thread");
    auto const timer = ++impl_->last_timer;
    impl_->timers.emplace(Impl::TimerKey{when, timer}, std::move(job));
    impl_->timer_times.emplace(timer, when);
    impl_->set_alarm();
    return timer;
}

void Loop::cancel_timer(TimerId timer) {
    auto const found = impl_->timer_times.find(timer);
    if (found == impl_->timer_times.end()) return;
    impl_->timers.erase({found->second, timer});
    impl_->timer_times.erase(found);
}

bool Loop::runs_here() const {
    return impl_->thread.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

Clock const& Loop::clock() const {
    return impl_->clock;
}

asio::io_context& Loop::io_context() {
    return impl_->context;
}

void Loop::Impl::run_posted() {
    {
        std::scoped_lock const lock(mutex);
        running.swap(posted);
    }
    for (auto& job : running) {
        // Moved out first: what a job holds goes when it has run, not when all have.
        auto current = std::exchange(job, nullptr);
        current();
    }
    running.clear();
}

void Loop::Impl::run_due_timers() {
    alarm_at.reset();
    auto const now = clock.monotonic_now();
    // A timer that starts another one for right now waits its turn behind the sockets.
    auto const newest = last_timer;
    while (!timers.empty() && timers.begin()->first.first <= now &&
           timers.begin()->first.second <= newest) {
        auto due = timers.extract(timers.begin());
        timer_times.erase(due.key().second);
        due.mapped()();
    }
    set_alarm();
}

// A cancelled timer leaves the alarm as it is: ringing for nothing is cheaper than setting it anew.
void Loop::Impl::set_alarm() {
    if (timers.empty()) return;
    auto const first = timers.begin()->first.first;
    if (alarm_at && *alarm_at <= first) return;
    auto const now = clock.monotonic_now();
    auto const wait =
        std::min<std::chrono::nanoseconds>(first > now ? first - now : seconds(0), alarm_ahead_max);
    alarm_at = now + wait;
    alarm.expires_after(wait);
    alarm.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) run_due_timers();
    });
}

LoopThread::LoopThread(Clock const& clock, std::string name)
    : loop_(clock), thread_([this, name = name.substr(0, thread_name_characters_max)] {
          pthread_setname_np(pthread_self(), name.c_str());
          loop_.run();
      }) {}

LoopThread::~LoopThread() {
    loop_.stop();
}

}  // namespace filegate::net
