// `devicebatchd submit FILE`: hands a file to the daemon and, with --wait, stays for its verdicts.
#include "base/clock.hpp"
#include "daemon/ask_commands.hpp"
#include "daemon/control_client.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/json_text.hpp"
#include "daemon/load_config.hpp"
#include "daemon/report_text.hpp"
#include "record/verdict.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <filesystem>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kLookInterval{200};

int report_failure(const Error& error) {
  std::fprintf(stderr, "devicebatchd: %s\n", error.message().c_str());
  return exit_code_of_question(error.code());
}

// The source to drop into: the one named, or the only one.
Result<std::string> choose_source(const settings::Settings& settings, const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  if (settings.sources.size() == 1) return settings.sources.front().name;
  return fail(Errc::bad_config, "there are several sources; say which with --source");
}

void pause_between_looks() {
  boost::asio::io_context loop;
  boost::asio::steady_timer timer(loop, kLookInterval);
  timer.wait();
}

int verdict_code(const json::object& submission) {
  const json::object& verdicts = object_of(submission, "verdicts");
  std::uint64_t good = 0;
  for (const Verdict verdict : kFinalVerdicts) {
    if (is_good(verdict)) good += number_of(verdicts, to_string(verdict));
  }
  const std::uint64_t rows = number_of(submission, "records");
  if (!object_of(submission, "refused").empty()) return kAllRejected;
  if (good == rows) return kOk;
  return good == 0 ? kAllRejected : kPartly;
}

int wait_for_verdicts(const settings::Settings& settings, const AskOptions& options,
                      const SubmitOptions& submit, const std::string& submission) {
  const SystemClock clock;
  const MonoTime deadline = clock.now_mono() + submit.timeout;
  json::object request;
  request["verb"] = "submission";
  request["submission"] = submission;
  for (;;) {
    const Result<json::object> report = ask_daemon_or_ledger(settings, request);
    if (!report) return report_failure(report.error());
    const bool is_finished = text_of(*report, "state") == "finished";
    if (is_finished || clock.now_mono() >= deadline) {
      const std::string text =
          options.json ? json::serialize(*report) + "\n" : submission_text(*report);
      std::fputs(text.c_str(), stdout);
      return is_finished ? verdict_code(*report) : kStillPending;
    }
    pause_between_looks();
  }
}

}  // namespace

int submit_command(const AskOptions& options, const SubmitOptions& submit) {
  settings::Settings settings;
  if (const int failed = load_config(options.config, settings); failed != kOk) return failed;
  const Result<std::string> source = choose_source(settings, submit.source);
  if (!source) return report_failure(source.error());
  std::error_code unreadable;
  const auto bytes = std::filesystem::file_size(submit.file, unreadable);
  if (unreadable) {
    std::fprintf(stderr, "devicebatchd: %s: %s\n", submit.file.c_str(),
                 unreadable.message().c_str());
    return kNoInput;
  }
  json::object request;
  request["verb"] = "submit";
  request["source"] = *source;
  request["name"] = std::filesystem::path(submit.file).filename().string();
  request["bytes"] = static_cast<std::int64_t>(bytes);
  const Result<json::object> reply = ControlDesk(settings).ask(request, submit.file);
  if (!reply) return report_failure(reply.error());
  const std::string submission = text_of(*reply, "submission");
  if (submit.wait) return wait_for_verdicts(settings, options, submit, submission);
  const std::string text =
      options.json ? json::serialize(*reply) + "\n" : "submission " + submission + "\n";
  std::fputs(text.c_str(), stdout);
  return kOk;
}

}  // namespace devicebatch::daemon
