#pragma once
// Who is calling, and leave to upload: values that only access/ can make, so that no gateway call
// can be made, and no byte received, without them.

#include "base/ids.hpp"

namespace filegate::access {

class Principal {
public:
    PrincipalId const& id() const { return id_; }
    bool is_admin() const;  // may look at, and change, what belongs to nobody in particular

private:
    friend class Access;
    friend class PrincipalFake;  // access_fakes.hpp: others, for tests
    explicit Principal(PrincipalId id) : id_(std::move(id)) {}
    PrincipalId id_;
};

// Leave to receive at most `bytes_max` bytes. Whatever it holds (quota, from the security issue on)
// goes back when it is destroyed.
class UploadGrant {
public:
    std::uint64_t bytes_max() const { return bytes_max_; }

private:
    friend class Access;
    explicit UploadGrant(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}
    std::uint64_t bytes_max_;
};

}  // namespace filegate::access
