// Rows H1 and H2 of the fault matrix, as far as they are decided by a table.
#include "policy/classify.hpp"
#include "policy/retry.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace devicebatch;
using namespace devicebatch::policy;
using namespace std::chrono_literals;

namespace Catch {
template <>
struct StringMaker<Reaction> {
  static std::string convert(Reaction reaction) { return std::string(to_string(reaction)); }
};
}  // namespace Catch

TEST_CASE("H1: every status of the row has its reaction, and none is a success") {
  using enum Reaction;
  struct Row {
    int status;
    Reaction create, append, list, status_call, token;
  };
  for (const Row& row : {
           Row{408, unconfirmed, unconfirmed, retry, retry, retry},
           Row{409, batch_exists, look, refuse, refuse, pause_account},
           Row{410, pause_destination, batch_missing, pause_destination, job_missing,
               pause_account},
           Row{413, halve, halve, refuse, refuse, pause_account},
           Row{415, pause_account, pause_account, pause_account, pause_account, pause_account},
           Row{422, split, split, refuse, refuse, pause_account},
           Row{425, retry, retry, retry, retry, retry},
           Row{429, wait, wait, wait, wait, wait},
           Row{499, unconfirmed, unconfirmed, retry, retry, retry},
           Row{500, unconfirmed, unconfirmed, retry, retry, retry},
           Row{502, unconfirmed, unconfirmed, retry, retry, retry},
           Row{503, unconfirmed, unconfirmed, retry, retry, retry},
           Row{504, unconfirmed, unconfirmed, retry, retry, retry},
           Row{507, unconfirmed, unconfirmed, retry, retry, retry},
           Row{511, retry, retry, retry, retry, retry},
           Row{599, unconfirmed, unconfirmed, retry, retry, retry},
       }) {
    INFO("HTTP " << row.status);
    CHECK(classify(Call::create_batch, row.status, "").reaction == row.create);
    CHECK(classify(Call::append_devices, row.status, "").reaction == row.append);
    CHECK(classify(Call::list_batches, row.status, "").reaction == row.list);
    CHECK(classify(Call::job_status, row.status, "").reaction == row.status_call);
    CHECK(classify(Call::token, row.status, "").reaction == row.token);
  }
}

TEST_CASE("H1: an unknown success is one, for an upload only with a tracking id") {
  CHECK(classify(Call::append_devices, 299, "").reaction == Reaction::accept);
  CHECK(classify(Call::append_devices, 299, "").code == "http.299");
}

namespace {

// Never any jitter.
class LowestRandom final : public Random {
 public:
  std::uint64_t next() override { return 0; }
};

const UtcTime kNow = *parse_utc("2026-11-24T12:00:00.000Z");
const RetryRules kRules(1s, 15min, 1h);

// How long the try after the first failure waits for what the header says.
std::chrono::milliseconds wait_for(std::string_view retry_after) {
  LowestRandom lowest;
  return next_attempt_at(kRules, 1, kNow, parse_retry_after(retry_after, kNow), lowest) - kNow;
}

}  // namespace

TEST_CASE("H2: Retry-After of zero means soon, not at once") {
  CHECK(wait_for("0") == 1ms);
}

TEST_CASE("H2: Retry-After of a second is a second") {
  CHECK(wait_for("1") == 1s);
}

TEST_CASE("H2: Retry-After of a day is obeyed up to the cap") {
  CHECK(parse_retry_after("86400", kNow) == std::optional<std::chrono::milliseconds>(24h));
  CHECK(wait_for("86400") == 1h);
}

TEST_CASE("H2: Retry-After as a date in the past is obeyed as none") {
  CHECK(wait_for("Sun, 06 Nov 1994 08:49:37 GMT") == 1ms);
}

TEST_CASE("H2: Retry-After as a date to come is obeyed, up to the cap") {
  CHECK(wait_for("Tue, 24 Nov 2026 12:20:00 GMT") == 20min);
  CHECK(wait_for("Wed, 25 Nov 2026 12:00:00 GMT") == 1h);
}

TEST_CASE("H2: Retry-After that is garbage or negative is obeyed as none") {
  for (const char* value : {"soon", "-1", "-86400", "1.5", "5s", "",
                            "Tue, 31 Feb 2026 12:01:00 GMT", "\xFF\xFE", "0x10", "1e9", "NaN"}) {
    INFO(value);
    CHECK_FALSE(parse_retry_after(value, kNow));
    CHECK(wait_for(value) == 1ms);
  }
}

TEST_CASE("H2: Retry-After that is huge is obeyed up to the cap") {
  CHECK(wait_for("99999999999999999999999999") == 1h);
  CHECK(wait_for(std::string(100'000, '9')) == 1h);
  CHECK(wait_for("Fri, 31 Dec 9999 23:59:59 GMT") == 1h);
}
