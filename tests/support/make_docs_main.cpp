// Prints a page of docs/ that is made from a table of the code, so that the two cannot differ.
//
//   devicebatch-make-docs --page findings|errors
#include "policy/classify.hpp"
#include "record/finding_codes.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace {

using namespace devicebatch;

// One cell: a bar would end it, an empty one is shown as such.
std::string cell(std::string_view text) {
  if (text.empty()) return "-";
  std::string shown;
  for (const char c : text) {
    if (c == '|') shown += '\\';
    shown += c;
  }
  return shown;
}

std::string code_cell(std::string_view text) {
  return text.empty() ? "-" : "`" + cell(text) + "`";
}

void print_row(std::initializer_list<std::string> cells) {
  std::string line = "|";
  for (const std::string& each : cells) line += " " + each + " |";
  std::printf("%s\n", line.c_str());
}

std::string_view word_for(record::Severity severity) {
  return severity == record::Severity::error ? "refused" : "warning";
}

void print_findings() {
  std::fputs(R"(# Findings: what can be wrong with a row or a file

Every code that the check of a row or the reading of a file can give, from the one table in
`lib/record/finding.cpp`. The same code is in the receipt, in `check` and in `explain`; scripts may
match on it. Written by `scripts/make-docs`; a test fails when this page differs from the code.

`strict` and `documented` are the two values of a source's `validation`: what the code does to its
row there. `{}` is a value of the row. The field `row` stands for the field that is concerned.

| code | field | strict | documented | says | what to do |
|---|---|---|---|---|---|
)",
             stdout);
  for (const record::CodeRow& row : record::finding_table()) {
    const std::string_view strict = word_for(row.severity);
    const bool is_softened = row.severity == record::Severity::error && !row.is_error_always;
    print_row({code_cell(row.code), cell(record::to_string(row.field)), std::string(strict),
               is_softened ? "warning" : std::string(strict), cell(row.reason), cell(row.fix)});
  }
}

std::string statuses(const policy::RequestRow& row) {
  const std::string first = std::to_string(row.http_status);
  if (row.last_status == row.http_status) return first;
  if (row.http_status == 0) return "any other";
  return first + "-" + std::to_string(row.last_status);
}

std::string_view word_for(policy::DeviceFate fate) {
  switch (fate) {
    case policy::DeviceFate::registered:
      return "registered";
    case policy::DeviceFate::already_there:
      return "already there";
    case policy::DeviceFate::retry:
      return "sent again";
    case policy::DeviceFate::failed:
      return "failed";
  }
  return "unknown";
}

std::string end_of(const policy::DeviceResult& result) {
  if (result.fate != policy::DeviceFate::retry) return "-";
  switch (result.patience) {
    case policy::Patience::counted:
      return std::to_string(result.tries_max) + " times";
    case policy::Patience::service:
      return "give_up_after";
    case policy::Patience::manufacturer:
      return "manufacturer_data_wait";
  }
  return "-";
}

struct ReactionRow {
  std::string_view words;
  std::string_view meaning;
};

constexpr ReactionRow kReactions[] = {
    {"accept", "the call succeeded"},
    {"retry",
     "it had no effect or may be repeated: quick tries first, then a POST with the same request id "
     "and body, a GET anew, ever later; after `delivery.give_up_after` of failing the devices of a "
     "POST go to the dead letter"},
    {"unconfirmed",
     "it may have had an effect: the same request id and body again where the service takes an id "
     "once (`partner_center.server_honours_request_id`), else as `look`; never under another id"},
    {"wait",
     "throttled: everything of the account stays away as told, up to `delivery.retry_after_cap`"},
    {"refresh_token",
     "a new token, once, then the same request id and body; a second refusal pauses the account"},
    {"pause_destination",
     "a person must act for this customer: the destination is paused, nothing is lost and no "
     "attempt is counted"},
    {"pause_account",
     "a person must act for this partner account: all its destinations are paused; after a token "
     "call the account asks again by itself, up to `delivery.retry_ceiling` apart"},
    {"batch_exists",
     "creating: the batches are listed again and the records wait for a new chunk; after an "
     "unknown "
     "outcome as `look`"},
    {"batch_missing", "appending: the same; listing devices: an empty batch"},
    {"job_missing",
     "an unknown tracking id: within `delivery.job_grace` looked at again, later as `look`"},
    {"look",
     "only the listing of the batch can tell: devices that it shows are registered; what it does "
     "not show after `delivery.reconcile_wait` did not arrive and is sent in a new chunk"},
    {"split",
     "one of the devices is wrong: two halves go on, until it stands alone and fails with the "
     "service's words; after an unknown outcome as `look`"},
    {"halve",
     "too large: two halves go on, and the size is remembered until `resume` of the destination"},
    {"refuse",
     "the request stays wrong: its records get the verdict `failed`; a listing pauses its "
     "destination; a look at a job is repeated; what an operator asked for is answered so"},
};

void print_requests() {
  std::fputs(R"(# Errors: what an answer of the service means

Every answer the daemon knows, from the tables of `lib/policy`, and what it does about it. The code
is what the log, `status`, `explain` and the receipt show; of a row of many statuses it is `http.`
and the status itself. Written by `scripts/make-docs`; a test fails when it differs from the code.

## Answers to a request

| reaction | means |
|---|---|
)",
             stdout);
  for (const ReactionRow& row : kReactions) {
    print_row({code_cell(row.words), std::string(row.meaning)});
  }
  std::fputs(R"(
The first row that matches decides.

| HTTP status | calls | service code | reaction | code | what a person should do |
|---|---|---|---|---|---|
)",
             stdout);
  for (const policy::RequestRow& row : policy::request_table()) {
    print_row({statuses(row), cell(policy::to_string(row.calls)), code_cell(row.service_code),
               code_cell(policy::to_string(row.result.reaction)), code_cell(row.result.code),
               cell(row.result.advice)});
  }
}

void print_devices() {
  std::fputs(R"(
## Results of a device

The `errorCode` and `errorDescription` of one device in the result of a job; the name decides before
the number. A device that is `finished` without an error is registered. A pair that no row names has
failed with `device.unknown`. "Already there" is `registered` when an earlier attempt of ours may
have put it there, and `already_registered` when not.

| number | name | becomes | until | code | says | what to do |
|---|---|---|---|---|---|---|
)",
             stdout);
  for (const policy::DeviceRow& row : policy::device_table()) {
    print_row({cell(row.number), code_cell(row.name), std::string(word_for(row.result.fate)),
               end_of(row.result), code_cell(row.result.code), cell(row.result.reason),
               cell(row.result.advice)});
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Prints a page of docs/ that is made from a table of the code."};
  std::string page;
  app.add_option("--page", page, "findings or errors")
      ->required()
      ->check(CLI::IsMember({"findings", "errors"}));
  CLI11_PARSE(app, argc, argv);
  if (page == "findings") {
    print_findings();
    return 0;
  }
  print_requests();
  print_devices();
  return 0;
}
