#include "daemon/ask_commands.hpp"

#include "daemon/control_client.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/json_text.hpp"
#include "daemon/load_config.hpp"
#include "daemon/report_text.hpp"

#include <boost/json/serialize.hpp>

#include <cstdio>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

int report_failure(const Error& error) {
  std::fprintf(stderr, "devicebatchd: %s\n", error.message().c_str());
  return exit_code_of_question(error.code());
}

template <class ToText>
void print(const AskOptions& options, const json::object& report, ToText to_text) {
  if (options.json) {
    std::printf("%s\n", json::serialize(report).c_str());
  } else {
    std::fputs(to_text(report).c_str(), stdout);
  }
}

}  // namespace

int status_command(const AskOptions& options, bool verify) {
  settings::Settings settings;
  if (const int failed = load_config(options.config, settings); failed != kOk) return failed;
  json::object request;
  request["verb"] = verify ? "verify" : "status";
  const Result<json::object> report = ask_daemon_or_ledger(settings, request);
  if (!report) return report_failure(report.error());
  print(options, *report, verify ? verification_text : status_text);
  return !verify || flag_of(*report, "is_sound") ? kOk : kFailed;
}

int explain_command(const AskOptions& options, const std::string& query) {
  settings::Settings settings;
  if (const int failed = load_config(options.config, settings); failed != kOk) return failed;
  json::object request;
  request["verb"] = "explain";
  request["query"] = query;
  const Result<json::object> story = ask_daemon_or_ledger(settings, request);
  if (!story) return report_failure(story.error());
  print(options, *story, story_text);
  return text_of(*story, "found_as").empty() ? kFailed : kOk;
}

int pause_command(const AskOptions& options, const PauseOptions& pause) {
  settings::Settings settings;
  if (const int failed = load_config(options.config, settings); failed != kOk) return failed;
  json::object request;
  request["verb"] = pause.pauses ? "pause" : "resume";
  request["destination"] = pause.name;
  request["reason"] = pause.reason;
  const Result<json::object> reply = ControlDesk(settings).ask(request);
  if (!reply) return report_failure(reply.error());
  print(options, *reply, [](const json::object& object) {
    const std::string account = text_of(object, "account");
    const std::string name =
        account.empty() ? text_of(object, "destination") : "account " + account;
    return name + (flag_of(object, "is_paused") ? " is paused\n" : " is at work\n");
  });
  return kOk;
}

}  // namespace devicebatch::daemon
