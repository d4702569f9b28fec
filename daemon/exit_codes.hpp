// daemon/exit_codes.hpp - how the process ends; the same table is in docs/operations.md.
//
// Source: sysexits.h for 64 and up; `submit --wait` uses 3, 4 and 5 for the line's scripts.
#pragma once

#include "base/error.hpp"

namespace devicebatch::daemon {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,        // the answer is no: rejected rows, an unsound ledger, nothing found
  kPartly = 3,        // submit --wait: some rows did not get through; a change: some were refused
  kAllRejected = 4,   // submit --wait: none did; a change: nothing was changed
  kStillPending = 5,  // no end before the timeout, or a change whose fate nobody knows yet
  kUsage = 64,
  kNoInput = 66,       // a file that cannot be read
  kUnavailable = 69,   // nobody to talk to: no daemon; login, doctor: no service
  kSoftware = 70,      // a bug of ours
  kIoError = 74,       // the ledger or a disk failed
  kTryAgain = 75,      // another process holds the ledger
  kNoPermission = 77,  // the control socket is not for this user; login, doctor: they say no
  kBadConfig = 78,
};

inline ExitCode exit_code_for(Errc code) {
  switch (code) {
    case Errc::bad_config:
      return kBadConfig;
    case Errc::busy:
      return kTryAgain;
    case Errc::not_found:
    case Errc::rejected:
      return kFailed;
    default:
      return kIoError;
  }
}

// For commands that ask the daemon: without one to ask they end with kUnavailable.
inline ExitCode exit_code_of_question(Errc code) {
  if (code == Errc::forbidden) return kNoPermission;
  if (code == Errc::unconfirmed) return kStillPending;
  return code == Errc::transient ? kUnavailable : exit_code_for(code);
}

}  // namespace devicebatch::daemon
