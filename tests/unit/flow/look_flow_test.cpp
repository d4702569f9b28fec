#include "flow/look_flow.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;

namespace {

const UtcTime kNow(1'800'000'000'000ms);
const ChunkId kChunk{1};
const LookRules kRules{30s, 30min};

Sought a_device(std::int64_t id, std::string serial, std::string pkid = {},
                std::string device_id = {}) {
  return {RecordId{id}, std::move(serial), std::move(pkid), std::move(device_id)};
}

ListedDevice listed(std::string id, std::string serial, std::string pkid = {}) {
  return {std::move(id), std::move(serial), std::move(pkid)};
}

LookContext unknown_for(std::chrono::milliseconds age, int looks = 0) {
  LookContext context;
  context.unknown_since = kNow - age;
  context.looks = looks;
  return context;
}

}  // namespace

TEST_CASE("a listed device is registered, with the id the service gave it") {
  BatchSearch search;
  search.seek(kChunk, a_device(1, "Contoso-1"));
  search.saw(listed("7", " CONTOSO-1 "));
  const LookResult result = search.judge(kChunk, unknown_for(1s), kRules, kNow);
  REQUIRE(result.settled.size() == 1);
  CHECK(result.settled[0].verdict == Verdict::registered);
  CHECK(result.settled[0].device_id == "7");
}

TEST_CASE("what is not listed yet is looked for again, ever later, and once more at the very end") {
  BatchSearch search;
  search.seek(kChunk, a_device(1, "A"));
  const LookResult first = search.judge(kChunk, unknown_for(30s, 0), kRules, kNow);
  CHECK(first.unanswered == std::vector<RecordId>{RecordId{1}});
  CHECK(first.next_look == kNow + 30s);
  CHECK(search.judge(kChunk, unknown_for(90s, 1), kRules, kNow).next_look == kNow + 60s);
  CHECK(search.judge(kChunk, unknown_for(29min, 9), kRules, kNow).next_look == kNow + 1min);
}

TEST_CASE("what is not listed when the wait is over did not arrive and is sent anew") {
  BatchSearch search;
  search.seek(kChunk, a_device(1, "A"));
  search.seek(kChunk, a_device(2, "B"));
  search.saw(listed("7", "B"));
  const LookResult result = search.judge(kChunk, unknown_for(30min), kRules, kNow);
  CHECK(result.again == std::vector<RecordId>{RecordId{1}});
  CHECK(result.settled.size() == 1);
  CHECK(result.unanswered.empty());
}

TEST_CASE("a device without anything that a listing shows is for a person to decide") {
  BatchSearch search;
  search.seek(kChunk, a_device(1, "", ""));
  CHECK(search.judge(kChunk, unknown_for(1s), kRules, kNow).unanswered.size() == 1);
  const LookResult result = search.judge(kChunk, unknown_for(31min), kRules, kNow);
  CHECK(result.unknowable == std::vector<RecordId>{RecordId{1}});
  CHECK(result.again.empty());
}

TEST_CASE("a device is known by its id, its serial number or its PKID") {
  BatchSearch search;
  search.seek(kChunk, a_device(1, "", "3305000000017"));
  search.seek(kChunk, a_device(2, "", "", "abc-7"));
  search.saw(listed("1", "", "3305000000017"));
  search.saw(listed("ABC-7", ""));
  CHECK(search.judge(kChunk, unknown_for(1s), kRules, kNow).settled.size() == 2);
}

TEST_CASE("equal serial numbers with different PKIDs are different devices") {
  BatchSearch search;
  search.seek(kChunk, a_device(1, "A", "3305000000017"));
  search.saw(listed("1", "A", "3305000000018"));
  CHECK(search.judge(kChunk, unknown_for(1s), kRules, kNow).settled.empty());
}

TEST_CASE("each chunk is judged for itself") {
  BatchSearch search;
  search.seek(ChunkId{1}, a_device(1, "A"));
  search.seek(ChunkId{2}, a_device(2, "B"));
  search.saw(listed("1", "B"));
  CHECK(search.judge(ChunkId{1}, unknown_for(1s), kRules, kNow).settled.empty());
  CHECK(search.judge(ChunkId{2}, unknown_for(1s), kRules, kNow).settled.size() == 1);
}
