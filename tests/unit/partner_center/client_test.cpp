#include "partner_center/client.hpp"

#include "http/curl_transport.hpp"
#include "support/http_server.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::partner_center;
using namespace std::chrono_literals;
using support::Answer;
using support::HttpServer;
using support::ServedRequest;

namespace {

const Uuid kCustomer = *Uuid::parse("00000000-0000-0000-0000-0000000000c1");
const Uuid kTracking = *Uuid::parse("00000000-0000-0000-0000-0000000000f1");
const std::string kPath = "/v1/customers/00000000-0000-0000-0000-0000000000c1";
const std::string kAccepted =
    "Location: /customers/c/batchJobStatus/00000000-0000-0000-0000-0000000000f1\r\n";

// A server that gives its answers in their order, and a client that asks it.
class Site {
 public:
  explicit Site(std::vector<Answer> answers)
      : answers_(std::move(answers)), server_([this](const ServedRequest&) { return next(); }) {}

  Client client() {
    return Client(
        transport_, [this] { return token(); }, options());
  }
  DeviceBatches batches() { return client().customers().by_id(kCustomer).device_batches(); }
  Policies policies() { return client().customers().by_id(kCustomer).policies(); }
  ServedRequest request(std::size_t number) const { return server_.served().at(number); }
  std::size_t requests() const { return server_.served().size(); }
  int tokens() const { return tokens_; }
  bool has_token = true;

 private:
  Answer next() {
    // On a thread of the server, where nothing may be required.
    return at_ < answers_.size() ? answers_[at_++] : support::reply(599);
  }
  Result<std::shared_ptr<const Secret>> token() {
    ++tokens_;
    if (!has_token) return fail(Errc::unauthorized, "no token");
    return std::make_shared<const Secret>(std::string("not-a-token"));
  }
  ApiOptions options() const {
    ApiOptions options;
    options.base_url = server_.url("");
    return options;
  }
  static http::CurlOptions transport_options() {
    http::CurlOptions options;
    options.allows_plain_http = true;
    return options;
  }

  std::vector<Answer> answers_;
  std::size_t at_ = 0;
  int tokens_ = 0;
  HttpServer server_;
  http::CurlTransport transport_{transport_options()};
};

std::vector<record::Device> one_device() {
  record::Device device;
  device.serial = "SN-0001";
  device.manufacturer = "Contoso";
  device.model = "Model 7";
  return {device};
}

// Counts its calls, never sleeps, and stops after so many.
struct Pauses {
  explicit Pauses(std::size_t pauses_max = 100) : max(pauses_max) {}
  Pause pause() {
    return [this](std::chrono::milliseconds time) {
      if (taken.size() == max) return false;
      taken.push_back(time);
      return true;
    };
  }
  std::size_t max;
  std::vector<std::chrono::milliseconds> taken;
};

Job job() {
  return {kCustomer, kTracking};
}

}  // namespace

TEST_CASE("devices are created as the documentation writes it") {
  Site site({support::reply(202, "", kAccepted), support::reply(202, "", kAccepted)});
  const auto appended = site.batches().by_id("LINE 7").devices().create(one_device());
  REQUIRE(appended);
  CHECK(appended->tracking_id == kTracking);
  CHECK(appended->customer == kCustomer);
  CHECK(site.request(0).line() == "POST " + kPath + "/deviceBatches/LINE%207/devices HTTP/1.1");
  CHECK(site.request(0).header("Authorization") == "Bearer not-a-token");
  CHECK(site.request(0).body ==
        R"([{"serialNumber":"SN-0001","oemManufacturerName":"Contoso","modelName":"Model 7"}])");

  REQUIRE(site.batches().create("LINE 7", one_device()));
  CHECK(site.request(1).line() == "POST " + kPath + "/deviceBatches HTTP/1.1");
  CHECK(site.request(1).body.starts_with(R"({"batchId":"LINE 7","devices":[{)"));
  CHECK(site.request(0).header("MS-RequestId") != site.request(1).header("MS-RequestId"));
  CHECK(site.tokens() == 2);
}

TEST_CASE("a repetition carries the id of what it repeats") {
  Site site({support::reply(503), support::reply(202, "", kAccepted)});
  const Uuid id = *Uuid::parse("00000000-0000-0000-0000-0000000000a1");
  const auto devices = site.batches().by_id("B").devices();
  const auto first = devices.create(one_device(), id);
  REQUIRE_FALSE(first);
  CHECK(first.error().code() == Errc::unconfirmed);
  REQUIRE(devices.create(one_device(), id));
  CHECK(site.request(0).header("MS-RequestId") == id.to_string());
  CHECK(site.request(1).header("MS-RequestId") == id.to_string());
  CHECK(site.request(0).body == site.request(1).body);
  CHECK(site.request(0).header("MS-CorrelationId") != site.request(1).header("MS-CorrelationId"));
}

TEST_CASE("an answer becomes an error that says what to do") {
  struct Row {
    const char* name;
    Answer answer;
    Errc code;
  };
  Answer lost;
  lost.ending = Answer::Ending::reset;
  for (const Row& row : {
           Row{"lost", lost, Errc::unconfirmed},
           Row{"throttled", support::reply(429, "", "Retry-After: 57\r\n"), Errc::throttled},
           Row{"server error", support::reply(500), Errc::unconfirmed},
           Row{"wrong request", support::reply(400, R"({"code":"800002"})"), Errc::rejected},
           Row{"too large", support::reply(413), Errc::rejected},
           Row{"no batch", support::reply(404, R"({"code":"1000"})"), Errc::not_found},
           Row{"no token", support::reply(401), Errc::unauthorized},
           Row{"no right", support::reply(403, R"({"code":"20002"})"), Errc::forbidden},
           Row{"no Location", support::reply(202), Errc::unconfirmed},
           Row{"a Location elsewhere",
               support::reply(202, "",
                              "Location: https://evil.example/batchJobStatus/"
                              "00000000-0000-0000-0000-0000000000f1\r\n"),
               Errc::unconfirmed},
           Row{"a portal's page", support::reply(200, "<html>sign in</html>"), Errc::unconfirmed},
       }) {
    INFO(row.name);
    Site site({row.answer});
    const auto created = site.batches().by_id("B").devices().create(one_device());
    REQUIRE_FALSE(created);
    CHECK(created.error().code() == row.code);
    if (row.code == Errc::throttled) CHECK(created.error().retry_after == 57s);
    CHECK(site.requests() == 1);
  }
  Site site({support::reply(409)});
  CHECK(site.batches().create("B", one_device()).error().code() == Errc::busy);
}

TEST_CASE("without a token nothing is asked") {
  Site site({});
  site.has_token = false;
  CHECK(site.client().status(job()).error().code() == Errc::unauthorized);
  CHECK(site.requests() == 0);
}

TEST_CASE("listings are read to their last page") {
  Site site({support::reply(200, R"({"items":[{"id":"a"}],"continuationToken":"t1"})"),
             support::reply(200, R"({"items":[{"id":"b"}],"links":{"next":{"headers":
                 [{"key":"MS-ContinuationToken","value":"t2"}]}}})"),
             support::reply(200, R"({"items":[{"id":"c"}]})")});
  const auto devices = site.batches().by_id("B").devices().all();
  REQUIRE(devices);
  REQUIRE(devices->size() == 3);
  CHECK(devices->back().id == "c");
  CHECK_FALSE(site.request(0).has("MS-ContinuationToken"));
  CHECK(site.request(1).header("MS-ContinuationToken") == "t1");
  CHECK(site.request(2).header("MS-ContinuationToken") == "t2");
}

TEST_CASE("a listing that goes in circles is no listing") {
  const Answer page = support::reply(200, R"({"items":[{"id":"a"}],"continuationToken":"t"})");
  Site site({page, page});
  const auto batches = site.batches().all();
  REQUIRE_FALSE(batches);
  CHECK(batches.error().code() == Errc::corrupt);
  CHECK(site.requests() == 2);
}

TEST_CASE("devices and policies are changed") {
  const Answer policy = support::reply(200, R"({"id":"p1","name":"n"})");
  Site site({support::reply(200), support::reply(204), policy, policy,
             support::reply(200, R"({"items":[{"id":"p1"}]})"), policy, support::reply(204),
             support::reply(202, "", kAccepted)});
  const Device device = site.batches().by_id("B").devices().by_id("d1");
  DeviceListing changed;
  changed.id = "d1";
  CHECK(device.update(changed));
  CHECK(device.remove());
  ConfigurationPolicy wanted;
  wanted.id = "p1";
  wanted.name = "n";
  const Policies policies = site.policies();
  CHECK(policies.create(wanted)->id == "p1");
  CHECK(policies.get("p1")->name == "n");
  CHECK(policies.all()->size() == 1);
  CHECK(policies.update(wanted));
  CHECK(policies.remove("p1"));
  const std::vector<PolicyAssignment> assignments{{"d1", "p1"}};
  CHECK(policies.assign(assignments)->tracking_id == kTracking);
  const auto line = [&](std::size_t number) { return std::string(site.request(number).line()); };
  CHECK(line(0) == "PUT " + kPath + "/deviceBatches/B/devices/d1 HTTP/1.1");
  CHECK(line(1) == "DELETE " + kPath + "/deviceBatches/B/devices/d1 HTTP/1.1");
  CHECK(line(2) == "POST " + kPath + "/policies HTTP/1.1");
  CHECK(line(3) == "GET " + kPath + "/policies/p1 HTTP/1.1");
  CHECK(line(4) == "GET " + kPath + "/policies HTTP/1.1");
  CHECK(line(5) == "PUT " + kPath + "/policies/p1 HTTP/1.1");
  CHECK(line(6) == "DELETE " + kPath + "/policies/p1 HTTP/1.1");
  CHECK(line(7) == "PATCH " + kPath + "/DevicePolicyUpdates HTTP/1.1");
}

TEST_CASE("a job is followed through all that passes") {
  Site site({support::reply(404, R"({"code":"1000"})"), support::reply(503),
             support::reply(200, "<html>sign in</html>"),
             support::reply(429, "", "Retry-After: 30\r\n"),
             support::reply(200, R"({"status":"queued"})"),
             support::reply(200, R"({"status":"unheard of"})"),
             support::reply(200, R"({"status":"finished","devicesStatus":[{"serialNumber":"S",
                 "status":"finished"}]})")});
  Pauses pauses;
  const auto status = site.client().wait(job(), 2s, pauses.pause());
  REQUIRE(status);
  CHECK(status->state == JobState::finished);
  CHECK(status->devices.size() == 1);
  using std::chrono::milliseconds;
  CHECK(pauses.taken == std::vector<milliseconds>{2s, 3s, 4500ms, 6750ms, 30s, 45s, 60s});
}

TEST_CASE("waiting ends when told, and with what does not pass") {
  Site queued({support::reply(200, R"({"status":"queued"})")});
  Pauses once(1);
  CHECK(queued.client().wait(job(), 2s, once.pause()).error().code() == Errc::cancelled);

  Site forbidden({support::reply(403)});
  Pauses pauses;
  CHECK(forbidden.client().wait(job(), 2s, pauses.pause()).error().code() == Errc::forbidden);

  Site missing({support::reply(404), support::reply(404), support::reply(404)});
  CHECK(missing.client().wait(job(), 50s, pauses.pause()).error().code() == Errc::not_found);
}

TEST_CASE("a token is used until shortly before its end, and asked for again after a failure") {
  std::vector<int> lifetimes{0, 3600, 3600};
  std::size_t asked = 0;
  HttpServer server([&](const ServedRequest&) {
    const int lifetime = lifetimes.at(asked++);
    if (lifetime == 0) return support::reply(503);
    return support::reply(200, R"({"token_type":"Bearer","access_token":"t)" +
                                   std::to_string(asked) + R"(","expires_in":")" +
                                   std::to_string(lifetime) + "\"}");
  });
  http::CurlOptions transport_options;
  transport_options.allows_plain_http = true;
  http::CurlTransport transport(transport_options);
  TokenOptions options;
  options.authority_url = server.url("");
  options.tenant = "contoso.example";
  options.client_id = "app";
  const TokenProvider tokens =
      app_only_tokens(transport, options, Secret(std::string("contoso-secret")));
  CHECK_FALSE(tokens());
  CHECK((*tokens())->reveal() == "t2");
  CHECK((*tokens())->reveal() == "t2");
  CHECK(asked == 2);
}
