#pragma once
// The two servers, wired from settings and run until SIGTERM or SIGINT. What cli/ calls.

#include <functional>
#include <string>

#include "base/result.hpp"
#include "config/sandbox_settings.hpp"
#include "config/settings.hpp"

namespace filegate::app {

// Told once, when requests are being answered: http://HOST:PORT with the port really taken.
using ReadyCallback = std::function<void(std::string const& url)>;

// Block the calling thread until the process is asked to stop and everything has been drained.
// Failing to start is an error; so is a failure to stop cleanly.
Result<void> serve(config::Settings const& settings, ReadyCallback on_ready);
Result<void> sandbox(config::SandboxSettings const& settings, ReadyCallback on_ready);

}  // namespace filegate::app
