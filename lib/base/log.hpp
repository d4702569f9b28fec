// base/log.hpp - a line of the log, without a logging library.
//
// Purpose:   flow and engine decide what is worth a line; daemon decides how it looks.
// Threading: a LogSink is called by any thread and must cope with it.
// Source:    `event` is a stable word ("chunk.submitted"); field names are those of
//            docs/operations.md and are the same in text, JSON and the journal.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch {

enum class LogLevel { trace, debug, info, warning, error, critical };

struct LogField {
  LogField(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  LogField(std::string_view field_name, const char* text) : name(field_name), value(text) {}
  template <std::integral T>
  LogField(std::string_view field_name, T number)
      : name(field_name), value(std::to_string(number)), is_number(true) {}

  std::string_view name;  // a literal
  std::string value;
  bool is_number = false;
};

struct LogLine {
  LogLevel level;
  std::string_view event;  // a literal
  std::string message;     // a sentence for a person, may be empty
  std::vector<LogField> fields;
};

using LogSink = std::function<void(const LogLine&)>;

// log(sink, LogLevel::info, "chunk.submitted", "", {{"chunk", 42}, {"attempt", 1}});
void log(const LogSink& sink, LogLevel level, std::string_view event, std::string message,
         std::initializer_list<LogField> fields = {});

std::string_view to_string(LogLevel level);

}  // namespace devicebatch
