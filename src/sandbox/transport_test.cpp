#include "sandbox/transport.hpp"

#include <gtest/gtest.h>

namespace filegate::sandbox {
namespace {

TEST(transport, is_found_from_the_headers) {
    struct Case {
        net::Headers headers;
        Transport transport;
    };
    Case const cases[] = {
        {{}, Transport::openai},
        {{{"Authorization", "Bearer sk-1"}}, Transport::openai},
        {{{"Authorization", "Bearer id.secret"}}, Transport::openai},
        {{{"Authorization", "Bearer a.b.c.d"}}, Transport::openai},
        {{{"Authorization", "Basic a.b.c"}}, Transport::openai},
        {{{"Authorization", "Bearer a.b.c"}}, Transport::native},
        {{{"authorization", "bearer a..c"}}, Transport::native},  // malformed, but no key either
        {{{"Authorization", "Bearer a.b.c"}, {"Connection", "close"}}, Transport::native},
        {{{"Authorization", "Bearer id.secret"}, {"Connection", "keep-alive"}}, Transport::openai},
        {{{"Authorization", "Bearer id.secret"}, {"Connection", "close"}}, Transport::plain},
        {{{"connection", "TE, Close "}}, Transport::plain},
        {{{"Connection", "TE"}, {"Connection", "close"}}, Transport::plain},
        {{{"Connection", "closed"}}, Transport::openai},
        {{{"Connection", ""}}, Transport::openai},
        {{{"Connection", ",,"}}, Transport::openai},
        {{{"Proxy-Connection", "close"}}, Transport::openai},
    };
    for (auto const& [headers, transport] : cases) {
        EXPECT_EQ(transport_of(headers), transport)
            << headers.find("Authorization").value_or("") << " "
            << headers.find("Connection").value_or("");
    }
}

}  // namespace
}  // namespace filegate::sandbox
