// What a principal may find out about another's files: nothing. Generated from the table of routes,
// so that a new route is tried by itself: whatever is asked about a foreign file is answered, byte
// for byte, as for an id that never was. A segment {id} is a file's; other things are called
// otherwise.

#include <gtest/gtest.h>

#include "gateway/gateway_fakes.hpp"
#include "gateway/path_uploads.hpp"
#include "http/api.hpp"

namespace filegate::http {
namespace {

using gateway::World;

class Door {
public:
    Door() {
        gateway::FakeIncoming incoming({.name = "secret.txt"}, "what ann has");
        auto const kept = world_.run(world_.gateway().upload(ann_, incoming));
        hers_ = kept.value().file.id;
    }

    // Status, headers and body in one text, in which the asked id reads ID.
    std::string ask(Route const& route, access::Principal const& caller, FileId const& id);

    access::Principal const& ann() const { return ann_; }
    access::Principal const& ben() const { return ben_; }
    FileId const& hers() const { return hers_; }
    FileId never_made() { return world_.ids().file(); }
    World& world() { return world_; }

private:
    static Task<net::ServerResponse> answer(Api& api, Route const& route, Call& call);

    World world_;
    gateway::Operations operations_{{.catalog = world_.catalog(),
                                     .blobs = world_.blobs(),
                                     .breakers = world_.breakers(),
                                     .leases = world_.leases(),
                                     .delivery = world_.delivery(),
                                     .recovery = world_.recovery(),
                                     .clock = world_.loop(),
                                     .log = observe::silent_log(),
                                     .background = world_.loop()}};
    WorkerPool workers_{"inline", 0};
    std::unique_ptr<paths::ServerPaths> paths_ = paths::ServerPaths::open({}, workers_).value();
    gateway::PathUploads path_uploads_{{.gateway = world_.gateway(),
                                        .paths = *paths_,
                                        .access = world_.access(),
                                        .audit = world_.audit(),
                                        .clock = world_.loop()}};
    Api api_{{.gateway = world_.gateway(),
              .path_uploads = path_uploads_,
              .operations = operations_,
              .audit = world_.audit(),
              .access = world_.access(),
              .clock = world_.loop(),
              .log = observe::silent_log()},
             HostCheck()};
    access::Principal ann_ = access::PrincipalFake::named("ann");
    access::Principal ben_ = access::PrincipalFake::named("ben");
    FileId hers_;
};

std::string without(std::string text, std::string const& id) {
    for (auto at = text.find(id); at != std::string::npos; at = text.find(id))
        text.replace(at, id.size(), "ID");
    return text;
}

Task<net::ServerResponse> Door::answer(Api& api, Route const& route, Call& call) {
    auto result = co_await (api.*route.handler)(call);
    if (result) co_return std::move(*result);
    co_return api.refuse(result.error(), call.request.id);
}

std::string Door::ask(Route const& route, access::Principal const& caller, FileId const& id) {
    MemorySource body("");
    net::ServerRequest request{.method = std::string(route.pattern.method),
                               .path = std::string(route.pattern.path),
                               .query = {},
                               .id = RequestId("req-1"),
                               .body = &body};
    Call call{.request = request, .values = {id.text()}, .caller = caller};
    auto response = world_.run(answer(api_, route, call));
    auto text = std::to_string(response.status);
    for (auto const& [name, value] : response.headers.list())
        text += "\n" + name + ": " + value;
    if (auto const* const whole = std::get_if<std::string>(&response.body)) {
        text += "\n\n" + *whole;
    } else {
        text += "\n\nstreamed";
    }
    return without(std::move(text), id.text());
}

std::vector<Route> routes_to_a_file() {
    std::vector<Route> found;
    for (auto const& route : routes())
        if (route.pattern.path.contains("{id}")) found.push_back(route);
    return found;
}

TEST(foreign_files, are_on_every_route_what_an_id_that_never_was_is) {
    auto const tried = routes_to_a_file();
    EXPECT_GE(tried.size(), 4U);
    for (auto const& route : tried) {
        SCOPED_TRACE(fmt::format("{} {}", route.pattern.method, route.pattern.path));
        Door door;
        auto const unknown = door.ask(route, door.ben(), door.never_made());
        EXPECT_EQ(door.ask(route, door.ben(), door.hers()), unknown);
        EXPECT_EQ(unknown.substr(0, 3), "404");
        EXPECT_EQ(door.ask(route, door.ann(), door.hers()).substr(0, 3), "200") << "it was there";
    }
}

TEST(foreign_files, are_left_as_they_are_by_whatever_was_tried) {
    for (auto const& route : routes_to_a_file()) {
        SCOPED_TRACE(fmt::format("{} {}", route.pattern.method, route.pattern.path));
        Door door;
        auto const before =
            door.world().run(door.world().catalog().find_file(door.ann().id(), door.hers()));
        door.ask(route, door.ben(), door.hers());
        auto const after =
            door.world().run(door.world().catalog().find_file(door.ann().id(), door.hers()));
        ASSERT_TRUE(after);
        EXPECT_EQ(after->file.last_used_at, before->file.last_used_at);
        EXPECT_EQ(after->placements.size(), before->placements.size());
        EXPECT_EQ(door.world().provider().removals, 0);
        EXPECT_EQ(door.world().quota("ben"), "0 bytes in 0 files, 0 reserved");
    }
}

TEST(foreign_files, are_open_to_an_admin_on_every_route) {
    auto const admin = access::PrincipalFake::named("root", access::Scopes::all());
    for (auto const& route : routes_to_a_file()) {
        SCOPED_TRACE(fmt::format("{} {}", route.pattern.method, route.pattern.path));
        Door door;
        EXPECT_EQ(door.ask(route, admin, door.hers()).substr(0, 3), "200");
    }
}

TEST(foreign_files, are_no_place_to_go_on_listing_from) {
    Door door;
    auto const query = [&](FileId const& after) {
        auto const page =
            door.world().run(door.world().gateway().list(door.ben(), {.after = after}));
        return page ? std::string("a page") : without(page.error().message, after.text());
    };
    EXPECT_EQ(query(door.hers()), query(door.never_made()));
}

}  // namespace
}  // namespace filegate::http
