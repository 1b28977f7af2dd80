#include "delivery/copy_watch.hpp"

namespace filegate::delivery {
namespace {

constexpr std::size_t known_max = 10'000;
constexpr std::size_t doubts_max = 10'000;
constexpr seconds clock_difference_max{5};

std::string account_key(Account const& account) {
    return fmt::format("{}/{}", account.contract->name.text(), account.name.text());
}

std::string id_key(Account const& account, ProviderFileId const& id) {
    return fmt::format("{}/{}", account_key(account), id.text());
}

// Providers tell whole seconds, by a clock of their own.
WallTime earliest_copy(WallTime started_at) {
    return std::chrono::floor<seconds>(started_at) - clock_difference_max;
}

// "report.pdf" as "report (1).pdf".
bool is_numbered(std::string_view sent, std::string_view listed) {
    auto const dot = sent.rfind('.');
    auto const stem = sent.substr(0, dot);
    auto const ending = dot == std::string_view::npos ? std::string_view() : sent.substr(dot);
    if (!listed.starts_with(stem) || !listed.ends_with(ending)) return false;
    if (listed.size() < stem.size() + ending.size() + 4) return false;
    auto const number = listed.substr(stem.size(), listed.size() - stem.size() - ending.size());
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return number.starts_with(" (") && number.ends_with(')') &&
           std::ranges::all_of(number.substr(2, number.size() - 3), is_digit);
}

}  // namespace

bool is_copy_of(SentFile const& sent, ProviderFile const& listed) {
    if (listed.bytes != sent.bytes || !listed.created_at) return false;
    if (*listed.created_at < earliest_copy(sent.started_at)) return false;
    if (!listed.purpose.empty() && listed.purpose != sent.purpose.text()) return false;
    return listed.filename == sent.filename || is_numbered(sent.filename, listed.filename);
}

CopyWatch::Underway::Underway(CopyWatch& watch, Account const& account, SentFile const& sent)
    : watch_(watch),
      key_(fmt::format("{}/{}/{}", account_key(account), sent.purpose.text(), sent.bytes)),
      started_at_(sent.started_at) {
    std::scoped_lock const lock(watch_.mutex_);
    ++watch_.underway_[key_];
}

CopyWatch::Underway::~Underway() {
    std::scoped_lock const lock(watch_.mutex_);
    auto const found = watch_.underway_.find(key_);
    if (--found->second == 0) watch_.underway_.erase(found);
    if (!is_in_doubt_) return;
    watch_.doubts_.push_back({key_, watch_.clock_.wall_now()});
    if (watch_.doubts_.size() > doubts_max) watch_.doubts_.pop_front();
}

bool CopyWatch::Underway::is_ambiguous() const {
    std::scoped_lock const lock(watch_.mutex_);
    if (watch_.underway_.at(key_) > 1) return true;
    auto const is_another = [&](Doubt const& doubt) {
        return doubt.key == key_ && doubt.ended_at >= earliest_copy(started_at_);
    };
    return std::ranges::any_of(watch_.doubts_, is_another);
}

void CopyWatch::add_known(Account const& account, ProviderFileId const& id) {
    auto key = id_key(account, id);
    std::scoped_lock const lock(mutex_);
    if (!known_.insert(key).second) return;
    known_in_order_.push_back(std::move(key));
    if (known_in_order_.size() <= known_max) return;
    known_.erase(known_in_order_.front());
    known_in_order_.pop_front();
}

bool CopyWatch::is_known(Account const& account, ProviderFileId const& id) const {
    std::scoped_lock const lock(mutex_);
    return known_.contains(id_key(account, id));
}

}  // namespace filegate::delivery
