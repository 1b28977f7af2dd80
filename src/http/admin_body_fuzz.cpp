// JSON that operators send, with any text in its place. The first byte says what the rest is: any
// object, a revocation, a quota's limit, a breaker's state or a delivery.

#include <boost/json.hpp>

#include "base/check.hpp"
#include "base/utf8.hpp"
#include "http/admin_json.hpp"
#include "http/json_answers.hpp"
#include "http/json_values.hpp"
#include "http/limits_json.hpp"
#include "http/refusal_fixture.hpp"
#include "http/revocation_body.hpp"

using namespace filegate;
using namespace filegate::http;

namespace {

void try_as_object(std::string_view text) {
    auto const object = parse_object(text, "{}");
    if (!object) return check_refusal(object.error());
    FG_CHECK(decode_utf8(text).has_value(), "JSON is UTF-8");
    auto const again = parse_object(boost::json::serialize(*object), "{}");
    // Not the same: Boost.JSON reads 0.51e74 to the last bit but one.
    FG_CHECK(again.has_value(), "written anew it is an object, too");
    for (auto const& member : *object) {
        auto const value = text_member(*object, member.key());
        FG_CHECK(value.has_value() == (member.value().is_string() || member.value().is_null()),
                 "only text is text");
    }
}

void try_as_revocation(std::string_view text) {
    auto const revocation = parse_revocation(text);
    if (!revocation) return check_refusal(revocation.error());
    auto const& [token_id, subject, issued_before, until] = *revocation;
    FG_CHECK(token_id.empty() != subject.text().empty(), "a token or a subject");
    auto const& name = token_id.empty() ? subject.text() : token_id;
    FG_CHECK(access::is_bounded_name(name, access::token_id_bytes_max), "a name of a token");
    FG_CHECK(token_id.empty() || !issued_before, "a token has one time of issue");
    for (auto const& time : {issued_before, until})
        FG_CHECK(!time || (unix_seconds(*time) >= 0 && unix_seconds(*time) < 253'402'300'800),
                 "a time of this era");
    auto const again = parse_revocation(text);
    FG_CHECK(again && again->token_id == token_id && again->subject == subject &&
                 again->issued_before == issued_before && again->until == until,
             "the same text, the same revocation");
}

void try_as_limit(std::string_view text) {
    auto const limit = parse_quota_limit(text);
    if (!limit) return check_refusal(limit.error());
    FG_CHECK(!*limit || **limit <= std::numeric_limits<std::int64_t>::max(),
             "the catalog can keep it");
}

void try_as_breaker(std::string_view text) {
    auto const state = parse_breaker_state(text);
    if (!state) return check_refusal(state.error());
    FG_CHECK(
        *state == coordination::BreakerPhase::open || *state == coordination::BreakerPhase::closed,
        "an operator opens or closes");
}

void try_as_delivery(std::string_view text) {
    auto const request = parse_deliver_request(text);
    if (!request) return check_refusal(request.error());
    FG_CHECK(request->providers.size() <= 16, "providers are bounded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t count) {
    if (count == 0) return 0;
    std::string_view const text(reinterpret_cast<char const*>(bytes) + 1, count - 1);
    switch (bytes[0] % 5) {
        case 0:
            try_as_object(text);
            break;
        case 1:
            try_as_revocation(text);
            break;
        case 2:
            try_as_limit(text);
            break;
        case 3:
            try_as_breaker(text);
            break;
        case 4:
            try_as_delivery(text);
            break;
    }
    return 0;
}
