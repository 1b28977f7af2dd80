#include "catalog/memory_catalog.hpp"

#include "catalog/audit_conformance.hpp"

namespace filegate::catalog {
namespace {

class MemoryUnderTest final : public CatalogUnderTest {
public:
    Catalog& catalog() override { return *catalog_; }

private:
    std::unique_ptr<Catalog> catalog_ = make_memory_catalog();
};

INSTANTIATE_TEST_SUITE_P(memory, CatalogConformance,
                         ::testing::Values(CatalogKind{
                             "memory", [] { return std::make_unique<MemoryUnderTest>(); }}));
INSTANTIATE_TEST_SUITE_P(memory, AuditConformance,
                         ::testing::Values(CatalogKind{
                             "memory", [] { return std::make_unique<MemoryUnderTest>(); }}));

}  // namespace
}  // namespace filegate::catalog
