#include "policy/classify.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <set>
#include <string>

using namespace devicebatch::policy;

namespace {

constexpr std::array kCalls{Call::create_batch, Call::append_devices, Call::list_batches,
                            Call::list_devices, Call::job_status,     Call::manage,
                            Call::token};
constexpr std::array kServiceCalls{Call::create_batch, Call::append_devices, Call::list_batches,
                                   Call::list_devices, Call::job_status,     Call::manage};

bool is_post(Call call) {
  return call == Call::create_batch || call == Call::append_devices;
}

}  // namespace

namespace Catch {
template <>
struct StringMaker<Reaction> {
  static std::string convert(Reaction reaction) { return std::string(to_string(reaction)); }
};
}  // namespace Catch

TEST_CASE("every published code has its reaction") {
  using enum Reaction;
  struct Row {
    int status;
    const char* code;
    Reaction create, append, list, status_call;
    const char* stable;
  };
  // The devices of a chunk are wrong: the other calls have none.
  const auto posts = [](int status, const char* code, Reaction post, const char* stable) {
    return Row{status, code, post, post, refuse, refuse, stable};
  };
  const auto same = [](int status, const char* code, Reaction all, const char* stable) {
    return Row{status, code, all, all, all, all, stable};
  };
  for (const Row& row : {
           same(200, "", accept, "http.200"),
           same(201, "", accept, "http.201"),
           same(202, "", accept, "http.202"),
           same(204, "", accept, "http.204"),
           same(299, "", accept, "http.299"),
           Row{302, "", unconfirmed, unconfirmed, retry, retry, "http.302"},
           Row{307, "", unconfirmed, unconfirmed, retry, retry, "http.307"},
           posts(400, "3000", split, "service.3000"),
           posts(400, "800002", split, "service.800002"),
           same(400, "900118", pause_destination, "service.900118"),
           posts(400, "900126", split, "service.900126"),
           same(400, "900127", pause_account, "service.900127"),
           same(400, "900141", pause_account, "service.900141"),
           same(400, "800042", pause_account, "service.800042"),
           same(400, "2055", refuse, "service.2055"),
           posts(400, "", split, "http.400"),
           posts(400, "77777", split, "http.400"),
           same(401, "400", refresh_token, "service.400"),
           same(401, "800001", refresh_token, "service.800001"),
           same(401, "", refresh_token, "http.401"),
           same(401, "77777", refresh_token, "http.401"),
           same(401, "900420", pause_account, "service.900420"),
           same(401, "900421", pause_account, "service.900421"),
           same(403, "2032", pause_destination, "service.2032"),
           same(403, "20002", pause_destination, "service.20002"),
           same(403, "900416", pause_destination, "service.900416"),
           same(403, "", pause_destination, "http.403"),
           same(403, "77777", pause_destination, "http.403"),
           same(403, "900149", pause_account, "service.900149"),
           same(403, "800039", pause_account, "service.800039"),
           same(403, "900150", pause_account, "service.900150"),
           same(403, "900308", pause_account, "service.900308"),
           same(403, "900309", pause_account, "service.900309"),
           same(403, "90000", pause_account, "service.90000"),
           same(403, "900329", pause_account, "service.900329"),
           same(403, "1002", pause_account, "service.1002"),
           same(404, "60003", pause_destination, "service.60003"),
           Row{404, "1000", pause_destination, batch_missing, pause_destination, job_missing,
               nullptr},
           Row{404, "", pause_destination, batch_missing, pause_destination, job_missing,
               "http.404"},
           same(407, "", pause_account, "http.407"),
           Row{408, "", unconfirmed, unconfirmed, retry, retry, "http.408"},
           Row{409, "", batch_exists, look, refuse, refuse, "http.409"},
           same(405, "", pause_account, "http.405"),
           same(406, "", pause_account, "http.406"),
           same(505, "", pause_account, "http.505"),
           Row{410, "", pause_destination, batch_missing, pause_destination, job_missing,
               "http.410"},
           posts(413, "", halve, "http.413"),
           same(415, "", pause_account, "http.415"),
           same(417, "800036", pause_account, "service.800036"),
           same(417, "", pause_account, "http.417"),
           posts(418, "", split, "http.418"),
           posts(422, "", split, "http.422"),
           same(425, "", retry, "http.425"),
           same(429, "", wait, "http.429"),
           Row{499, "", unconfirmed, unconfirmed, retry, retry, "http.499"},
           Row{500, "800003", unconfirmed, unconfirmed, retry, retry, "service.800003"},
           Row{500, "900192", unconfirmed, unconfirmed, retry, retry, "service.900192"},
           Row{500, "", unconfirmed, unconfirmed, retry, retry, "http.500"},
           same(501, "0", pause_account, "service.0"),
           same(501, "", pause_account, "http.501"),
           Row{502, "", unconfirmed, unconfirmed, retry, retry, "http.502"},
           Row{503, "", unconfirmed, unconfirmed, retry, retry, "http.503"},
           Row{504, "", unconfirmed, unconfirmed, retry, retry, "http.504"},
           Row{507, "", unconfirmed, unconfirmed, retry, retry, "http.507"},
           same(511, "", retry, "http.511"),
           Row{599, "", unconfirmed, unconfirmed, retry, retry, "http.599"},
       }) {
    INFO("HTTP " << row.status << ", code '" << row.code << "'");
    CHECK(classify(Call::create_batch, row.status, row.code).reaction == row.create);
    CHECK(classify(Call::append_devices, row.status, row.code).reaction == row.append);
    CHECK(classify(Call::list_batches, row.status, row.code).reaction == row.list);
    CHECK(classify(Call::job_status, row.status, row.code).reaction == row.status_call);
    if (row.stable == nullptr) continue;
    for (const Call call : kServiceCalls) {
      CHECK(classify(call, row.status, row.code).code == row.stable);
    }
  }
}

TEST_CASE("a listing of devices without its batch is an empty one") {
  for (const int status : {404, 410}) {
    INFO(status);
    CHECK(classify(Call::list_devices, status, "").reaction == Reaction::batch_missing);
  }
  CHECK(classify(Call::list_devices, 404, "1000").reaction == Reaction::batch_missing);
  CHECK(classify(Call::list_devices, 404, "60003").reaction == Reaction::pause_destination);
}

TEST_CASE("what an operator asks for and is not there is refused, nobody is paused") {
  CHECK(classify(Call::manage, 404, "1000").reaction == Reaction::refuse);
  CHECK(classify(Call::manage, 410, "").reaction == Reaction::refuse);
  CHECK(classify(Call::manage, 404, "60003").reaction == Reaction::pause_destination);
}

TEST_CASE("the identity platform's answers are judged by number, word and status") {
  using enum Reaction;
  struct Row {
    int status;
    const char* code;
    Reaction reaction;
    const char* stable;
  };
  for (const Row& row : {
           Row{200, "", accept, "http.200"},
           Row{302, "", retry, "http.302"},
           Row{400, "90033", retry, "token.90033"},
           Row{400, "temporarily_unavailable", retry, "token.temporarily_unavailable"},
           Row{401, "7000215", pause_account, "token.7000215"},
           Row{401, "7000222", pause_account, "token.7000222"},
           Row{401, "700027", pause_account, "token.700027"},
           Row{401, "invalid_client", pause_account, "token.invalid_client"},
           Row{400, "invalid_grant", pause_account, "token.invalid_grant"},
           Row{400, "700082", pause_account, "token.700082"},
           Row{400, "50076", pause_account, "token.50076"},
           Row{400, "65001", pause_account, "token.65001"},
           Row{400, "whatever", pause_account, "http.400"},
           Row{403, "", pause_account, "http.403"},
           Row{404, "", pause_account, "http.404"},
           Row{408, "", retry, "http.408"},
           Row{429, "", wait, "http.429"},
           Row{500, "", retry, "http.500"},
           Row{501, "", retry, "http.501"},
           Row{503, "", retry, "http.503"},
       }) {
    INFO("HTTP " << row.status << ", code '" << row.code << "'");
    CHECK(classify(Call::token, row.status, row.code).reaction == row.reaction);
    CHECK(classify(Call::token, row.status, row.code).code == row.stable);
  }
}

TEST_CASE("every number has an answer for every call") {
  for (int status = -1; status <= 1001; ++status) {
    INFO("status " << status);
    for (const Call call : kCalls) {
      const Classified answer = classify(call, status, "");
      CHECK_FALSE(answer.code.empty());
      const bool is_success = status >= 200 && status <= 299;
      CHECK((answer.reaction == Reaction::accept) == is_success);
      // A status that only repeats may not claim that nothing happened to a POST, and a GET has
      // nothing to be unsure of.
      if (answer.reaction == Reaction::unconfirmed) CHECK(is_post(call));
      const std::string number = std::to_string(status);
      if (status >= 100 && status <= 599) CHECK(answer.code == "http." + number);
      if (status < 100 || status > 599) CHECK(answer.code == "http.other");
    }
  }
}

TEST_CASE("whenever a person must act, the row says how") {
  for (const RequestRow& row : request_table()) {
    INFO("HTTP " << row.http_status << ", code '" << row.service_code << "', "
                 << to_string(row.calls));
    const bool needs_person = row.result.reaction == Reaction::pause_account ||
                              row.result.reaction == Reaction::pause_destination ||
                              row.result.reaction == Reaction::split ||
                              row.result.reaction == Reaction::refuse;
    if (needs_person) CHECK_FALSE(row.result.advice.empty());
  }
}

TEST_CASE("no row of the table is hidden behind an earlier one") {
  for (const RequestRow& row : request_table()) {
    INFO("HTTP " << row.http_status << ", code '" << row.service_code << "', "
                 << to_string(row.calls));
    bool decides_somewhere = false;
    for (int status = row.http_status; status <= row.last_status && !decides_somewhere; ++status) {
      for (const Call call : kCalls) {
        const Classified answer = classify(call, status, row.service_code);
        // Advice and reaction come from the row itself; its code too when it names a service code.
        decides_somewhere =
            decides_somewhere ||
            (answer.reaction == row.result.reaction && answer.advice == row.result.advice &&
             (row.service_code.empty() || answer.code == row.result.code));
      }
    }
    CHECK(decides_somewhere);
  }
}

TEST_CASE("a service code is compared as text without its surroundings") {
  CHECK(classify(Call::list_batches, 403, " 900329 ").code == "service.900329");
  CHECK(classify(Call::list_batches, 403, "0900329").code == "http.403");
  CHECK(classify(Call::token, 400, "Invalid_Grant").code == "token.invalid_grant");
}

TEST_CASE("reactions have distinct names") {
  std::set<std::string_view> names;
  for (int number = 0; number <= static_cast<int>(Reaction::refuse); ++number) {
    names.insert(to_string(static_cast<Reaction>(number)));
  }
  CHECK(names.size() == static_cast<std::size_t>(Reaction::refuse) + 1);
}
