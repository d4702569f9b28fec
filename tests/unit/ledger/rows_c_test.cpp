// Row C1 of the fault matrix: what the ledger says after the wall clock went back.
#include "unit/ledger/delivery_desk.hpp"

namespace devicebatch::ledger {
namespace {

void end_waits_beyond(Delivery& delivery, UtcTime latest, UtcTime now) {
  ok(delivery.desk.in_transaction([&] { return delivery.verbs().end_waits_beyond(latest, now); }));
}

}  // namespace

TEST_CASE("C1: a chunk that would wait for too long is due, others keep their time") {
  Delivery delivery;
  const ChunkId far = delivery.sending(1);
  const ChunkId near = delivery.sending(1);
  delivery.fail_attempt(far, {FailureKind::no_effect, Inquiry::resend, at(100'000)}, at(32));
  delivery.fail_attempt(near, {FailureKind::unknown, Inquiry::look, at(1'000)}, at(32));
  end_waits_beyond(delivery, at(3'600), at(50));
  CHECK(delivery.desk.chunk(far).not_before == at(50));
  CHECK(delivery.desk.chunk(near).not_before == at(1'000));
  delivery.desk.check_soundness();
}

TEST_CASE("C1: a job that would not be looked at for too long is due") {
  Delivery delivery;
  const ChunkId chunk = delivery.sending(1);
  const Uuid tracking_id = delivery.desk.uuid();
  ok(delivery.desk.in_transaction([&] {
    return delivery.verbs().attempt_submitted(chunk, {}, tracking_id, at(100'000), at(32));
  }));
  end_waits_beyond(delivery, at(3'600), at(50));
  const auto due = delivery.desk.now([&] { return delivery.verbs().jobs_due(at(50), 10); });
  REQUIRE(due.size() == 1);
  CHECK(due[0].id == chunk);
  delivery.desk.check_soundness();
}

TEST_CASE("C1: an account is not throttled for longer than it ever is") {
  Delivery delivery;
  const auto throttle = [&](std::string_view name, UtcTime until) {
    ok(delivery.desk.in_transaction(
        [&] { return delivery.verbs().throttle_account(name, until); }));
  };
  const auto until = [&](std::string_view name) {
    return delivery.desk.now([&] { return delivery.verbs().account(name); }).throttled_until;
  };
  throttle("far", at(100'000));
  throttle("near", at(1'000));
  end_waits_beyond(delivery, at(3'600), at(50));
  CHECK(until("far") == UtcTime());
  CHECK(until("near") == at(1'000));
}

}  // namespace devicebatch::ledger
