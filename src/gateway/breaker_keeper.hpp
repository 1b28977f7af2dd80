#pragma once
// Writes down what becomes of circuit breakers: the catalog keeps their states over a restart, the
// events and the log tell operators.

#include "catalog/catalog.hpp"
#include "coordination/breakers.hpp"
#include "observe/log.hpp"

namespace filegate::gateway {

class BreakerKeeper final : public coordination::BreakerJournal {
public:
    BreakerKeeper(catalog::Catalog& catalog, Clock const& clock, observe::Log& log)
        : catalog_(catalog), clock_(clock), log_(log) {}

    Task<void> changed(coordination::BreakerChange change) override;

    Task<Result<std::vector<coordination::BreakerView>>> kept();  // for a restart

private:
    catalog::Catalog& catalog_;
    Clock const& clock_;
    observe::Log& log_;
};

}  // namespace filegate::gateway
