#include "settings/read_secret.hpp"

#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

using namespace devicebatch;
using namespace devicebatch::settings;
using support::TempDir;
using support::write_file;

namespace {

SecretRef file(const std::filesystem::path& path) {
  return {"", path.string()};
}

Result<Secret> read_bytes(const TempDir& dir, std::string_view bytes, mode_t mode = 0600) {
  write_file(dir / "secret", bytes);
  ::chmod((dir / "secret").c_str(), mode);
  return read_secret(file(dir / "secret"), "");
}

std::string refusal(const Result<Secret>& secret) {
  REQUIRE_FALSE(secret);
  CHECK(secret.error().code() == Errc::bad_config);
  CHECK_THAT(secret.error().message(), !Catch::Contains("canary"));
  return secret.error().message();
}

}  // namespace

TEST_CASE("a secret file is read without the line break at its end") {
  TempDir dir;
  CHECK(read_bytes(dir, "canary")->reveal() == "canary");
  CHECK(read_bytes(dir, "canary\n")->reveal() == "canary");
  CHECK(read_bytes(dir, "canary\r\n")->reveal() == "canary");
  CHECK(read_bytes(dir, "canary\n\n")->reveal() == "canary\n");
  CHECK(read_bytes(dir, " canary~!")->reveal() == " canary~!");
  CHECK(read_bytes(dir, std::string(64 * 1024, 'x'))->reveal().size() == 64 * 1024);
}

TEST_CASE("only modes that keep a secret file from others are accepted") {
  TempDir dir;
  for (const mode_t mode : {0400U, 0440U, 0600U, 0640U}) CHECK(read_bytes(dir, "canary", mode));
  for (const mode_t mode : {0604U, 0644U, 0602U, 0601U, 0666U}) {
    CHECK_THAT(refusal(read_bytes(dir, "canary", mode)), Catch::Contains("fix: chmod 0640"));
  }
  for (const mode_t mode : {0660U, 0620U}) {
    CHECK_THAT(refusal(read_bytes(dir, "canary", mode)), Catch::Contains("its group; fix: chmod"));
  }
}

TEST_CASE("what cannot be a secret is refused with its reason") {
  TempDir dir;
  CHECK_THAT(refusal(read_bytes(dir, "")), Catch::Contains("is empty"));
  CHECK_THAT(refusal(read_bytes(dir, "\n")), Catch::Contains("is empty"));
  CHECK_THAT(refusal(read_bytes(dir, "  \n")), Catch::Contains("is empty"));
  CHECK_THAT(refusal(read_bytes(dir, std::string(64 * 1024 + 1, 'x'))), Catch::Contains("64 KiB"));
  CHECK_THAT(refusal(read_bytes(dir, std::string_view("c\0a\0", 4))),
             Catch::Contains("zero bytes"));
  CHECK_THAT(refusal(read_bytes(dir,
                                "\xEF\xBB\xBF"
                                "canary")),
             Catch::Contains("byte order mark"));
  CHECK_THAT(refusal(read_secret(file(dir / "absent"), "")), Catch::Contains("No such file"));
  CHECK_THAT(refusal(read_secret(file(dir.path()), "")), Catch::Contains("not a regular file"));
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
  CHECK_THAT(refusal(read_secret(file(dir / "fifo"), "")), Catch::Contains("not a regular file"));
}

TEST_CASE("a secret file may be a link, as configuration tools make them") {
  TempDir dir;
  write_file(dir / "real", "canary");
  ::chmod((dir / "real").c_str(), 0600);
  std::filesystem::create_symlink("real", dir / "link");
  CHECK(read_secret(file(dir / "link"), "")->reveal() == "canary");
}

TEST_CASE("a credential is read from the directory that systemd names") {
  TempDir dir;
  write_file(dir / "contoso", "canary\n");
  ::chmod((dir / "contoso").c_str(), 0644);
  const SecretRef credential{"contoso", ""};
  CHECK(read_secret(credential, dir.path())->reveal() == "canary");
  CHECK_THAT(refusal(read_secret(credential, "")), Catch::Contains("LoadCredential="));
  CHECK_THAT(refusal(read_secret({"absent", ""}, dir.path())), Catch::Contains("absent"));
}

TEST_CASE("a reference names exactly one place") {
  CHECK_THAT(refusal(read_secret({}, "")), Catch::Contains("exactly one"));
  CHECK_THAT(refusal(read_secret({"a", "/b"}, "/c")), Catch::Contains("exactly one"));
}
