#include "gateway/operations.hpp"

#include <gtest/gtest.h>

#include "access/access_fakes.hpp"
#include "gateway/gateway_fakes.hpp"
#include "observe/log_fakes.hpp"

namespace filegate::gateway {
namespace {

using coordination::BreakerKey;
using coordination::BreakerPhase;
using coordination::BreakerView;
using State = PartHealth::State;

// A blob store whose check answers what it is told to, when it is told to.
class SickBlobs final : public store::BlobStore {
public:
    Task<Result<store::KeepOutcome>> keep(store::StagedFile, Sha256Digest) override {
        co_return store::KeepOutcome::stored;
    }
    Task<Result<std::unique_ptr<ReopenableBody>>> open(Sha256Digest digest) override {
        co_return store::missing_blob(digest);
    }
    Task<Result<bool>> contains(Sha256Digest) override { co_return false; }
    Task<Result<void>> remove(Sha256Digest) override { co_return {}; }
    Task<Result<std::vector<Sha256Digest>>> list(std::optional<Sha256Digest>,
                                                 std::size_t) override {
        co_return std::vector<Sha256Digest>();
    }
    Task<Result<void>> check() override {
        ++checks;
        if (hangs) {
            Completion<> freed;  // a disk that is gone: cancelling does not bring the thread back
            pending = &freed;
            co_await freed;
        }
        if (failure) co_return fail(*failure);
        co_return {};
    }

    bool hangs = false;
    Completion<>* pending = nullptr;
    std::optional<Error> failure;
    int checks = 0;
};

// Leases behind a slow server.
class SlowLeases final : public coordination::Leases {
public:
    explicit SlowLeases(coordination::Leases& real) : real_(real) {}

    Task<Result<coordination::Lease>> acquire(coordination::LeaseRequest request) override {
        co_return co_await real_.acquire(std::move(request));
    }
    Task<Result<std::optional<coordination::Lease>>> try_acquire(
        coordination::LeaseRequest request) override {
        co_return co_await real_.try_acquire(std::move(request));
    }
    Task<Result<std::vector<coordination::LeaseView>>> list(std::size_t limit) override {
        co_return co_await real_.list(limit);
    }
    Task<Result<coordination::LeaseStatistics>> statistics() override {
        if (failure) co_return fail(*failure);
        co_return co_await real_.statistics();
    }
    Task<Result<bool>> force_unlock(std::string key) override {
        co_await sleep_for(seconds(10));
        if (failure) co_return fail(*failure);
        co_return co_await real_.force_unlock(std::move(key));
    }

    std::optional<Error> failure;

private:
    coordination::Leases& real_;
};

// Breakers behind a slow server, as far as operators use them.
class SlowBreakers final : public coordination::Breakers {
public:
    explicit SlowBreakers(coordination::Breakers& real) : real_(real) {}

    BreakerView view(BreakerKey const& key) const override { return real_.view(key); }
    std::vector<BreakerView> all() const override { return real_.all(); }
    Task<Result<coordination::BreakerPermit>> enter(BreakerKey key) override {
        co_return co_await real_.enter(std::move(key));
    }
    Task<Result<void>> force(BreakerKey key, BreakerPhase phase, PrincipalId by) override {
        co_await sleep_for(seconds(10));
        co_return co_await real_.force(std::move(key), phase, std::move(by));
    }

private:
    Task<void> succeeded(BreakerKey, coordination::BreakerPass) override { co_return; }
    Task<void> failed(BreakerKey, coordination::BreakerPass, std::string) override { co_return; }
    void give_back(BreakerKey const&, coordination::BreakerPass) noexcept override {}

    coordination::Breakers& real_;
};

std::vector<delivery::Account> accounts_of(
    std::vector<std::pair<std::string, std::string>> const& names) {
    std::vector<delivery::Account> accounts;
    for (auto const& [provider, account] : names) {
        for (auto const& contract : contracts::builtin_contracts()) {
            if (contract.name.text() != provider) continue;
            accounts.push_back({.contract = &contract,
                                .name = AccountName(account),
                                .api_key = Secret("id.secret"),
                                .base_url = "http://provider.test/v1"});
        }
    }
    return accounts;
}

// Operations over a gateway's parts, with its own accounts.
class OperationsTest : public testing::Test {
protected:
    ~OperationsTest() override { world.run(stop(&operations)); }

    template <class T>
    T run(Task<T> task) {
        return world.run(std::move(task));
    }
    static Task<Done> stop(Operations* operations) {
        co_await operations->stop({});
        co_return Done();
    }
    std::vector<catalog::EventRecord> events() {  // but what happened to files
        auto all = *run(world.catalog().events(100));
        std::erase_if(all, [](auto const& event) { return event.action.starts_with("file."); });
        return all;
    }
    void fail_request(BreakerKey const& key) { run(fail_one(&world.breakers(), key)); }
    static Task<Done> fail_one(coordination::Breakers* breakers, BreakerKey key) {
        auto permit = co_await breakers->enter(std::move(key));
        EXPECT_TRUE(permit);
        if (permit) co_await permit->failed("server: HTTP 503 down");
        co_return Done();
    }
    PartHealth part(std::string const& name) {
        for (auto const& one : run(operations.health()).parts) {
            if (one.name == name) return one;
        }
        ADD_FAILURE() << "no part " << name;
        return {};
    }
    void add_intent(WallTime started_at) {
        auto const added = run(world.catalog().add_file({.id = world.ids().file(),
                                                         .owner = PrincipalId("local"),
                                                         .name = "a.txt",
                                                         .purpose = Purpose("assistants"),
                                                         .bytes = 1,
                                                         .sha256 = sha256("a"),
                                                         .mime_type = "text/plain",
                                                         .now = started_at}));
        ASSERT_TRUE(added);
        ASSERT_TRUE(
            run(world.catalog().begin_intent({.id = world.ids().intent(),
                                              .key = {.provider = ProviderName("kimi"),
                                                      .account = AccountName("default"),
                                                      .purpose = WirePurpose("file-extract"),
                                                      .sha256 = sha256("a")},
                                              .file = added->file.id,
                                              .filename = "a.txt",
                                              .bytes = 1,
                                              .started_at = started_at})));
    }

    BreakerKey const kimi{ProviderName("kimi"), "openai"};
    World world;
    SickBlobs blobs;
    SlowLeases leases{world.leases()};
    SlowBreakers breakers{world.breakers()};
    observe::KeptLog log;
    SeededRandom random{1};
    delivery::Delivery delivery{
        accounts_of({{"kimi", "default"}, {"kimi", "second"}, {"glm", "main"}}),
        {world.provider(), world.breakers(), world.leases(), world.loop(), random,
         observe::silent_log()},
        {}};
    OperationsParts parts{.catalog = world.catalog(),
                          .blobs = blobs,
                          .breakers = breakers,
                          .leases = leases,
                          .delivery = delivery,
                          .recovery = world.recovery(),
                          .clock = world.loop(),
                          .log = log,
                          .background = world.loop()};
    Operations operations{parts};
    access::Principal const& caller = world.caller();
};

TEST_F(OperationsTest, every_transport_of_every_provider_has_one_breaker_asked_about_or_not) {
    auto const views = run(operations.breakers(caller));
    ASSERT_TRUE(views);
    std::vector<std::string> keys;
    for (auto const& view : *views) {
        keys.push_back(view.key.text());
        EXPECT_EQ(view.phase, BreakerPhase::closed);
    }
    EXPECT_EQ(keys,
              (std::vector<std::string>{"kimi/openai", "glm/native", "glm/openai", "glm/plain"}));
}

TEST_F(OperationsTest, a_breaker_that_opened_is_listed_with_its_reason_and_time) {
    for (int i = 0; i < 5; ++i)
        fail_request(kimi);
    auto const view = run(operations.breakers(caller))->front();
    EXPECT_EQ(view.phase, BreakerPhase::open);
    EXPECT_EQ(view.wait, seconds(60));
    EXPECT_EQ(view.retry_at, world.loop().wall_now() + seconds(60));
    EXPECT_EQ(view.reason, "5 failures in a row; server: HTTP 503 down");
}

TEST_F(OperationsTest, an_operator_opens_and_closes_a_breaker_and_it_is_written_down) {
    auto const opened = run(operations.force_breaker(caller, kimi, BreakerPhase::open));
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->phase, BreakerPhase::open);
    EXPECT_FALSE(world.breakers().view(kimi).is_passable);
    auto const closed = run(operations.force_breaker(caller, kimi, BreakerPhase::closed));
    EXPECT_EQ(closed->phase, BreakerPhase::closed);
    EXPECT_TRUE(world.breakers().view(kimi).is_passable);
    auto const told = events();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].action, "breaker.close");
    EXPECT_EQ(told[1].action, "breaker.open");
    for (auto const& event : told) {
        EXPECT_EQ(event.principal, PrincipalId("local"));
        EXPECT_EQ(event.subject, "kimi/openai");
        EXPECT_EQ(event.outcome, "done");
    }
}

TEST_F(OperationsTest, a_breaker_that_does_not_exist_is_refused_by_naming_those_that_do) {
    for (BreakerKey const& key :
         {BreakerKey{ProviderName("glm"), "nativ"}, BreakerKey{ProviderName("openai"), "openai"},
          BreakerKey{ProviderName(std::string(5000, 'x')), "\xff\n"}}) {
        auto const forced = run(operations.force_breaker(caller, key, BreakerPhase::open));
        ASSERT_FALSE(forced);
        EXPECT_EQ(forced.error().code, ErrorCode::validation_failed);
        EXPECT_NE(forced.error().message.find("kimi/openai, glm/native, glm/openai, glm/plain"),
                  std::string::npos)
            << forced.error().message;
        EXPECT_FALSE(world.breakers().view(key).changed_at);
        auto const event = events().front();
        EXPECT_EQ(event.action, "breaker.open");
        EXPECT_TRUE(event.outcome.starts_with("VALIDATION_FAILED: ")) << event.outcome;
        EXPECT_LT(event.subject.size(), 300U);
    }
    EXPECT_EQ(events().size(), 3U);
}

TEST_F(OperationsTest, a_breaker_cannot_be_forced_half_open_and_the_attempt_is_written_down) {
    auto const forced = run(operations.force_breaker(caller, kimi, BreakerPhase::half_open));
    ASSERT_FALSE(forced);
    EXPECT_EQ(forced.error().code, ErrorCode::validation_failed);
    EXPECT_EQ(world.breakers().view(kimi).phase, BreakerPhase::closed);
    EXPECT_TRUE(events().front().outcome.starts_with("VALIDATION_FAILED"));
}

TEST_F(OperationsTest, callers_without_admin_rights_get_and_change_nothing) {
    auto const stranger = access::PrincipalFake::named("somebody");
    add_intent(world.loop().wall_now() - seconds(10'000));
    auto const denied = [](auto const& result) {
        return !result && result.error().code == ErrorCode::permission_denied;
    };
    EXPECT_TRUE(denied(run(operations.breakers(stranger))));
    EXPECT_TRUE(denied(run(operations.force_breaker(stranger, kimi, BreakerPhase::open))));
    EXPECT_TRUE(denied(run(operations.locks(stranger))));
    EXPECT_TRUE(denied(run(operations.force_unlock(stranger, "key"))));
    EXPECT_TRUE(denied(run(operations.reconcile(stranger, RecoveryMode::dry))));
    EXPECT_TRUE(denied(run(operations.reconcile(stranger, RecoveryMode::act))));
    EXPECT_TRUE(denied(run(operations.events(stranger, 10))));
    EXPECT_TRUE(events().empty());
    EXPECT_TRUE(world.breakers().view(kimi).is_passable);
    EXPECT_EQ(run(world.catalog().open_intents(10))->size(), 1U);
}

Task<Done> hold_while_forced(Operations* operations, coordination::Leases* leases,
                             access::Principal const* caller) {
    auto const lease = co_await leases->acquire({.key = "k", .label = "kimi/default/file"});
    auto const report = co_await operations->locks(*caller);
    EXPECT_EQ(report->statistics.held, 1U);
    EXPECT_EQ(report->locks.at(0).key, "k");
    EXPECT_EQ(report->locks.at(0).label, "kimi/default/file");
    auto const released = co_await operations->force_unlock(*caller, "k");
    EXPECT_TRUE(released && *released);
    EXPECT_FALSE(lease->is_held());
    auto const after = co_await operations->locks(*caller);
    EXPECT_TRUE(after->locks.empty());
    EXPECT_EQ(after->statistics.forced, 1U);
    co_return Done();
}

TEST_F(OperationsTest, a_lock_is_listed_and_taken_from_its_holder_and_it_is_written_down) {
    run(hold_while_forced(&operations, &world.leases(), &caller));
    auto const event = events().front();
    EXPECT_EQ(event.principal, PrincipalId("local"));
    EXPECT_EQ(event.action, "lock.force");
    EXPECT_EQ(event.subject, "k");
    EXPECT_EQ(event.outcome, "done");
}

TEST_F(OperationsTest, a_lock_that_nobody_holds_is_said_to_be_so) {
    auto const released = run(operations.force_unlock(caller, std::string(9000, 'k')));
    ASSERT_TRUE(released);
    EXPECT_FALSE(*released);
    EXPECT_EQ(events().front().outcome, "nobody held it");
    EXPECT_LT(events().front().subject.size(), 300U);
}

TEST_F(OperationsTest, a_lock_that_cannot_be_forced_is_written_down_as_such) {
    leases.failure = Error{.code = ErrorCode::network_error, .message = "no server"};
    EXPECT_EQ(run(operations.force_unlock(caller, "k")).error().code, ErrorCode::network_error);
    EXPECT_EQ(events().front().outcome, "NETWORK_ERROR: no server");
}

Task<void> unlock(Operations* operations, access::Principal const* caller) {
    static_cast<void>(co_await operations->force_unlock(*caller, "k"));
}

Task<void> open_breaker(Operations* operations, access::Principal const* caller, BreakerKey key) {
    static_cast<void>(
        co_await operations->force_breaker(*caller, std::move(key), BreakerPhase::open));
}

TEST_F(OperationsTest, what_was_begun_is_done_and_written_down_when_the_request_is_given_up) {
    TaskGroup requests(world.loop());
    requests.spawn(unlock(&operations, &caller));
    requests.spawn(open_breaker(&operations, &caller, kimi));
    world.loop().run(world.loop().monotonic_now() + seconds(5));
    requests.cancel();
    world.loop().run(world.loop().monotonic_now() + seconds(6));
    EXPECT_EQ(requests.size(), 0U);
    ASSERT_EQ(events().size(), 2U);
    EXPECT_EQ(events()[1].action, "lock.force");
    EXPECT_EQ(events()[0].action, "breaker.open");
    EXPECT_EQ(world.breakers().view(kimi).phase, BreakerPhase::open);
}

TEST_F(OperationsTest, an_event_that_cannot_be_written_undoes_nothing_and_is_in_the_log) {
    world.loop().run(world.loop().monotonic_now() + seconds(1));  // the start's own reads
    world.fail_step(0);
    auto const forced = run(operations.force_breaker(caller, kimi, BreakerPhase::open));
    ASSERT_TRUE(world.has_failed());
    world.fail_step({});
    EXPECT_TRUE(forced);
    EXPECT_EQ(world.breakers().view(kimi).phase, BreakerPhase::open);
    EXPECT_EQ(log.events(), std::vector<std::string>{"event.not_kept"});
}

TEST_F(OperationsTest, a_dry_reconciliation_says_what_would_be_done_and_does_nothing) {
    add_intent(world.loop().wall_now() - seconds(10'000));
    auto const report = run(operations.reconcile(caller, RecoveryMode::dry));
    ASSERT_TRUE(report);
    ASSERT_EQ(report->items.size(), 1U);
    EXPECT_EQ(report->items[0].end, RecoveryItem::End::absent);
    EXPECT_EQ(run(world.catalog().open_intents(10))->size(), 1U);
    EXPECT_TRUE(events().empty());
}

TEST_F(OperationsTest, a_reconciliation_is_written_down_with_what_it_found) {
    add_intent(world.loop().wall_now() - seconds(10'000));
    add_intent(world.loop().wall_now());
    auto const report = run(operations.reconcile(caller, RecoveryMode::act));
    ASSERT_TRUE(report);
    EXPECT_EQ(run(world.catalog().open_intents(10))->size(), 1U);
    auto const event = events().front();
    EXPECT_EQ(event.action, "reconcile.run");
    EXPECT_EQ(event.principal, PrincipalId("local"));
    EXPECT_EQ(event.outcome, "done");
    EXPECT_EQ(event.detail, "1 absent, 1 waiting, 0 marked copies removed");
}

TEST_F(OperationsTest, events_come_latest_first_as_many_as_asked_for) {
    for (auto const phase : {BreakerPhase::open, BreakerPhase::closed, BreakerPhase::open})
        ASSERT_TRUE(run(operations.force_breaker(caller, kimi, phase)));
    auto const latest = run(operations.events(caller, 2));
    ASSERT_TRUE(latest);
    ASSERT_EQ(latest->size(), 2U);
    EXPECT_EQ(latest->at(0).action, "breaker.open");
    EXPECT_EQ(latest->at(1).action, "breaker.close");
}

TEST_F(OperationsTest, a_gateway_that_is_well_is_ready_and_says_ok_of_every_part) {
    auto const report = run(operations.health());
    EXPECT_TRUE(report.is_ready);
    std::vector<std::string> names;
    for (auto const& one : report.parts) {
        names.push_back(one.name);
        EXPECT_EQ(one.state, State::well) << one.name;
        EXPECT_EQ(one.what, "ok") << one.name;
    }
    EXPECT_EQ(names, (std::vector<std::string>{"catalog", "blobs", "coordination", "deliveries",
                                               "provider kimi/default", "provider kimi/second",
                                               "provider glm/main"}));
}

TEST_F(OperationsTest, a_part_that_fails_says_why_and_the_gateway_is_not_ready) {
    blobs.failure = Error{.code = ErrorCode::store_full, .message = "the disk is full"};
    EXPECT_FALSE(run(operations.health()).is_ready);
    EXPECT_EQ(part("blobs").state, State::unwell);
    EXPECT_EQ(part("blobs").what, "the disk is full");
    blobs.failure.reset();
    EXPECT_TRUE(run(operations.health()).is_ready);

    leases.failure = Error{.code = ErrorCode::network_error, .message = "no server"};
    EXPECT_FALSE(run(operations.health()).is_ready);
    EXPECT_EQ(part("coordination").what, "no server");
    leases.failure.reset();

    world.fail_step(0);
    EXPECT_FALSE(run(operations.health()).is_ready);
    EXPECT_TRUE(world.has_failed());
    world.fail_step({});
    EXPECT_TRUE(run(operations.health()).is_ready);
}

TEST_F(OperationsTest, a_part_that_hangs_does_not_keep_the_answer_and_is_asked_once) {
    blobs.hangs = true;
    auto const start = world.loop().monotonic_now();
    for (int i = 1; i <= 3; ++i) {
        auto const report = run(operations.health());
        EXPECT_FALSE(report.is_ready);
        EXPECT_EQ(report.parts.at(1).what, "no answer within 5 s");
        EXPECT_EQ(report.parts.at(0).what, "ok");
        EXPECT_EQ(world.loop().monotonic_now(), start + i * seconds(5));
    }
    EXPECT_EQ(blobs.checks, 1);
    blobs.hangs = false;
    blobs.pending->complete();
    world.loop().run();
    EXPECT_TRUE(run(operations.health()).is_ready);
    EXPECT_EQ(blobs.checks, 2);
}

TEST_F(OperationsTest, without_a_provider_that_would_be_asked_it_is_not_ready) {
    auto const open = [&](BreakerKey const& key) {
        ASSERT_TRUE(run(operations.force_breaker(caller, key, BreakerPhase::open)));
    };
    open(kimi);
    EXPECT_EQ(part("provider kimi/default").state, State::unwell);
    EXPECT_EQ(part("provider kimi/second").state, State::unwell);
    EXPECT_TRUE(run(operations.health()).is_ready);
    for (auto const* const transport : {"native", "openai"})
        open({ProviderName("glm"), transport});
    EXPECT_EQ(part("provider glm/main").state, State::impaired);
    EXPECT_TRUE(run(operations.health()).is_ready);
    open({ProviderName("glm"), "plain"});
    EXPECT_EQ(part("provider glm/main").state, State::unwell);
    EXPECT_FALSE(run(operations.health()).is_ready);
}

TEST_F(OperationsTest, without_any_account_it_is_not_ready_and_says_what_to_set) {
    delivery::Delivery nowhere({},
                               {world.provider(), world.breakers(), world.leases(), world.loop(),
                                random, observe::silent_log()},
                               {});
    OperationsParts bare{.catalog = world.catalog(),
                         .blobs = blobs,
                         .breakers = world.breakers(),
                         .leases = leases,
                         .delivery = nowhere,
                         .recovery = world.recovery(),
                         .clock = world.loop(),
                         .log = log,
                         .background = world.loop()};
    Operations of_nobody(bare);
    auto const report = run(of_nobody.health());
    EXPECT_FALSE(report.is_ready);
    EXPECT_EQ(report.parts.back().name, "providers");
    EXPECT_NE(report.parts.back().what.find("KIMI_API_KEY"), std::string::npos);
    EXPECT_FALSE(run(of_nobody.force_breaker(caller, kimi, BreakerPhase::open)));
    run(stop(&of_nobody));
}

TEST_F(OperationsTest, old_intents_impair_deliveries_but_not_readiness) {
    add_intent(world.loop().wall_now() - seconds(4000));
    auto const report = run(operations.health());
    EXPECT_TRUE(report.is_ready);
    EXPECT_EQ(report.parts.at(3).state, State::impaired);
    EXPECT_NE(report.parts.at(3).what.find("1 intent is open; the oldest for 66 minutes"),
              std::string::npos)
        << report.parts.at(3).what;
}

}  // namespace
}  // namespace filegate::gateway
