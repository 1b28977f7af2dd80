#include "base/random.hpp"
#include "coordination/leases_conformance.hpp"

namespace filegate::coordination {
namespace {

// Takes, keeps, gives up and forces open leases at random on two nodes, one of which may die, and
// looks at every step whether a key has two holders.
class RandomUse {
public:
    RandomUse(SimLoop& loop, LeasesUnderTest& leases, std::uint64_t seed)
        : loop_(loop), leases_(leases), random_(seed) {}

    void make_one_step() {
        auto const choice = random_.below(100);
        if (choice < 60) {
            start_one();
        } else if (choice < 75) {
            try_one();
        } else if (choice < 93) {
            cancel_one();
        } else {
            force_one();
        }
        pass(milliseconds(random_.below(20'000)));
        check_holders();
    }

    void kill_first() {
        leases_.kill_first();
        is_first_alive_ = false;
        pass(seconds(random_.below(400)));
        for (auto const& use : uses_) {
            if (use->is_first) use->group.cancel();
        }
        check_holders();
    }

    void finish() {
        pass(std::chrono::hours(100));
        for (auto const& use : uses_)
            ASSERT_EQ(use->group.size(), 0U) << "nobody waits for ever";
        auto const left = loop_.run_task(leases_.second().list(100)).value();
        ASSERT_TRUE(left.empty());
        auto const statistics = loop_.run_task(leases_.second().statistics()).value();
        EXPECT_EQ(statistics.held, 0U);
        EXPECT_EQ(statistics.waiting, 0U);
        EXPECT_EQ(statistics.forced, forced_);
        EXPECT_GT(statistics.contended, 0U);
        if (!is_first_alive_) return;  // what it did after its death was not heard
        EXPECT_EQ(statistics.acquired, acquired_);
        EXPECT_EQ(statistics.timed_out, timed_out_);
        EXPECT_EQ(statistics.expired, 0U) << "every holder was alive";
    }

private:
    struct Use {
        explicit Use(SimLoop& loop) : group(loop) {}
        bool is_first = false;
        TaskGroup group;
    };
    // Among the holders of its key for as long as it lives.
    struct Held {
        Held(RandomUse& use, std::string const& key, Lease const& lease)
            : use_(use), key_(key), lease_(&lease) {
            use_.granted(key, lease);
        }
        Held(Held const&) = delete;
        Held& operator=(Held const&) = delete;
        ~Held() { std::erase(use_.holders_[key_], lease_); }
        RandomUse& use_;
        std::string key_;
        Lease const* lease_;
    };

    static Task<void> hold(RandomUse& use, Leases& leases, LeaseRequest request,
                           milliseconds time) {
        auto const key = request.key;
        auto const lease = co_await leases.acquire(std::move(request));
        if (!lease) {
            EXPECT_EQ(lease.error().code, ErrorCode::lock_timeout);
            ++use.timed_out_;
            co_return;
        }
        Held const held(use, key, *lease);
        co_await sleep_for(time);
    }

    static Task<void> try_hold(RandomUse& use, Leases& leases, LeaseRequest request,
                               milliseconds time) {
        auto const key = request.key;
        auto const lease = co_await leases.try_acquire(std::move(request));
        if (!lease || !*lease) co_return;
        Held const held(use, key, **lease);
        co_await sleep_for(time);
    }

    void granted(std::string const& key, Lease const& lease) {
        ++acquired_;
        EXPECT_TRUE(lease.is_held());
        EXPECT_GT(lease.fencing_token(), std::exchange(last_tokens_[key], lease.fencing_token()));
        holders_[key].push_back(&lease);
        check_holders();
    }

    void check_holders() {
        for (auto const& [key, holders] : holders_) {
            auto const live =
                std::ranges::count_if(holders, [](Lease const* lease) { return lease->is_held(); });
            EXPECT_LE(live, 1) << key;
        }
    }

    Use& new_use() {
        auto& use = *uses_.emplace_back(std::make_unique<Use>(loop_));
        use.is_first = is_first_alive_ && random_.below(2) == 0;
        return use;
    }
    Leases& leases_of(Use const& use) { return use.is_first ? leases_.first() : leases_.second(); }
    std::string key() { return fmt::format("key {}", random_.below(5)); }

    void start_one() {
        auto& use = new_use();
        LeaseRequest request{.key = key(), .label = "label"};
        if (random_.below(2) == 0)
            request.deadline = loop_.monotonic_now() + milliseconds(random_.below(400'000));
        // Mostly short, sometimes far longer than a lease lasts.
        milliseconds const time(random_.below(random_.below(20) == 0 ? 1'000'000 : 40'000));
        use.group.spawn(hold(*this, leases_of(use), std::move(request), time));
    }
    void try_one() {
        auto& use = new_use();
        milliseconds const time(random_.below(40'000));
        use.group.spawn(try_hold(*this, leases_of(use), {.key = key(), .label = "label"}, time));
    }
    void cancel_one() {
        if (!uses_.empty()) uses_[random_.below(uses_.size())]->group.cancel();
    }
    void force_one() {
        if (*loop_.run_task(leases_.second().force_unlock(key()))) ++forced_;
        check_holders();
    }
    void pass(std::chrono::nanoseconds time) { loop_.run(loop_.monotonic_now() + time); }

    SimLoop& loop_;
    LeasesUnderTest& leases_;
    SeededRandom random_;
    bool is_first_alive_ = true;
    std::vector<std::unique_ptr<Use>> uses_;
    std::map<std::string, std::vector<Lease const*>> holders_;
    std::map<std::string, std::uint64_t> last_tokens_;
    std::uint64_t acquired_ = 0;
    std::uint64_t timed_out_ = 0;
    std::uint64_t forced_ = 0;
};

TEST_P(LeasesConformance, a_thousand_random_uses_break_no_promise) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        SimLoop loop;
        auto const leases = GetParam().make(loop);
        RandomUse use(loop, *leases, seed);
        for (int step = 0; step < 1000; ++step) {
            use.make_one_step();
            if (seed % 2 == 0 && step == 500) use.kill_first();
            if (HasFailure()) {
                FAIL() << "step " << step;
            }
        }
        use.finish();
    }
}

}  // namespace
}  // namespace filegate::coordination
