// What stands on standard error, captured in a file.
#include "daemon/log_spdlog.hpp"

#include "support/temp_dir.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace devicebatch::daemon {
namespace {

// A clock whose monotonic time a test moves.
class HandClock final : public Clock {
 public:
  UtcTime now_utc() const override { return UtcTime(std::chrono::milliseconds(1'767'268'800'000)); }
  MonoTime now_mono() const override { return now; }
  MonoTime now{};
};

// Standard error goes to a file while this lives.
class Capture {
 public:
  Capture() : saved_(::dup(STDERR_FILENO)) {
    const int file = ::open(path().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(file, STDERR_FILENO);
    ::close(file);
  }
  ~Capture() { end(); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  std::string end() {
    if (saved_ >= 0) {
      std::fflush(stderr);
      ::dup2(saved_, STDERR_FILENO);
      ::close(saved_);
      saved_ = -1;
    }
    return support::read_file(path());
  }

 private:
  std::filesystem::path path() const { return folder_ / "err"; }
  support::TempDir folder_;
  int saved_;
};

settings::Settings with_format(settings::LogFormat format, const char* level = "info") {
  settings::Settings settings;
  settings.log_format = format;
  settings.log_level = level;
  return settings;
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("a JSON line has time, level, event, numbers as numbers and no empty texts") {
  const HandClock clock;
  Capture capture;
  LogWriter writer(with_format(settings::LogFormat::json), clock);
  log(writer.sink(), LogLevel::info, "chunk.submitted", "a \"word\"\n",
      {{"chunk", 42}, {"destination", "line"}, {"code", ""}});
  CHECK(capture.end() ==
        R"({"ts":"2026-01-01T12:00:00.000Z","level":"info","event":"chunk.submitted","chunk":42,)"
        R"("destination":"line","msg":"a \"word\"\\x0a"})"
        "\n");
}

TEST_CASE("a text line quotes what has spaces and cannot be broken by its content") {
  const HandClock clock;
  Capture capture;
  LogWriter writer(with_format(settings::LogFormat::text), clock);
  log(writer.sink(), LogLevel::info, "file.odd", "left\nalone", {{"file", "a b=\"c\"\x1b.csv"}});
  const std::string text = capture.end();
  INFO(text);
  CHECK(lines_in(text) == 1);
  CHECK(text.ends_with("file.odd file=\"a b=\\\"c\\\"\\\\x1b.csv\" msg=left\\x0aalone\n"));
}

TEST_CASE("a level hides what is below it, and can be changed") {
  const HandClock clock;
  Capture capture;
  LogWriter writer(with_format(settings::LogFormat::json, "warning"), clock);
  const LogSink sink = writer.sink();
  log(sink, LogLevel::info, "hidden", "");
  writer.set_level("trace");
  log(sink, LogLevel::trace, "shown", "");
  const std::string text = capture.end();
  CHECK(text.find("hidden") == std::string::npos);
  CHECK(text.find("shown") != std::string::npos);
}

TEST_CASE("the same trouble again is counted and shown later, others are shown at once") {
  HandClock clock;
  Capture capture;
  LogWriter writer(with_format(settings::LogFormat::json), clock);
  const LogSink sink = writer.sink();
  const auto fail_chunk = [&sink](int chunk, const char* destination) {
    log(sink, LogLevel::warning, "chunk.not_submitted", "HTTP 503",
        {{"chunk", chunk}, {"destination", destination}});
  };
  fail_chunk(1, "line");
  fail_chunk(2, "line");
  fail_chunk(3, "line");
  fail_chunk(4, "other");
  log(sink, LogLevel::info, "token.fetched", "");
  log(sink, LogLevel::info, "token.fetched", "");  // below a warning nothing is folded
  clock.now += std::chrono::seconds(11);
  fail_chunk(5, "line");
  const std::string text = capture.end();
  INFO(text);
  CHECK(lines_in(text) == 5);
  CHECK(text.find("\"chunk\":2") == std::string::npos);
  CHECK(text.find("\"chunk\":4") != std::string::npos);
  CHECK(text.find("\"chunk\":5,\"destination\":\"line\",\"suppressed\":2") != std::string::npos);
}

TEST_CASE("trouble of two files is two troubles") {
  const HandClock clock;
  Capture capture;
  LogWriter writer(with_format(settings::LogFormat::json), clock);
  for (const char* name : {"pipe.csv", "link.csv", "pipe.csv"}) {
    log(writer.sink(), LogLevel::warning, "file.odd", "not a regular file", {{"file", name}});
  }
  CHECK(lines_in(capture.end()) == 2);
}

}  // namespace devicebatch::daemon
