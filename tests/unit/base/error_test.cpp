#include "base/error.hpp"

#include "base/result.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

using namespace devicebatch;

TEST_CASE("a full disk is told from a passing fault") {
  CHECK(system_error(ENOSPC, "write").code() == Errc::full);
  CHECK(system_error(EDQUOT, "write").code() == Errc::full);
  CHECK(system_error(EIO, "read").code() == Errc::transient);
  CHECK(system_error(ENOENT, "open").code() == Errc::not_found);
}

TEST_CASE("context is read from the outside in") {
  Result<int> inner = fail(Errc::transient, "HTTP 503");
  Result<int> outer = fail(std::move(inner), "POST devices");
  CHECK(outer.error().message() == "POST devices: HTTP 503");
  CHECK(outer.error().code() == Errc::transient);
}
