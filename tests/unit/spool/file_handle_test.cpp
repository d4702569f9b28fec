#include "spool/file_handle.hpp"

#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

using namespace devicebatch;
using namespace devicebatch::spool;
using support::TempDir;

namespace {

bool is_open(int descriptor) {
  return ::fcntl(descriptor, F_GETFD) >= 0;
}

}  // namespace

TEST_CASE("a handle closes itself once, and an assigned one lets go of what it held") {
  int first = -1;
  int second = -1;
  {
    FileHandle one(::open("/dev/null", O_RDONLY));
    FileHandle two(::open("/dev/null", O_RDONLY));
    first = one.descriptor();
    second = two.descriptor();
    one = std::move(two);
    CHECK(one.descriptor() == second);
    const FileHandle three(std::move(one));
    CHECK(is_open(second));
  }
  CHECK_FALSE(is_open(first));
  CHECK_FALSE(is_open(second));
  CHECK_FALSE(FileHandle());
}

TEST_CASE("what was written is read from the start and at any place") {
  TempDir dir;
  const FileHandle file(::open((dir / "x").c_str(), O_RDWR | O_CREAT, 0600));
  REQUIRE(file.write_all("hello world"));
  REQUIRE(file.sync());
  std::string text(5, ' ');
  CHECK(file.read_at(6, text) == 5);
  CHECK(text == "world");
  CHECK(file.read_at(100, text) == 0);
  CHECK(file.read(text) == 0);
}

TEST_CASE("failed calls are errors with their number") {
  const FileHandle file(::open("/dev/null", O_RDONLY));
  CHECK(file.write_all("x").error().native() == EBADF);
  const FileHandle full(::open("/dev/full", O_WRONLY));
  CHECK(full.write_all("x").error().code() == Errc::full);
}
