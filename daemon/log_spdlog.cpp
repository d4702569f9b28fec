#include "daemon/log_spdlog.hpp"

#include "base/text.hpp"
#include "record/product_key.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <mutex>

namespace devicebatch::daemon {
namespace {

enum class Form { text, journal, json };

// The same trouble again within this time is counted, not shown.
constexpr std::chrono::seconds kFoldInterval{10};
// Different troubles remembered at once.
constexpr std::size_t kFoldedMax = 256;

Form choose_form(settings::LogFormat format) {
  switch (format) {
    case settings::LogFormat::json:
      return Form::json;
    case settings::LogFormat::text:
      return Form::text;
    case settings::LogFormat::automatic:
      break;
  }
  return std::getenv("JOURNAL_STREAM") != nullptr && isatty(STDERR_FILENO) == 0 ? Form::journal
                                                                                : Form::text;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::critical:
      return spdlog::level::critical;
  }
  return spdlog::level::info;
}

char journal_priority(LogLevel level) {
  switch (level) {
    case LogLevel::critical:
      return '2';
    case LogLevel::error:
      return '3';
    case LogLevel::warning:
      return '4';
    case LogLevel::info:
      return '6';
    default:
      return '7';
  }
}

// Names of files and words of a service may hold anything; a product key is in no log.
std::string shown_value(std::string_view value) {
  return printable(record::without_product_keys(value), 4096);
}

std::string quoted(std::string_view value) {
  const std::string shown = shown_value(value);
  if (!shown.empty() && shown.find_first_of(" \"=") == std::string::npos) return shown;
  std::string text = "\"";
  for (const char c : shown) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

std::string as_text(const LogLine& line) {
  std::string text(line.event);
  for (const LogField& field : line.fields) {
    if (field.value.empty()) continue;
    text += ' ' + std::string(field.name) + '=' + quoted(field.value);
  }
  if (!line.message.empty()) text += " msg=" + quoted(line.message);
  return text;
}

std::string as_json(const LogLine& line, UtcTime now) {
  boost::json::object object;
  object["ts"] = format_utc(now);
  object["level"] = to_string(line.level);
  object["event"] = line.event;
  for (const LogField& field : line.fields) {
    if (field.is_number) {
      std::int64_t number = 0;
      std::from_chars(field.value.data(), field.value.data() + field.value.size(), number);
      object[field.name] = number;
    } else if (!field.value.empty()) {
      object[field.name] = shown_value(field.value);
    }
  }
  if (!line.message.empty()) object["msg"] = shown_value(line.message);
  return boost::json::serialize(object);
}

// What makes two lines the same trouble. Chunks and requests do not: one fault meets them all.
std::string trouble_of(const LogLine& line) {
  constexpr std::string_view kSubjects[] = {"account", "destination", "source", "file"};
  std::string trouble(line.event);
  for (const LogField& field : line.fields) {
    const bool is_subject =
        std::find(std::begin(kSubjects), std::end(kSubjects), field.name) != std::end(kSubjects);
    if (is_subject) trouble += '\n' + field.value;
  }
  return trouble + '\n' + line.message;
}

}  // namespace

struct LogWriter::State {
  const Clock* clock = nullptr;
  Form form = Form::text;
  std::shared_ptr<spdlog::logger> logger;

  struct Folded {
    MonoTime shown_at;
    std::uint64_t suppressed = 0;
  };
  std::mutex mutex;
  std::map<std::string, Folded> folded;

  // False when the same trouble was shown a moment ago; otherwise how often it was not.
  bool should_show(const LogLine& line, std::uint64_t& suppressed) {
    if (line.level < LogLevel::warning) return true;
    const MonoTime now = clock->now_mono();
    const std::lock_guard lock(mutex);
    if (folded.size() >= kFoldedMax) folded.clear();
    auto [entry, is_new] = folded.try_emplace(trouble_of(line));
    if (!is_new && now - entry->second.shown_at < kFoldInterval) {
      ++entry->second.suppressed;
      return false;
    }
    suppressed = entry->second.suppressed;
    entry->second = Folded{now, 0};
    return true;
  }

  void write(LogLine line) {
    if (!logger->should_log(to_spdlog(line.level))) return;
    std::uint64_t suppressed = 0;
    if (!should_show(line, suppressed)) return;
    if (suppressed > 0) line.fields.emplace_back("suppressed", suppressed);
    std::string text;
    if (form == Form::json) {
      text = as_json(line, clock->now_utc());
    } else {
      text = as_text(line);
      if (form == Form::journal)
        text = std::string("<") + journal_priority(line.level) + '>' + text;
    }
    logger->log(to_spdlog(line.level), "{}", text);
  }
};

LogWriter::LogWriter(const settings::Settings& settings, const Clock& clock)
    : state_(std::make_shared<State>()) {
  state_->clock = &clock;
  state_->form = choose_form(settings.log_format);
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  state_->logger = std::make_shared<spdlog::logger>("devicebatchd", std::move(sink));
  state_->logger->set_pattern(state_->form == Form::text ? "%Y-%m-%dT%H:%M:%S.%e %^%-8l%$ %v"
                                                         : "%v");
  set_level(settings.log_level);
}

LogWriter::~LogWriter() = default;

LogSink LogWriter::sink() {
  return [state = state_](const LogLine& line) { state->write(line); };
}

void LogWriter::set_level(std::string_view level) {
  state_->logger->set_level(spdlog::level::from_str(std::string(level)));
}

}  // namespace devicebatch::daemon
