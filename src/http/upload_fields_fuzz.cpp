// The fields and headers of an upload, with any bytes in them. The first byte says what the rest
// is: two lines that are a field's name and value, a Content-Digest, or an X-Content-SHA256.

#include "http/upload_fields.hpp"

#include <openssl/evp.h>

#include "base/check.hpp"
#include "base/utf8.hpp"
#include "http/refusal_fixture.hpp"

using namespace filegate;
using namespace filegate::http;

namespace {

void check_request(gateway::UploadRequest const& request) {
    FG_CHECK(request.providers.size() <= 16, "providers are bounded");
    for (auto const& provider : request.providers)
        FG_CHECK(!provider.text().empty() && provider.text() != "auto", "a provider has a name");
    auto const expiry = request.expires_after;
    FG_CHECK(!expiry || (*expiry >= seconds(3600) && *expiry <= seconds(2'592'000)),
             "an expiry is within its bounds");
    FG_CHECK(!request.purpose || decode_utf8(request.purpose->text()), "a purpose is text");
}

void try_as_field(std::string_view text) {
    auto const name = text.substr(0, text.find('\n'));
    auto const value = text.substr(std::min(text.size(), name.size() + 1));
    if (auto const known = check_upload_field_name(name); !known && !name.empty()) {
        check_refusal(known.error());
    }
    gateway::UploadRequest request;
    auto const taken = set_upload_field(request, name, value);
    if (!taken) {
        check_refusal(taken.error());
        return;
    }
    check_request(request);
    gateway::UploadRequest again;
    FG_CHECK(set_upload_field(again, name, value), "taken again");
    FG_CHECK(again.providers == request.providers && again.mode == request.mode &&
                 again.purpose == request.purpose && again.expires_after == request.expires_after &&
                 again.name == request.name,
             "the same value, the same request");
}

std::string base64(Sha256Digest const& digest) {
    std::array<unsigned char, 45> text{};
    EVP_EncodeBlock(text.data(), reinterpret_cast<unsigned char const*>(digest.bytes.data()), 32);
    return reinterpret_cast<char const*>(text.data());
}

// What was taken stands in the header: 42 characters of it literally, since the 43rd has two bits
// that no digest fills.
void try_as_digest(std::string_view text) {
    auto const digest = announced_digest({{"Content-Digest", std::string(text)}});
    if (!digest) return check_refusal(digest.error());
    if (!*digest) return;
    FG_CHECK(text.contains("sha-256=:" + base64(**digest).substr(0, 42)), "it was announced");
    auto const plain = announced_digest({{"Content-Digest", "sha-256=:" + base64(**digest) + ":"}});
    FG_CHECK(plain && *plain == *digest, "written plainly it is the same");
}

void try_as_hex(std::string_view text) {
    auto const digest = announced_digest({{"X-Content-SHA256", std::string(text)}});
    if (!digest) return check_refusal(digest.error());
    FG_CHECK(text.size() == 64, "64 characters");
    auto const again = announced_digest({{"X-Content-SHA256", (*digest)->hex()}});
    FG_CHECK(again && *again == *digest, "written anew it is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t count) {
    if (count == 0) return 0;
    std::string_view const text(reinterpret_cast<char const*>(bytes) + 1, count - 1);
    switch (bytes[0] % 3) {
        case 0:
            try_as_field(text);
            break;
        case 1:
            try_as_digest(text);
            break;
        case 2:
            try_as_hex(text);
            break;
    }
    return 0;
}
