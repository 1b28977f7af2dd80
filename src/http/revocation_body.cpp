#include "http/revocation_body.hpp"

#include <fmt/format.h>

#include "http/json_values.hpp"

namespace filegate::http {
namespace {

namespace json = boost::json;

constexpr std::string_view example = R"({"jti":"..."} or {"sub":"..."})";

std::unexpected<Error> unusable(std::string message) {
    return fail(ErrorCode::validation_failed, std::move(message));
}

Result<std::optional<WallTime>> time_member(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    constexpr std::int64_t year_9999 = 253'402'300'799;
    if (auto const* const number = value->if_int64();
        number != nullptr && *number >= 0 && *number <= year_9999) {
        return WallTime(seconds(*number));
    }
    return unusable(fmt::format("'{}' must be whole seconds since 1970", name));
}

}  // namespace

Result<access::Revocation> parse_revocation(std::string_view text) {
    TRY(auto const object, parse_object(text, example));
    for (auto const& member : object) {
        auto const name = member.key();
        if (name == "jti" || name == "sub" || name == "issued_before" || name == "until") continue;
        return unusable(
            fmt::format("a revocation has jti or sub, issued_before and until; write {}", example));
    }
    access::Revocation revocation;
    TRY(revocation.token_id, text_member(object, "jti"));
    TRY(auto subject, text_member(object, "sub"));
    TRY(revocation.issued_before, time_member(object, "issued_before"));
    TRY(revocation.until, time_member(object, "until"));
    if (revocation.token_id.empty() == subject.empty()) {
        return unusable(fmt::format("name a token or a subject, not both: {}", example));
    }
    auto const& name = subject.empty() ? revocation.token_id : subject;
    if (!access::is_bounded_name(name, access::token_id_bytes_max)) {
        return unusable(fmt::format("'jti' or 'sub' has more than {} bytes or a control character",
                                    access::token_id_bytes_max));
    }
    if (subject.empty() && revocation.issued_before) {
        return unusable("'issued_before' goes with 'sub'");
    }
    revocation.subject = PrincipalId(std::move(subject));
    return revocation;
}

}  // namespace filegate::http
