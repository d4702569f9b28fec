// daemon/notify.hpp - what systemd is told.
//
// Threading: any thread.
// Errors:    none: without a service manager nothing happens.
// Source:    sd_notify(3), sd_watchdog_enabled(3).
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace devicebatch::daemon {

void notify_ready();
void notify_reloading();
void notify_stopping();
void notify_status(const std::string& line);
void notify_watchdog();

// How often the manager wants to hear from us; nullopt when it does not watch.
std::optional<std::chrono::microseconds> watchdog_interval();
bool has_service_manager();

}  // namespace devicebatch::daemon
