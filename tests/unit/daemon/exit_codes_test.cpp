// Scripts depend on these numbers: docs/operations.md, "Exit codes".
#include "daemon/exit_codes.hpp"

#include <catch2/catch.hpp>

namespace devicebatch::daemon {

TEST_CASE("exit codes are those of sysexits and of the manual") {
  CHECK(kOk == 0);
  CHECK(kFailed == 1);
  CHECK(kPartly == 3);
  CHECK(kAllRejected == 4);
  CHECK(kStillPending == 5);
  CHECK(kUsage == 64);
  CHECK(kNoInput == 66);
  CHECK(kUnavailable == 69);
  CHECK(kSoftware == 70);
  CHECK(kIoError == 74);
  CHECK(kTryAgain == 75);
  CHECK(kNoPermission == 77);
  CHECK(kBadConfig == 78);
}

TEST_CASE("every error ends the process with the code of its reaction") {
  CHECK(exit_code_for(Errc::bad_config) == kBadConfig);
  CHECK(exit_code_for(Errc::busy) == kTryAgain);
  CHECK(exit_code_for(Errc::not_found) == kFailed);
  CHECK(exit_code_for(Errc::rejected) == kFailed);
  for (const Errc code : {Errc::corrupt, Errc::full, Errc::transient}) {
    CHECK(exit_code_for(code) == kIoError);
  }
}

TEST_CASE("a question without anybody to ask is unavailable, an answered no is a no") {
  CHECK(exit_code_of_question(Errc::transient) == kUnavailable);
  CHECK(exit_code_of_question(Errc::forbidden) == kNoPermission);
  CHECK(exit_code_of_question(Errc::unconfirmed) == kStillPending);
  CHECK(exit_code_of_question(Errc::not_found) == kFailed);
  CHECK(exit_code_of_question(Errc::busy) == kTryAgain);
}

}  // namespace devicebatch::daemon
