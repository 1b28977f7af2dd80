#include "http/upload_fields.hpp"

#include <charconv>

#include <fmt/ranges.h>
#include <openssl/evp.h>

#include "observe/escape.hpp"

namespace filegate::http {
namespace {

// The bounds of OpenAI's expires_after.
constexpr seconds expires_after_min{3600};
constexpr seconds expires_after_max{2'592'000};
constexpr std::size_t providers_max = 16;
constexpr std::size_t purpose_bytes_max = 255;

std::unexpected<Error> refuse(std::string_view param, std::string message) {
    return fail(Error{.code = ErrorCode::validation_failed,
                      .message = std::move(message),
                      .param = std::string(param)});
}

Result<void> set_mode(gateway::UploadRequest& request, std::string_view value) {
    if (value == "wait") {
        request.mode = gateway::DeliveryMode::wait;
    } else if (value == "later") {
        request.mode = gateway::DeliveryMode::later;
    } else if (value == "none") {
        request.mode = gateway::DeliveryMode::none;
    } else {
        return refuse("deliver", fmt::format("deliver is wait, later or none, not '{}'", value));
    }
    return {};
}

std::string_view without_blanks(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t'))
        text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t'))
        text.remove_suffix(1);
    return text;
}

// "auto", "kimi" or "kimi,glm".
Result<void> set_providers(gateway::UploadRequest& request, std::string_view value) {
    request.providers.clear();
    if (value == "auto") return {};
    while (!value.empty()) {
        auto const end = std::min(value.find(','), value.size());
        auto const name = without_blanks(value.substr(0, end));
        value.remove_prefix(std::min(end + 1, value.size()));
        if (name.empty() || name == "auto") {
            return refuse("provider", "provider is auto, one name or several names with commas");
        }
        ProviderName provider{std::string(name)};
        if (std::ranges::find(request.providers, provider) != request.providers.end()) continue;
        request.providers.push_back(std::move(provider));
    }
    if (request.providers.size() > providers_max) {
        return refuse("provider", fmt::format("{} providers are named; at most {} are taken",
                                              request.providers.size(), providers_max));
    }
    return {};
}

Result<void> set_expiry(gateway::UploadRequest& request, std::string_view value) {
    std::int64_t count = 0;
    auto const [end, problem] = std::from_chars(value.data(), value.data() + value.size(), count);
    auto const is_number = problem == std::errc() && end == value.data() + value.size();
    if (!is_number || seconds(count) < expires_after_min || seconds(count) > expires_after_max) {
        return refuse("expires_after[seconds]",
                      fmt::format("expires_after[seconds] is a number from {} to {}, not '{}'",
                                  expires_after_min.count(), expires_after_max.count(), value));
    }
    request.expires_after = seconds(count);
    return {};
}

std::optional<Sha256Digest> from_base64(std::string_view text) {
    constexpr std::size_t base64_characters = 44;  // of 32 bytes
    // OpenSSL reads a '=' within as a zero.
    if (text.size() != base64_characters || text.find('=') != base64_characters - 1) {
        return std::nullopt;
    }
    std::array<unsigned char, 33> decoded{};
    auto const count =
        EVP_DecodeBlock(decoded.data(), reinterpret_cast<unsigned char const*>(text.data()),
                        static_cast<int>(text.size()));
    if (count != static_cast<int>(decoded.size())) return std::nullopt;
    Sha256Digest digest;
    std::copy_n(decoded.begin(), digest.bytes.size(), digest.bytes.begin());
    return digest;
}

// What stands behind the key `sha-256` in a dictionary (RFC 8941 section 3.2): of several the last
// counts. Algorithms that we do not know are skipped, as RFC 9530 asks.
std::optional<std::string_view> sha256_member(std::string_view dictionary) {
    std::optional<std::string_view> found;
    while (!dictionary.empty()) {
        auto const end = std::min(dictionary.find(','), dictionary.size());
        auto const member = without_blanks(dictionary.substr(0, end));
        dictionary.remove_prefix(std::min(end + 1, dictionary.size()));
        auto const key = member.substr(0, member.find_first_of("=;"));
        if (key == "sha-256") found = member.substr(key.size());
    }
    return found;
}

// "=:BASE64:", and parameters, of which the RFC knows none.
std::optional<Sha256Digest> digest_of_member(std::string_view member) {
    if (!member.starts_with("=:")) return std::nullopt;
    member.remove_prefix(2);
    auto const end = member.find(':');
    if (end == member.npos) return std::nullopt;
    auto const rest = member.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(';')) return std::nullopt;
    return from_base64(member.substr(0, end));
}

}  // namespace

Result<void> set_upload_field(gateway::UploadRequest& request, std::string_view name,
                              std::string_view value) {
    if (name == "filename") request.name = value;
    if (value.empty()) return {};
    if (name == "purpose" && value.size() > purpose_bytes_max) {
        return refuse(name, fmt::format("the purpose has {} bytes; at most {} are taken",
                                        value.size(), purpose_bytes_max));
    }
    if (name == "purpose" && observe::printable(value) != value) {
        return refuse(name, "the purpose is not printable UTF-8 text");
    }
    if (name == "purpose") request.purpose = Purpose(std::string(value));
    if (name == "deliver") return set_mode(request, value);
    if (name == "provider") return set_providers(request, value);
    if (name == "expires_after[seconds]" || name == "expires_after") {
        return set_expiry(request, value);
    }
    if (name == "expires_after[anchor]" && value != "created_at") {
        return refuse(name, fmt::format("expires_after[anchor] is created_at, not '{}'", value));
    }
    return {};
}

Result<void> check_upload_field_name(std::string_view name) {
    constexpr std::array<std::string_view, 7> names{"filename",
                                                    "purpose",
                                                    "provider",
                                                    "deliver",
                                                    "expires_after",
                                                    "expires_after[anchor]",
                                                    "expires_after[seconds]"};
    if (std::ranges::find(names, name) != names.end()) return {};
    return refuse(
        name, fmt::format("there is no field '{}'; there are {}", name, fmt::join(names, ", ")));
}

Result<std::optional<Sha256Digest>> announced_digest(net::Headers const& headers) {
    if (auto const hex = headers.find("X-Content-SHA256")) {
        auto const digest = Sha256Digest::from_hex(*hex);
        if (!digest) {
            return refuse("X-Content-SHA256", "X-Content-SHA256 is 64 hexadecimal characters");
        }
        return digest;
    }
    auto const list = headers.find("Content-Digest");
    if (!list) return std::nullopt;
    auto const member = sha256_member(*list);
    if (!member) return std::nullopt;
    auto const digest = digest_of_member(*member);
    if (!digest) {
        return refuse("Content-Digest", "Content-Digest's sha-256 is :44 base64 characters:");
    }
    return digest;
}

}  // namespace filegate::http
