#pragma once
// What a server answers about quotas (docs/guide/api.md), read, and shown as a table for people.

#include <span>

#include "cli/failure.hpp"

namespace filegate::cli {

struct QuotaObject {
    std::string principal;
    std::uint64_t limit_bytes = 0;
    std::uint64_t used_bytes = 0;
    std::uint64_t reserved_bytes = 0;
    std::uint64_t left_bytes = 0;
    std::int64_t file_count = 0;
    bool is_default = true;
    std::string json;  // the whole object as the server sent it, on one line
};

struct QuotaObjects {
    std::vector<QuotaObject> quotas;
    bool has_more = false;
};

Answer<QuotaObject> parse_quota(std::string_view body);
Answer<QuotaObjects> parse_quotas(std::string_view body);

std::string quota_table(std::span<QuotaObject const> quotas);

}  // namespace filegate::cli
