#pragma once
// Reading rows into records.

#include "catalog/records.hpp"
#include "catalog/sqlite_values.hpp"
#include "db/sqlite.hpp"

namespace filegate::catalog::sqlite {

template <class Record>
Result<std::optional<Record>> first(db::Query query, Result<Record> (*read)(db::Query const&)) {
    TRY(bool const has_row, query.step());
    if (!has_row) return std::nullopt;
    TRY(auto record, read(query));
    return record;
}

template <class Record>
Result<std::vector<Record>> all(db::Query query, Result<Record> (*read)(db::Query const&)) {
    std::vector<Record> records;
    while (true) {
        TRY(bool const has_row, query.step());
        if (!has_row) return records;
        TRY(auto record, read(query));
        records.push_back(std::move(record));
    }
}

// Every query that reads keys has them in columns 1 to 4.
inline Result<PlacementKey> key_of(db::Query const& row) {
    TRY(auto const sha256, digest(row.text(4)));
    return PlacementKey{.provider = ProviderName(row.text(1)),
                        .account = AccountName(row.text(2)),
                        .purpose = WirePurpose(row.text(3)),
                        .sha256 = sha256};
}

}  // namespace filegate::catalog::sqlite
