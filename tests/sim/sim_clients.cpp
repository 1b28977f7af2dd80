#include "sim_clients.hpp"

namespace filegate::sim {
namespace {

using gateway::DeliveryMode;

class Incoming final : public gateway::IncomingFile {
public:
    Incoming(gateway::UploadRequest request, std::string bytes)
        : request_(std::move(request)), source_(std::move(bytes)) {}
    gateway::UploadRequest const& request() const override { return request_; }
    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        co_return co_await source_.read(into);
    }

private:
    gateway::UploadRequest request_;
    MemorySource source_;
};

struct Draft {
    gateway::UploadRequest request;
    std::string bytes;
    bool is_deleted = false;
};

bool by_chance(World& world, int percent) {
    return world.random().below(100) < static_cast<std::uint64_t>(percent);
}

// Honest PDFs, as their names promise. Known bytes come from a small pool, so that several clients
// meet at them.
std::string bytes_for(World& world, Mix const& mix, bool has_equal_name) {
    if (by_chance(world, mix.known_bytes)) {
        return fmt::format("%PDF-1.4\nknown bytes {}{}", world.random().below(50),
                           std::string(60, '.'));
    }
    auto const unique =
        fmt::format("%PDF-1.4\n{:016x}{:016x}", world.random().next(), world.random().next());
    if (has_equal_name) return unique;
    return unique + std::string(world.random().below(3000), 'x');
}

Draft draft_of(World& world, Mix const& mix) {
    Draft draft;
    auto const has_equal_name = by_chance(world, mix.equal_names);
    draft.bytes = bytes_for(world, mix, has_equal_name);
    draft.request.name =
        has_equal_name ? "report.pdf" : fmt::format("report-{:x}.pdf", world.random().next());
    draft.request.declared = {draft.bytes.size(), draft.bytes.size()};
    if (by_chance(world, mix.to_two)) {
        draft.request.providers = {ProviderName("kimi"), ProviderName("glm-cn")};
    }
    if (by_chance(world, mix.later)) {
        draft.request.mode = DeliveryMode::later;
    } else if (by_chance(world, mix.kept_only)) {
        draft.request.mode = DeliveryMode::none;
    }
    draft.is_deleted = by_chance(world, mix.deleted);
    return draft;
}

void note(Ledger& ledger, Draft const& draft, Result<gateway::FileView> const& view) {
    ++ledger.asked;
    if (!view) {
        ++ledger.failures[static_cast<int>(view.error().code)];
        if (view.error().file_id.empty()) return;
        ledger.told.push_back(
            {FileId(view.error().file_id), sha256(draft.bytes), draft.request.mode, {}});
        return;
    }
    ++ledger.succeeded;
    Told told{view->file.id, sha256(draft.bytes), draft.request.mode, {}};
    for (auto const& placement : view->placements) {
        told.placed_at.push_back(placement.key.provider.text());
        ++ledger.placed_at[placement.key.provider.text()];
    }
    ledger.told.push_back(std::move(told));
}

Task<Done> join(TaskGroup& group) {
    co_await group.join();
    co_return Done();
}

}  // namespace

Task<void> upload_many(World& world, Ledger& ledger, Mix mix, int count) {
    for (int i = 0; i < count && !ledger.is_stopping; ++i) {
        auto const draft = draft_of(world, mix);
        Incoming incoming(draft.request, draft.bytes);
        auto const view = co_await world.gateway().upload(world.caller(), incoming);
        note(ledger, draft, view);
        if (view && draft.is_deleted) {
            // Whatever became of it, nobody relies on the file from here on.
            std::erase_if(ledger.told, [&](Told const& told) { return told.id == view->file.id; });
            auto const removed = co_await world.gateway().remove(world.caller(), view->file.id);
            ledger.deleted += removed ? 1 : 0;
        }
        auto const pause =
            world.random().below(static_cast<std::uint64_t>(mix.pause_max.count()) + 1);
        co_await sleep_for(milliseconds(static_cast<std::int64_t>(pause)));
    }
}

void cut(World& world, TaskGroup& clients) {
    clients.cancel();
    world.run(join(clients));
}

}  // namespace filegate::sim
