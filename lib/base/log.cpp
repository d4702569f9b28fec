#include "base/log.hpp"

namespace devicebatch {

void log(const LogSink& sink, LogLevel level, std::string_view event, std::string message,
         std::initializer_list<LogField> fields) {
  if (!sink) return;
  LogLine line{level, event, std::move(message), fields};
  sink(line);
}

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return "trace";
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
    case LogLevel::critical:
      return "critical";
  }
  return "unknown";
}

}  // namespace devicebatch
