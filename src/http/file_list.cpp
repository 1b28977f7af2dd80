// One JSON object in pieces:
//
//   {"object":"list","data":[ file,...   page after page
//   ],"first_id":..,"last_id":..,"has_more":..}

#include "http/file_list.hpp"

#include <cstring>

#include "http/json_answers.hpp"
#include "http/json_values.hpp"

namespace filegate::http {
namespace {

namespace json = boost::json;

class FileList final : public ByteSource {
public:
    FileList(gateway::Gateway& gateway, access::Principal viewer, catalog::ListQuery query,
             gateway::ListedFiles whose, catalog::FilePage first)
        : gateway_(gateway),
          viewer_(std::move(viewer)),
          query_(std::move(query)),
          whose_(std::move(whose)),
          files_left_(query_.limit),
          page_(std::move(first)) {}

    bool is_one_page() const { return !has_next(page_.files.size()); }

    // All of it, when it is one page.
    std::string text() {
        append_page();
        append_end();
        return std::move(text_);
    }

    Task<Result<std::size_t>> read(std::span<std::byte> into) override {
        while (used_ == text_.size()) {
            if (is_at_end_) co_return 0;
            CO_TRY(co_await refill());
        }
        auto const count = std::min(into.size(), text_.size() - used_);
        std::memcpy(into.data(), text_.data() + used_, count);
        used_ += count;
        co_return count;
    }

private:
    bool has_next(std::size_t files) const { return page_.has_more && files < files_left_; }

    Task<Result<void>> refill() {
        text_.clear();
        used_ = 0;
        append_page();
        auto const files = page_.files.size();
        if (!has_next(files)) {
            append_end();
            is_at_end_ = true;
            co_return {};
        }
        files_left_ -= files;
        query_.after = page_.files.back().file.id;
        query_.goes_on = true;
        query_.limit = std::min(list_page_files, files_left_);
        CO_TRY(page_, co_await gateway_.list(viewer_, query_, whose_));
        co_return {};
    }

    void append_page() {
        if (!has_begun_) text_ += R"({"object":"list","data":[)";
        for (auto const& [file, placements] : page_.files) {
            if (!last_id_.empty()) text_ += ',';
            text_ += file_json(file, placements, viewer_.id());
            if (first_id_.empty()) first_id_ = file.id.text();
            last_id_ = file.id.text();
        }
        has_begun_ = true;
    }

    void append_end() {
        auto const ids = json::object{{"first_id", text_or_null(first_id_)},
                                      {"last_id", text_or_null(last_id_)},
                                      {"has_more", page_.has_more}};
        text_ += "]," + json::serialize(ids).substr(1);
    }

    gateway::Gateway& gateway_;
    access::Principal viewer_;
    catalog::ListQuery query_;  // of the next page
    gateway::ListedFiles whose_;
    std::size_t files_left_;  // of those asked for, page_ included
    catalog::FilePage page_;  // not written yet, unless the end is
    std::string text_;
    std::size_t used_ = 0;
    std::string first_id_;
    std::string last_id_;
    bool has_begun_ = false;
    bool is_at_end_ = false;
};

}  // namespace

net::ServerResponse file_list_answer(gateway::Gateway& gateway, access::Principal const& viewer,
                                     catalog::ListQuery query, gateway::ListedFiles whose,
                                     catalog::FilePage first) {
    auto list = std::make_unique<FileList>(gateway, viewer, std::move(query), std::move(whose),
                                           std::move(first));
    net::ServerResponse answer;
    answer.headers.set("Content-Type", "application/json");
    if (list->is_one_page()) {
        answer.body = list->text();
    } else {
        answer.body = net::StreamedBody{.source = std::move(list), .size_bytes = std::nullopt};
    }
    return answer;
}

}  // namespace filegate::http
