#pragma once
// Where keys are read from: a file on this machine, or a URL. One read, one text; what it means is
// key_set's, how often it is read key_cache's.

#include <filesystem>

#include "base/worker_pool.hpp"
#include "net/http_client.hpp"

namespace filegate::access {

class KeySource {
public:
    virtual ~KeySource() = default;
    // At most key_text_bytes_max, within seconds. The error is for operators and has no secret.
    virtual Task<Result<std::string>> read() = 0;
    virtual std::string const& place() const = 0;  // the path or the URL
};

class FileKeySource final : public KeySource {
public:
    FileKeySource(std::filesystem::path path, WorkerPool& workers)
        : path_(std::move(path)), place_(path_.string()), workers_(workers) {}
    Task<Result<std::string>> read() override;
    std::string const& place() const override { return place_; }

private:
    std::filesystem::path path_;
    std::string place_;
    WorkerPool& workers_;
};

// A plain GET that is answered with 200 and a small body: no redirect is followed, and a source
// that hangs is given up.
class UrlKeySource final : public KeySource {
public:
    UrlKeySource(std::string url, net::HttpClient& http, Clock const& clock)
        : url_(std::move(url)), http_(http), clock_(clock) {}
    Task<Result<std::string>> read() override;
    std::string const& place() const override { return url_; }

private:
    std::string url_;
    net::HttpClient& http_;
    Clock const& clock_;
};

}  // namespace filegate::access
