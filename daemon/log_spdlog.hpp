// daemon/log_spdlog.hpp - lines of the log on standard error; the only user of the logging library.
//
// Threading: the sink may be called by any thread.
// Source:    docs/operations.md, "Log". Text with a time on a terminal; under systemd the priority
//            as "<6>" in front and no time, since the journal has both; JSON lines on request.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "settings/settings.hpp"

#include <memory>
#include <string_view>

namespace devicebatch::daemon {

class LogWriter {
 public:
  LogWriter(const settings::Settings& settings, const Clock& clock);
  ~LogWriter();

  LogSink sink();
  void set_level(std::string_view level);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace devicebatch::daemon
