#include "base/random.hpp"
#include "base/uuid.hpp"
#include "settings/keys.hpp"

#include "sample.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::settings;
using namespace devicebatch::settings::test;

namespace {

// Settings that the rules permit, otherwise arbitrary.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  Settings settings() {
    Settings all;
    for_each_section(all, [&](std::string_view, auto keys, auto& owner) { vary(keys, owner); });
    all.ledger_path = "/var/" + word() + " '\"#: \xC3\xA4";
    all.log_level = pick({"trace", "error"});
    all.metrics_listen = pick({"", "[::1]:1"});
    all.service.cloud = pick({"commercial", "us_government", "china"});
    all.service.proxy = pick({"", "http://proxy:1"});
    all.service.application = pick({"~", "null", "true", "5", "# x", "a: b", "'", "\\n"});
    all.service.connect_timeout =
        std::min(all.service.connect_timeout, all.service.request_timeout);
    all.delivery.retry_first = std::min(all.delivery.retry_first, all.delivery.retry_ceiling);
    all.delivery.reconcile_first =
        std::min(all.delivery.reconcile_first, all.delivery.reconcile_wait);
    all.delivery.in_flight_min = std::min(all.delivery.in_flight_min, all.delivery.in_flight);
    all.delivery.poll_first = std::min(all.delivery.poll_first, all.delivery.poll_ceiling);
    for (std::uint64_t at = random_.next() % 4; at > 0; --at) add(all);
    return all;
  }

 private:
  void add(Settings& all) {
    const std::string name = "n" + std::to_string(all.sources.size());
    SecretRef secret;
    (random_.next() % 2 == 0 ? secret.credential : secret.file = "/") += word();
    Account account;
    account.name = name;
    account.tenant = "contoso.com";
    account.client_id = guid();
    vary(account_keys(), account);
    account.refresh_token.file = account.mode == AccountMode::app_user ? "/r" + name : "";
    account.keep_alive = std::min(account.keep_alive, account.refresh_token_max_age);
    (random_.next() % 2 == 0 ? account.client_secret : account.certificate) = secret;
    all.accounts.push_back(account);
    all.destinations.push_back({name, name, guid(), "Batch " + word() + " 1"});
    Source& source = all.sources.emplace_back();
    source.path = "/drop/" + name;
    vary(source_keys(), source);
    describe(source, name);
    Queue& queue = all.queues.emplace_back();
    queue.url = "amqps://" + word();
    queue.address = "/queue/" + word();
    queue.path = "/queues/" + name;
    vary(queue_keys(), queue);
    queue.allow_plain = false;
    describe(queue, name);
    queue.name = "q" + name;
    queue.password = secret;
    queue.user = word();
  }

  template <class Intake>
  void describe(Intake& intake, const std::string& name) {
    intake.name = name;
    intake.destination = name;
    intake.charset = pick({"", "gbk", "windows-1252"});
    intake.columns = random_.next() % 2 == 0 ? Texts{} : Texts{"serial", "pkid", "local"};
    intake.scan_pattern = pick({"", "^(?P<serial>[A-Z'\"]+)\\s$"});
    if (random_.next() % 2 == 0) intake.group_tags = {{"null", name}, {word() + " \xC3\xA4", name}};
    if (random_.next() % 2 == 0) intake.may_route_to = {name, name};
  }

  template <class Owner>
  void vary(std::span<const Key<Owner>> keys, Owner& owner) {
    for (const Key<Owner>& key : keys) {
      std::visit([&](auto member) { vary(key.least, key.most, owner.*member); }, key.member);
    }
  }
  template <class Value>
  void vary(std::uint64_t least, std::uint64_t most, Value& value) {
    const std::uint64_t number = least + random_.next() % (most - least + 1);
    if constexpr (std::is_same_v<Value, milliseconds>) {
      value = milliseconds(static_cast<std::int64_t>(number));
    } else if constexpr (std::is_same_v<Value, bool>) {
      value = random_.next() % 2 == 0;
    } else if constexpr (std::is_enum_v<Value>) {
      value = static_cast<Value>(random_.next() % words_of(value).size());
    } else if constexpr (std::is_unsigned_v<Value>) {
      value = static_cast<Value>(number);
    }
  }

  std::string word() { return "w" + std::to_string(random_.next() % 1'000'000'000); }
  std::string guid() { return Uuid::random(random_).to_string(); }
  std::string pick(std::vector<std::string> from) { return from[random_.next() % from.size()]; }

  SeededRandom random_;
};

}  // namespace

TEST_CASE("the defaults are printed so that they load again") {
  const Loaded loaded = load_settings(to_yaml(Settings()));
  CHECK(describe("f", loaded.problems).empty());
  CHECK(loaded.settings == Settings());
}

TEST_CASE("whatever is printed loads to the same settings") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Settings settings = Generator(seed).settings();
    const std::string yaml = to_yaml(settings);
    INFO("seed " << seed << "\n" << yaml);
    const Loaded loaded = load_settings(yaml);
    CHECK(describe("f", loaded.problems) == "");
    CHECK(loaded.settings == settings);
  }
}

TEST_CASE("a secret is printed as where it is") {
  const std::string yaml = to_yaml(load_settings(whole()).settings);
  CHECK_THAT(yaml, Catch::Contains("client_secret:\n      credential: \"contoso\"\n"));
  CHECK_THAT(yaml, !Catch::Contains(" file: "));
}

TEST_CASE("every key is printed under its section, and places of secrets that are set") {
  Settings settings;
  Account& account = settings.accounts.emplace_back();
  CHECK_THAT(to_yaml(settings), !Catch::Contains("certificate") && !Catch::Contains("{}"));
  account.client_secret = account.certificate = account.refresh_token = {"a", "b"};
  settings.destinations.emplace_back();
  settings.sources.emplace_back();
  Queue& queue = settings.queues.emplace_back();
  queue.password = queue.certificate = {"a", "b"};
  const std::string yaml = to_yaml(settings);
  for (const std::string& path : key_paths()) {
    const std::string key = path.substr(path.rfind('.') + 1) + ": ";
    CHECK_THAT(yaml, Catch::Contains(key));
  }
}
