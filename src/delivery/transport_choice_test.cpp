#include "delivery/transport_choice.hpp"

#include <gtest/gtest.h>

#include "delivery/fake_world.hpp"

namespace filegate::delivery {
namespace {

using contracts::Transport;

Account account_with(std::string_view provider, std::string key) {
    return {&contract_named(provider), AccountName("main"), Secret(std::move(key)), "https://x"};
}

std::string shown(std::vector<Transport> const& order) {
    std::string text;
    for (auto const transport : order)
        text += std::string(text.empty() ? "" : " ") + std::string(contracts::name_of(transport));
    return text;
}

MonotonicTime at(seconds second) {
    return MonotonicTime(second);
}

TEST(transport_choice, is_the_contracts_order) {
    TransportChoice const choice;
    EXPECT_EQ(shown(choice.order(account_with("glm", "id.secret"), at(seconds(0)))),
              "native openai plain");
    EXPECT_EQ(shown(choice.order(account_with("glm-cn", "id.secret"), at(seconds(0)))),
              "native openai plain");
    EXPECT_EQ(shown(choice.order(account_with("kimi", "sk-x"), at(seconds(0)))), "openai");
}

TEST(transport_choice, a_key_that_cannot_be_signed_goes_as_it_is) {
    TransportChoice const choice;
    EXPECT_EQ(shown(choice.order(account_with("glm", "raw"), at(seconds(0)))), "openai plain");
}

TEST(transport_choice, a_lower_one_that_worked_goes_first_for_a_while) {
    TransportChoice choice;
    auto const glm = account_with("glm", "id.secret");
    choice.worked(glm, Transport::plain, at(seconds(0)));
    EXPECT_EQ(shown(choice.order(glm, at(seconds(299)))), "plain native openai");
    choice.worked(glm, Transport::plain, at(seconds(200)));
    EXPECT_EQ(shown(choice.order(glm, at(seconds(300)))), "native openai plain")
        << "use does not keep the better ones from being tried again";
}

TEST(transport_choice, the_best_one_working_again_ends_the_memory) {
    TransportChoice choice;
    auto const glm = account_with("glm", "id.secret");
    choice.worked(glm, Transport::openai, at(seconds(0)));
    choice.worked(glm, Transport::native, at(seconds(1)));
    EXPECT_EQ(shown(choice.order(glm, at(seconds(2)))), "native openai plain");
}

}  // namespace
}  // namespace filegate::delivery
