#include "daemon/operator/list_commands.hpp"

#include "daemon/control_client.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/json_text.hpp"
#include "daemon/load_config.hpp"
#include "daemon/operator/operator_text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdio>
#include <limits>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kPageRows = 500;

int report_failure(const Error& error) {
  std::fprintf(stderr, "devicebatchd: %s\n", error.message().c_str());
  return exit_code_of_question(error.code());
}

class RowPrinter {
 public:
  RowPrinter(const ListOptions& options, bool json) : options_(options), json_(json) {}

  void print(const json::array& rows) {
    if (json_) return print_json(rows);
    if (rows.empty()) return;
    is_first_ = false;
    if (!options_.ids) {
      std::fputs(rows_text(options_.what, rows).c_str(), stdout);
      return;
    }
    for (const json::value& row : rows) {
      if (!row.is_object()) continue;
      std::printf("%s\n", row_name(options_.what, row.get_object()).c_str());
    }
  }

  // `next`: where to go on; null at the end.
  void end(const json::value& next) {
    if (json_) {
      std::printf("%s],\"next\":%s}\n", is_first_ ? opening().c_str() : "",
                  json::serialize(next).c_str());
    } else if (is_first_ && next.is_null() && !options_.ids) {
      std::fputs("none\n", stdout);
    } else if (!next.is_null() && !options_.ids) {
      const char* option = options_.what == "audit" ? "--before" : "--after";
      std::printf("(there is more: %s %s)\n", option, json::serialize(next).c_str());
    }
  }

 private:
  std::string opening() const { return "{\"what\":\"" + options_.what + "\",\"rows\":["; }

  void print_json(const json::array& rows) {
    for (const json::value& row : rows) {
      std::printf("%s%s", is_first_ ? opening().c_str() : ",", json::serialize(row).c_str());
      is_first_ = false;
    }
  }

  const ListOptions& options_;
  bool json_;
  bool is_first_ = true;
};

json::object first_request(const ListOptions& options) {
  json::object request;
  const bool is_audit = options.what == "audit";
  request["verb"] = is_audit ? "audit" : "list";
  if (!is_audit) request["what"] = options.what;
  if (!options.where.empty()) request["where"] = options.where;
  return request;
}

}  // namespace

int list_command(const AskOptions& ask, const ListOptions& options) {
  settings::Settings settings;
  if (const int failed = load_config(ask.config, settings); failed != kOk) return failed;
  ControlDesk desk(settings);
  json::object request = first_request(options);
  const char* place = options.what == "audit" ? "before" : "after";
  RowPrinter printer(options, ask.json);
  json::value next = options.after == 0 ? json::value(nullptr) : json::value(options.after);
  std::uint64_t left =
      options.limit == 0 ? std::numeric_limits<std::uint64_t>::max() : options.limit;
  do {
    if (!next.is_null()) request[place] = next;
    request["limit"] = std::min(left, kPageRows);
    Result<json::object> page = desk.ask_or_read(request);
    if (!page) return report_failure(page.error());
    const json::array& rows = array_of(*page, "rows");
    printer.print(rows);
    left -= std::min<std::uint64_t>(left, rows.size());
    const json::value* going_on = page->if_contains("next");
    next = going_on == nullptr ? json::value(nullptr) : *going_on;
  } while (left > 0 && !next.is_null());
  printer.end(next);
  return kOk;
}

int show_command(const AskOptions& ask, const std::string& what, const std::string& id) {
  settings::Settings settings;
  if (const int failed = load_config(ask.config, settings); failed != kOk) return failed;
  const json::object request{{"verb", "show"}, {"what", what}, {"id", id}};
  const Result<json::object> shown = ask_daemon_or_ledger(settings, request);
  if (!shown) return report_failure(shown.error());
  const std::string text = ask.json ? json::serialize(*shown) + "\n" : shown_text(what, *shown);
  std::fputs(text.c_str(), stdout);
  return kOk;
}

}  // namespace devicebatch::daemon
