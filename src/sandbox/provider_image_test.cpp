#include "sandbox/provider_image.hpp"

#include "sandbox/sandbox_fixture.hpp"

namespace filegate::sandbox {
namespace {

constexpr WallTime now(seconds(1'700'000'000));

UploadForm form_of(std::string content, std::string purpose = "user_data",
                   std::string filename = "a.txt", std::string content_type = "text/plain") {
    auto const digest = sha256(content);
    return {.file = FilePart{.filename = std::move(filename),
                             .content_type = std::move(content_type),
                             .bytes = content.size(),
                             .sha256 = digest,
                             .content = std::move(content)},
            .fields = {{"purpose", std::move(purpose)}}};
}

std::string id_of(Accepted<net::ServerResponse> const& answer) {
    auto const object = boost::json::parse(std::get<std::string>(answer.value().body));
    return std::string(object.at("id").as_string());
}

TEST(provider_image, keeps_the_newest_contents_within_its_limit) {
    ProviderImage image(builtin("openai"), {.contents_bytes_max = 10});
    auto const first = id_of(image.upload(form_of("12345"), now));
    auto const second = id_of(image.upload(form_of("12345"), now));
    EXPECT_TRUE(image.content(first, now));
    auto const third = id_of(image.upload(form_of("1"), now));
    EXPECT_EQ(image.content(first, now).error().trouble, Trouble::content_not_kept);
    EXPECT_TRUE(image.content(second, now));
    EXPECT_TRUE(image.content(third, now));
    EXPECT_TRUE(image.retrieve(first, now));

    auto const too_long = id_of(image.upload(form_of("12345678901"), now));
    EXPECT_EQ(image.content(too_long, now).error().trouble, Trouble::content_not_kept);
    EXPECT_TRUE(image.content(second, now));
}

TEST(provider_image, gives_space_back_with_a_file) {
    auto contract = builtin("openai");
    contract.total_bytes_max = 10;
    ProviderImage image(contract, {.contents_bytes_max = 10});
    for (int round = 0; round < 100; ++round) {
        auto const id = id_of(image.upload(form_of("1234567890"), now));
        EXPECT_TRUE(image.content(id, now));
        EXPECT_EQ(image.upload(form_of("1"), now).error().trouble, Trouble::total_too_large);
        EXPECT_TRUE(image.remove(id, now));
    }
    EXPECT_TRUE(image.files(now).empty());
}

TEST(provider_image, has_a_limit_where_its_contract_has_none) {
    ProviderImage image(builtin("openai"), {.files_max = 1});
    EXPECT_TRUE(image.upload(form_of("1"), now));
    EXPECT_EQ(image.upload(form_of("1"), now).error().trouble, Trouble::too_many_files);
}

TEST(provider_image, makes_the_same_ids_from_the_same_seed) {
    for (auto const* const provider : {"kimi", "glm", "openai"}) {
        auto const ids = [&](std::uint64_t seed) {
            ProviderImage image(builtin(provider), {.seed = seed});
            auto const purpose =
                provider == std::string_view("kimi") ? "file-extract" : "user_data";
            return id_of(image.upload(form_of("1", purpose, "a.pdf"), now));
        };
        EXPECT_EQ(ids(1), ids(1));
        EXPECT_NE(ids(1), ids(2));
    }
}

TEST(provider_image, takes_files_by_name_or_by_declared_type) {
    struct Case {
        std::string_view provider;
        std::string purpose;
        std::string filename;
        std::string content_type;
        bool is_taken;
    };
    Case const cases[] = {
        {"kimi", "file-extract", "a.PDF", "", true},
        {"kimi", "file-extract", "a", "application/pdf", false},
        {"kimi", "file-extract", "a.pdf.exe", "", false},
        {"kimi", "image", "a.png", "", true},
        {"kimi", "image", "a", "image/png", true},
        {"kimi", "image", "a.svg", "image/svg+xml", false},
        {"kimi", "image", "a", "application/octet-stream", false},
        {"kimi", "video", "clip", "video/mp4", true},
        {"openai", "vision", "a.png", "", true},
        {"openai", "vision", "a.png", "application/octet-stream", true},
        {"openai", "vision", "a.png", "text/plain", false},
        {"openai", "vision", "a", "Image/PNG", true},
        {"openai", "user_data", "a.bin", "application/octet-stream", true},
    };
    for (auto const& [provider, purpose, filename, content_type, is_taken] : cases) {
        ProviderImage image(builtin(provider), {});
        auto const answer = image.upload(form_of("1", purpose, filename, content_type), now);
        EXPECT_EQ(answer.has_value(), is_taken)
            << purpose << " " << filename << " " << content_type;
        if (!answer) EXPECT_EQ(answer.error().trouble, Trouble::unsupported_format);
    }
}

TEST(provider_image, takes_sizes_up_to_each_limit) {
    for (auto const* const provider : {"kimi", "kimi-cn", "glm", "glm-cn", "openai"}) {
        for (auto const& rule : builtin(provider).wire_purposes) {
            if (!rule.is_documented || !rule.bytes_max) continue;
            auto form = form_of(
                "1", rule.word.text(),
                rule.formats.extensions.empty() ? "a" : "a" + rule.formats.extensions.front(), "");
            ProviderImage image(builtin(provider), {});
            for (std::uint64_t const bytes : {*rule.bytes_max, *rule.bytes_max + 1}) {
                form.file->bytes = bytes;
                auto const answer = image.upload(form, now);
                EXPECT_EQ(answer.has_value(), bytes == *rule.bytes_max)
                    << provider << " " << rule.word.text() << " " << bytes;
                if (!answer) EXPECT_EQ(answer.error().trouble, Trouble::file_too_large);
            }
        }
    }
}

}  // namespace
}  // namespace filegate::sandbox
