#include "base/limits.hpp"
#include "support/temp_dir.hpp"

#include "file_states.hpp"
#include <catch2/catch.hpp>
#include <sys/resource.h>

#include <csignal>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using support::read_file;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

TEST_CASE("acknowledgements appear whole, readable for the group, replacing older ones") {
  const std::size_t count = GENERATE(1, 3, 50);
  TempDir dir;
  const auto folder = open_folder(dir);
  write_file(dir / "acks/f0.ack.json", "an older and longer text");
  std::vector<NamedText> acks;
  for (std::size_t at = 0; at < count; ++at) {
    acks.push_back({"f" + std::to_string(at) + ".ack.json", "text " + std::to_string(at)});
  }
  const mode_t before = ::umask(0077);
  CHECK(folder.write_acks(acks));
  ::umask(before);
  CHECK(entries_in(dir / "acks") == count);
  for (const NamedText& ack : acks) {
    CHECK(read_file(dir / "acks" / ack.name) == ack.text);
    CHECK(mode_of(dir / "acks" / ack.name) == 0640);
  }
}

TEST_CASE("one acknowledgement that cannot be written does not hold up the others") {
  TempDir dir;
  const auto folder = open_folder(dir);
  fs::create_directory(dir / "acks/folder");
  const std::vector<NamedText> acks = {
      {"a", "1"}, {"../out", "2"}, {"folder", "3"}, {std::string(256, 'x'), "4"}, {"b", "5"}};
  const auto written = folder.write_acks(acks);
  REQUIRE_FALSE(written);
  CHECK(written.error().code() == Errc::rejected);
  CHECK(read_file(dir / "acks/a") == "1");
  CHECK(read_file(dir / "acks/b") == "5");
  CHECK(entries_in(dir / "acks") == 3);
  CHECK_FALSE(fs::exists(dir / "out"));
}

TEST_CASE("a link in place of an acknowledgement is replaced, not followed") {
  TempDir dir;
  TempDir elsewhere;
  const auto folder = open_folder(dir);
  write_file(elsewhere / "victim", "precious");
  fs::create_symlink(elsewhere / "victim", dir / "acks/a");
  const NamedText ack{"a", "text"};
  CHECK(folder.write_acks({&ack, 1}));
  CHECK(read_file(elsewhere / "victim") == "precious");
  CHECK(read_file(dir / "acks/a") == "text");
}

TEST_CASE("a result appears at its commit and not before") {
  TempDir dir;
  const auto folder = open_folder(dir);
  write_file(dir / "done/x.result.csv", "older");
  auto result = folder.create_result(Place::done, "x.result.csv");
  REQUIRE(result);
  std::string expected;
  for (int line = 0; line < 20'000; ++line) {
    const std::string text = "line " + std::to_string(line) + "\n";
    REQUIRE((*result)->write(text));
    expected += text;
  }
  REQUIRE((*result)->write(std::string(200'000, 'x')));
  expected += std::string(200'000, 'x');
  CHECK(read_file(dir / "done/x.result.csv") == "older");
  REQUIRE((*result)->commit());
  CHECK(read_file(dir / "done/x.result.csv") == expected);
  CHECK(mode_of(dir / "done/x.result.csv") == 0640);
  CHECK(entries_in(dir / "done") == 1);
  CHECK(entries_in(dir / "acks") == 0);
}

TEST_CASE("a result that is given up leaves nothing behind") {
  TempDir dir;
  const auto folder = open_folder(dir);
  {
    auto result = folder.create_result(Place::done, "x.result.csv");
    REQUIRE(result);
    REQUIRE((*result)->write("half"));
  }
  CHECK(entries_in(dir / "done") == 0);
  CHECK(entries_in(dir / "acks") == 0);
}

TEST_CASE("many results are written at once into their place") {
  TempDir dir;
  const auto folder = open_folder(dir);
  std::vector<NamedText> results;
  for (int at = 0; at < 30; ++at) results.push_back({"r" + std::to_string(at), "text"});
  CHECK(folder.write_results(Place::rejected, results));
  CHECK(entries_in(dir / "rejected") == 30);
  CHECK(entries_in(dir / "acks") == 0);
}

TEST_CASE("more acknowledgements are written at once than files may be open") {
  TempDir dir;
  const auto folder = open_folder(dir);
  std::vector<NamedText> acks;
  for (int at = 0; at < 100; ++at) acks.push_back({"a" + std::to_string(at), "text"});
  struct rlimit limit = {};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const struct rlimit small = {40, limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &small) == 0);
  const auto written = folder.write_acks(acks);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(written);
  CHECK(entries_in(dir / "acks") == 100);
}

TEST_CASE("two writers of one name do not get into each other's file") {
  TempDir dir;
  const auto folder = open_folder(dir);
  auto one = folder.create_result(Place::done, "x");
  auto two = folder.create_result(Place::done, "x");
  REQUIRE(one);
  REQUIRE(two);
  REQUIRE((*one)->write("one"));
  REQUIRE((*two)->write("two"));
  CHECK((*two)->commit());
  CHECK((*one)->commit());
  CHECK(read_file(dir / "done/x") == "one");
}

TEST_CASE("a received submission becomes a claim when it is complete") {
  TempDir dir;
  const auto folder = open_folder(dir);
  auto inbound = folder.receive("id__x.csv");
  REQUIRE(inbound);
  REQUIRE((*inbound)->write("row 1\n"));
  REQUIRE((*inbound)->write("row 2\n"));
  CHECK_FALSE(folder.is_claimed("id__x.csv"));
  CHECK(folder.list_claimed()->empty());
  REQUIRE((*inbound)->commit());
  CHECK(read_file(dir / ".claimed/id__x.csv") == "row 1\nrow 2\n");
  CHECK(entries_in(dir / ".claimed") == 1);
}

TEST_CASE("a received submission never replaces a claim, and an abandoned one is gone") {
  TempDir dir;
  const auto folder = open_folder(dir);
  write_file(dir / ".claimed/id__x.csv", "first");
  {
    auto inbound = folder.receive("id__x.csv");
    REQUIRE(inbound);
    REQUIRE((*inbound)->write("second"));
    CHECK((*inbound)->commit().error().code() == Errc::busy);
    CHECK(entries_in(dir / ".claimed") == 2);
  }
  CHECK(entries_in(dir / ".claimed") == 1);
  CHECK(read_file(dir / ".claimed/id__x.csv") == "first");
}

TEST_CASE("received submissions appear together, and one whose name is taken stops no other") {
  const std::size_t count = GENERATE(3, 50);  // by a sync of each, by one of all
  TempDir dir;
  const auto folder = open_folder(dir);
  write_file(dir / ".claimed/id-1__x.csv", "older");
  {
    auto group = folder.receive_all(count);
    REQUIRE(group);
    const auto name_of = [](std::size_t at) { return "id-" + std::to_string(at) + "__x.csv"; };
    for (std::size_t at = 0; at < count; ++at) {
      REQUIRE((*group)->add(name_of(at), "row " + std::to_string(at)));
    }
    REQUIRE((*group)->sync());
    CHECK(folder.list_claimed()->size() == 1);
    const auto outcomes = (*group)->publish();
    REQUIRE(outcomes.size() == count);
    for (std::size_t at = 0; at < count; ++at) {
      INFO(at);
      CHECK(outcomes[at].has_value() == (at != 1));
      const std::string expected = at == 1 ? "older" : "row " + std::to_string(at);
      CHECK(read_file(dir / ".claimed" / name_of(at)) == expected);
    }
    CHECK(outcomes[1].error().code() == Errc::busy);
  }
  CHECK(entries_in(dir / ".claimed") == count);
}

TEST_CASE("received submissions that are given up are gone, and hidden names are refused") {
  TempDir dir;
  const auto folder = open_folder(dir);
  {
    auto group = folder.receive_all(2);
    REQUIRE(group);
    REQUIRE((*group)->add("id-1__x.csv", "row"));
    CHECK((*group)->add(".id-2__x.csv", "row").error().code() == Errc::rejected);
    CHECK_FALSE((*group)->add("../id-3__x.csv", "row"));
    CHECK(entries_in(dir / ".claimed") == 1);
  }
  CHECK(entries_in(dir / ".claimed") == 0);
}

TEST_CASE("a file outlives the folder object it was started from") {
  TempDir dir;
  std::unique_ptr<DropFolder::ResultFile> result;
  {
    const auto folder = open_folder(dir);
    auto started = folder.create_result(Place::done, "x");
    REQUIRE(started);
    result = std::move(*started);
  }
  REQUIRE(result->write("text"));
  CHECK(result->commit());
  CHECK(read_file(dir / "done/x") == "text");
}

TEST_CASE("a full disk is reported as full and shows no file") {
  TempDir dir;
  const auto folder = open_folder(dir);
  auto result = folder.create_result(Place::done, "x");
  REQUIRE(result);
  struct rlimit limit = {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  const struct rlimit small = {1000, limit.rlim_max};
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  auto written = (*result)->write(std::string(5'000, 'x'));
  if (written) written = (*result)->commit();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::signal(SIGXFSZ, before);
  CHECK_FALSE(written);
  CHECK(entries_in(dir / "done") == 0);
}
