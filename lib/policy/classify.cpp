#include "policy/classify.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

#include <array>

namespace devicebatch::policy {

std::string_view to_string(Reaction reaction) {
  switch (reaction) {
    case Reaction::accept:
      return "accept";
    case Reaction::retry:
      return "retry";
    case Reaction::unconfirmed:
      return "unconfirmed";
    case Reaction::wait:
      return "wait";
    case Reaction::refresh_token:
      return "refresh_token";
    case Reaction::pause_destination:
      return "pause_destination";
    case Reaction::pause_account:
      return "pause_account";
    case Reaction::batch_exists:
      return "batch_exists";
    case Reaction::batch_missing:
      return "batch_missing";
    case Reaction::job_missing:
      return "job_missing";
    case Reaction::look:
      return "look";
    case Reaction::split:
      return "split";
    case Reaction::halve:
      return "halve";
    case Reaction::refuse:
      return "refuse";
  }
  return "unknown";
}

std::string_view to_string(CallGroup group) {
  switch (group) {
    case CallGroup::service:
      return "any call";
    case CallGroup::posts:
      return "create, append";
    case CallGroup::gets:
      return "list, devices, status";
    case CallGroup::create:
      return "create";
    case CallGroup::append:
      return "append";
    case CallGroup::list:
      return "list";
    case CallGroup::devices:
      return "devices";
    case CallGroup::manage:
      return "manage";
    case CallGroup::status:
      return "status";
    case CallGroup::token:
      return "token";
  }
  return "unknown";
}

namespace {

bool contains(CallGroup group, Call call) {
  switch (group) {
    case CallGroup::service:
      return call != Call::token;
    case CallGroup::posts:
      return call == Call::create_batch || call == Call::append_devices;
    case CallGroup::gets:
      return call == Call::list_batches || call == Call::list_devices || call == Call::job_status ||
             call == Call::manage;
    case CallGroup::create:
      return call == Call::create_batch;
    case CallGroup::append:
      return call == Call::append_devices;
    case CallGroup::list:
      return call == Call::list_batches;
    case CallGroup::devices:
      return call == Call::list_devices;
    case CallGroup::manage:
      return call == Call::manage;
    case CallGroup::status:
      return call == Call::job_status;
    case CallGroup::token:
      return call == Call::token;
  }
  return false;
}

constexpr int kFirstStatus = 100;
constexpr int kLastStatus = 599;
using StatusCode = std::array<char, 8>;  // "http.503"

constexpr auto kStatusCodes = [] {
  std::array<StatusCode, kLastStatus - kFirstStatus + 1> codes{};
  for (int status = kFirstStatus; status <= kLastStatus; ++status) {
    const auto digit = [status](int divisor) {
      return static_cast<char>('0' + status / divisor % 10);
    };
    codes[static_cast<std::size_t>(status - kFirstStatus)] = {'h', 't',        't',       'p',
                                                              '.', digit(100), digit(10), digit(1)};
  }
  return codes;
}();

std::string_view code_of_status(int status) {
  if (status < kFirstStatus || status > kLastStatus) return "http.other";
  const StatusCode& code = kStatusCodes[static_cast<std::size_t>(status - kFirstStatus)];
  return {code.data(), code.size()};
}

}  // namespace

Classified classify(Call call, int http_status, std::string_view service_code) {
  const int status = http_status < 0 || http_status > 999 ? 0 : http_status;
  const std::string_view code = trim(service_code);
  for (const RequestRow& row : request_table()) {
    if (status < row.http_status || status > row.last_status || !contains(row.calls, call))
      continue;
    if (row.service_code.empty()) {
      return {row.result.reaction, code_of_status(status), row.result.advice};
    }
    if (equals_ignoring_case(row.service_code, code)) return row.result;
  }
  // The table ends with rows for every number.
  DEVICEBATCH_CHECK(false);
  return {};
}

}  // namespace devicebatch::policy
