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

TEST_CASE("a name of a batch that is not known to be safe has to be asked for") {
  const std::string odd = replaced(whole(), "batch: Laptops 2026", "batch: Laptops/2026");
  CHECK(problems_of(odd) ==
        "10: destinations[0].batch must be 1 to 64 letters, digits, spaces, '_', '.' or '-'; "
        "partner_center.batch_names: any allows others\n");
  CHECK(problems_of(odd + "partner_center: {batch_names: any}\n").empty());
}

TEST_CASE("an archive lies outside every drop folder") {
  CHECK(problems_of(whole() + "    archive_path: /srv/archive\n").empty());
  CHECK(problems_of(whole() + "    archive_path: /srv/drop/line-1/old\n") ==
        "15: sources[0].archive_path lies inside the folder of another source, at line 13\n");
}

TEST_CASE("group tags lead to destinations of the same customer") {
  CHECK(problems_of(whole() + "    group_tags: {EU: laptops}\n").empty());
  CHECK(problems_of(whole() + "    group_tags: {EU: nowhere}\n    may_route_to: [x]\n") ==
        "15: sources[0].group_tags.EU names nowhere, which does not exist\n"
        "16: sources[0].may_route_to[0] names x, which does not exist\n");
  const std::string other = replaced(
      whole(), "sources:",
      "  - name: other\n    account: contoso\n    customer: 77777777-7777-8888-9999-000000000000\n"
      "    batch: b\nsources:");
  CHECK(problems_of(other + "    group_tags: {EU: other}\n") ==
        "19: sources[0].group_tags.EU leads to another customer than destination laptops\n");
  CHECK(problems_of(other + "    may_route_to: [other]\n").empty());
}

TEST_CASE("a queue is a source with a name and a folder of its own, and TLS") {
  const std::string queue =
      "queues:\n  - name: NAME\n    url: URL\n    address: /queue/q\n    path: PATH\n"
      "    destination: laptops\n";
  const auto problems = [&](const char* name, const char* url, const char* path, const char* more) {
    std::string text = replaced(replaced(queue, "NAME", name), "URL", url);
    return problems_of(whole() + replaced(text, "PATH", path) + more);
  };
  CHECK(problems("q", "amqps://b", "/q", "").empty());
  CHECK(problems("Line-1", "amqps://b", "/q", "") ==
        "16: queues[0].name is the name of a source too\n");
  CHECK(problems("q", "amqps://b", "/srv/drop/line-1/q", "") ==
        "19: queues[0].path lies inside the folder of another source, at line 13\n");
  CHECK(problems("q", "amqp://127.0.0.1", "/q", "    allow_plain: true\n").empty());
  CHECK(problems("q", "amqp://127.0.0.1", "/q", "") ==
        "17: queues[0].url must begin with amqps://; amqp:// needs allow_plain and this machine\n");
  CHECK(problems("q", "amqp://broker", "/q", "    allow_plain: true\n") ==
        "17: queues[0].url may use amqp:// only to this machine (127.0.0.1, [::1] or localhost)\n");
  CHECK(problems("q", "amqps://b", "/q", "    password: {file: /p}\n") ==
        "21: queues[0].password needs user\n");
}

TEST_CASE("values that are wrong in themselves are not judged a second time") {
  CHECK(problems_of(replaced(whole(), "/srv/drop/line-1", "drop")) ==
        "13: sources[0].path must be an absolute path, beginning with '/'\n");
}

TEST_CASE("who we are is proved in one way") {
  const std::string both = replaced(whole(), "client_secret: {credential: contoso}",
                                    "client_secret: {credential: contoso}\n"
                                    "    certificate: {credential: contoso.pem}");
  CHECK(problems_of(both) ==
        "6: accounts[0].certificate and client_secret are both there; only one can prove who we "
        "are\n");
  CHECK(problems_of(replaced(whole(), "    client_secret: {credential: contoso}\n", "")) ==
        "2: accounts[0] needs client_secret or certificate\n");
}

TEST_CASE("a person's consent has a file of its own") {
  const auto with = [](const std::string& more) {
    return replaced(whole(), "{credential: contoso}", "{file: /etc/secret}\n" + more);
  };
  const auto [more, expected] = GENERATE(table<std::string, std::string>({
      {"    mode: app_user\n    refresh_token: {file: /var/r}", ""},
      {"    mode: app_user",
       "6: accounts[0].mode app_user needs refresh_token: {file: /PATH}, which `login` writes\n"},
      {"    refresh_token: {file: /var/r}",
       "6: accounts[0].refresh_token is only for mode: app_user\n"},
      {"    mode: app_user\n    refresh_token: {credential: seed}",
       "7: accounts[0].refresh_token needs file: a credential cannot be written, only be the "
       "first token\n"},
      {"    mode: app_user\n    refresh_token: {file: /etc/secret}",
       "7: accounts[0].refresh_token.file is a file of account contoso too\n"},
      {"    mode: app_user\n    refresh_token: {file: /srv/drop/line-1/r}",
       "7: accounts[0].refresh_token.file lies inside a drop folder\n"},
      {"    keep_alive: 8d\n    refresh_token_max_age: 7d",
       "6: accounts[0].keep_alive (8d) is longer than refresh_token_max_age (7d)\n"},
      {"    mode: app_user\n    refresh_token: {file: /var/r, file: /var/s}",
       "7: accounts[0].refresh_token.file is written twice\n"},
  }));
  CHECK(problems_of(with(more)) == expected);
}
