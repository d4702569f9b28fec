#include "settings/cross_checks.hpp"

#include "sample.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch::settings;
using namespace devicebatch::settings::test;

namespace {

// A second source, as lines 15 to 17.
std::string with_source(const std::string& name, const std::string& path) {
  return whole() + "  - name: " + name + "\n    path: " + path + "\n    destination: laptops\n";
}

}  // namespace

TEST_CASE("two sources side by side are fine") {
  CHECK(problems_of(with_source("line-2", "/srv/drop/line-10")).empty());
  CHECK(problems_of(with_source("line-2", "/srv/drop/line")).empty());
}

TEST_CASE("a name leads to something that exists") {
  CHECK(problems_of(replaced(whole(), "destination: laptops", "destination: laptop")) ==
        "14: sources[0].destination names laptop, which does not exist; did you mean laptops?\n");
  CHECK(problems_of(replaced(whole(), "account: contoso", "account: nobody")) ==
        "8: destinations[0].account names nobody, which does not exist\n");
}

TEST_CASE("a name is used once, whatever the case of its letters") {
  CHECK(problems_of(with_source("Line-1", "/srv/other")) ==
        "15: sources[1].name is the name of another one, at line 12\n");
}

TEST_CASE("drop folders neither coincide nor contain each other") {
  CHECK(problems_of(with_source("line-2", "/srv/drop/./line-1/")) ==
        "16: sources[1].path is the folder of another source too, at line 13\n");
  CHECK(problems_of(with_source("line-2", "/srv//drop/line-1/sub")) ==
        "16: sources[1].path lies inside the folder of another source, at line 13\n");
  CHECK(problems_of(with_source("line-2", "/srv")) ==
        "13: sources[0].path lies inside the folder of another source, at line 16\n");
}

TEST_CASE("ledger and control socket stay out of the drop folders") {
  CHECK(problems_of(whole() + "ledger: {path: /srv/drop/line-1/x/ledger.db}\n") ==
        "15: ledger.path lies inside a drop folder\n");
  CHECK(problems_of(whole() + "control: {socket: /srv/drop/line-1/c.sock}\n") ==
        "15: control.socket lies inside a drop folder\n");
}

TEST_CASE("one customer and batch is one destination") {
  const std::string second = replaced(
      whole(), "sources:",
      "  - name: more\n    account: contoso\n    customer: 66666666-7777-8888-9999-000000000000\n"
      "    batch: laptops 2026\nsources:");
  CHECK(problems_of(second) ==
        "14: destinations[1].batch is the same customer and batch as in laptops\n");
}

TEST_CASE("values that are wrong in themselves are not judged a second time") {
  CHECK(problems_of(replaced(whole(), "/srv/drop/line-1", "drop")) ==
        "13: sources[0].path must be an absolute path, beginning with '/'\n");
}
