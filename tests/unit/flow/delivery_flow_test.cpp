#include "flow/delivery_flow.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;

namespace {

const UtcTime kNow(1'800'000'000'000ms);
const DeliveryLimits kLimits;

DeliveryView a_view(Presence presence, std::size_t waiting) {
  DeliveryView view;
  view.presence = presence;
  view.waiting = waiting;
  return view;
}

UnsentChunk a_chunk(std::int64_t id) {
  UnsentChunk chunk;
  chunk.id = ChunkId{id};
  return chunk;
}

template <class Step>
bool is(const DeliveryStep& step) {
  return std::holds_alternative<Step>(step);
}

std::optional<UtcTime> idle_until(const DeliveryView& view) {
  const DeliveryStep step = next_delivery_step(view, kLimits, kNow);
  REQUIRE(is<Idle>(step));
  return std::get<Idle>(step).until;
}

std::int64_t posted(const DeliveryView& view) {
  const DeliveryStep step = next_delivery_step(view, kLimits, kNow);
  REQUIRE(is<PostChunk>(step));
  return std::get<PostChunk>(step).chunk.value;
}

}  // namespace

TEST_CASE("without work nothing is asked of the service") {
  CHECK_FALSE(idle_until(a_view(Presence::unknown, 0)).has_value());
}

TEST_CASE("the first work asks whether the batch exists") {
  CHECK(is<ListBatches>(next_delivery_step(a_view(Presence::unknown, 1), kLimits, kNow)));
}

TEST_CASE("a failed listing is not repeated before its time") {
  DeliveryView view = a_view(Presence::unknown, 1);
  view.list_not_before = kNow + 3s;
  CHECK(idle_until(view) == kNow + 3s);
}

TEST_CASE("an absent batch is created by the first chunk") {
  const DeliveryStep step = next_delivery_step(a_view(Presence::absent, 9), kLimits, kNow);
  REQUIRE(is<PlanChunk>(step));
  CHECK(std::get<PlanChunk>(step).is_create);
}

TEST_CASE("nothing is appended while the batch is being created") {
  DeliveryView view = a_view(Presence::absent, 9);
  view.has_open_create = true;
  CHECK_FALSE(idle_until(view).has_value());
}

TEST_CASE("a due chunk that has to wait for the create is no reason to look again at once") {
  DeliveryView view = a_view(Presence::absent, 0);
  UnsentChunk create = a_chunk(1);
  create.is_create = true;
  create.is_running = true;
  view.unsent = {create, a_chunk(2)};
  view.unsent[1].not_before = kNow - 1s;
  CHECK_FALSE(idle_until(view).has_value());
}

TEST_CASE("only one create is ever under way") {
  DeliveryView view = a_view(Presence::absent, 9);
  UnsentChunk create = a_chunk(1);
  create.is_create = true;
  create.is_running = true;
  view.unsent = {create};
  CHECK_FALSE(idle_until(view).has_value());
}

TEST_CASE("an unconfirmed create is sent again as itself") {
  DeliveryView view = a_view(Presence::present, 9);
  UnsentChunk create = a_chunk(1);
  create.is_create = true;
  create.was_attempted = true;
  view.unsent = {create};
  CHECK(posted(view) == 1);
}

TEST_CASE("a create that never left gives its records back when the batch exists") {
  DeliveryView view = a_view(Presence::present, 0);
  UnsentChunk create = a_chunk(1);
  create.is_create = true;
  view.unsent = {create};
  const DeliveryStep step = next_delivery_step(view, kLimits, kNow);
  REQUIRE(is<DropCreate>(step));
  CHECK(std::get<DropCreate>(step).chunk == ChunkId{1});
}

TEST_CASE("chunks go in their order, the first due one next") {
  DeliveryView view = a_view(Presence::present, 0);
  view.unsent = {a_chunk(1), a_chunk(2), a_chunk(3)};
  view.unsent[0].is_running = true;
  view.unsent[1].not_before = kNow + 5s;
  CHECK(posted(view) == 3);
}

TEST_CASE("without a slot of the account nothing is posted and nothing is cut") {
  DeliveryView view = a_view(Presence::present, 500);
  view.has_slot = false;
  CHECK(is<AwaitSlot>(next_delivery_step(view, kLimits, kNow)));
  view.unsent = {a_chunk(1)};
  CHECK(is<AwaitSlot>(next_delivery_step(view, kLimits, kNow)));
  view.has_slot = true;
  CHECK(posted(view) == 1);
}

TEST_CASE("a chunk that is looked for is never posted") {
  DeliveryView view = a_view(Presence::present, 0);
  view.unsent = {a_chunk(1)};
  view.unsent[0].is_looked_for = true;
  const DeliveryStep step = next_delivery_step(view, kLimits, kNow);
  REQUIRE(is<LookForChunks>(step));
  CHECK(std::get<LookForChunks>(step).chunks == std::vector<ChunkId>{ChunkId{1}});
}

TEST_CASE("one listing at a time, for all chunks that are due") {
  DeliveryView view = a_view(Presence::present, 0);
  view.unsent = {a_chunk(1), a_chunk(2), a_chunk(3)};
  for (UnsentChunk& chunk : view.unsent) chunk.is_looked_for = true;
  view.unsent[1].not_before = kNow + 5s;
  const DeliveryStep step = next_delivery_step(view, kLimits, kNow);
  REQUIRE(is<LookForChunks>(step));
  CHECK(std::get<LookForChunks>(step).chunks == std::vector<ChunkId>{ChunkId{1}, ChunkId{3}});
  view.is_looking = true;
  CHECK_FALSE(idle_until(view).has_value());
}

TEST_CASE("other chunks go on beside one that is looked for") {
  DeliveryView view = a_view(Presence::present, 500);
  view.unsent = {a_chunk(1)};
  view.unsent[0].is_looked_for = true;
  view.unsent[0].not_before = kNow + 5s;
  CHECK(is<PlanChunk>(next_delivery_step(view, kLimits, kNow)));
}

TEST_CASE("no second create while the fate of the first is looked for") {
  DeliveryView view = a_view(Presence::absent, 9);
  UnsentChunk create = a_chunk(1);
  create.is_create = true;
  create.was_attempted = true;
  create.is_looked_for = true;
  create.not_before = kNow + 5s;
  view.unsent = {create};
  CHECK(idle_until(view) == kNow + 5s);
}

TEST_CASE("a free line sends a short chunk at once") {
  DeliveryView view = a_view(Presence::present, 1);
  view.last_planned = kNow;
  CHECK(is<PlanChunk>(next_delivery_step(view, kLimits, kNow)));
}

TEST_CASE("with a POST under way a short chunk lingers, a full one does not") {
  DeliveryView view = a_view(Presence::present, 1);
  view.unsent = {a_chunk(1)};
  view.unsent[0].is_running = true;
  view.last_planned = kNow - 100ms;
  CHECK(idle_until(view) == kNow + 150ms);
  view.waiting = kLimits.chunk_devices;
  CHECK(is<PlanChunk>(next_delivery_step(view, kLimits, kNow)));
}

TEST_CASE("a pause stops everything, without a time of its end") {
  DeliveryView view = a_view(Presence::present, 500);
  view.unsent = {a_chunk(1)};
  view.is_paused = true;
  CHECK_FALSE(idle_until(view).has_value());
}

TEST_CASE("the later of throttle and token trouble is waited for") {
  DeliveryView view = a_view(Presence::present, 500);
  view.throttled_until = kNow + 57s;
  view.account_blocked_until = kNow + 5s;
  CHECK(idle_until(view) == kNow + 57s);
}

TEST_CASE("records sent back wake the destination when they are due") {
  DeliveryView view = a_view(Presence::present, 0);
  view.next_requeued = kNow + 60s;
  CHECK(idle_until(view) == kNow + 60s);
}
