// base/error.hpp - what went wrong, named by what the caller should do about it.
//
// Purpose:   one error type for every module; the code says the reaction, the message says the
// story. Threading: values; any thread. Errors:    this is them. Input and network trouble are
// values; broken invariants abort (check.hpp). Source:    docs/architecture.md, "Errors".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace devicebatch {

enum class Errc {
  transient,     // try again later, nothing is known to be wrong on our side
  throttled,     // the other side said when: see retry_after
  unauthorized,  // get a new token, once
  forbidden,     // a person must act; pause the destination
  rejected,      // the request is wrong and stays wrong: never retry
  not_found,     // the thing asked for does not exist
  corrupt,       // stored or received bytes contradict themselves
  full,          // no space: stop taking work in, nothing is lost
  busy,          // someone else holds it
  unconfirmed,   // it may or may not have happened
  cancelled,     // we were told to stop
  bad_config,    // an operator must change a setting
};

// A stable word for logs and JSON.
std::string_view to_string(Errc code);

class [[nodiscard]] Error {
 public:
  Error(Errc code, std::string message, int native = 0)
      : code_(code), native_(native), message_(std::move(message)) {}

  Errc code() const { return code_; }
  // errno, SQLite, curl or HTTP number behind the error; 0 when there is none. For logs only.
  int native() const { return native_; }
  const std::string& message() const { return message_; }

  // How long the other side asked us to stay away.
  std::optional<std::chrono::milliseconds> retry_after;

  // Puts the caller's context in front: messages read outside-in.
  Error within(std::string_view context) &&;

 private:
  Errc code_;
  int native_;
  std::string message_;
};

// An Error for a failed system call: maps errno to a reaction and names the object concerned.
Error system_error(int errno_value, std::string_view what);

}  // namespace devicebatch
