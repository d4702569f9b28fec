#include "ledger/index/identity_index.hpp"
#include "ledger/sqlite/schema.hpp"

#include "unit/ledger/ledger_desk.hpp"
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace devicebatch;
using namespace devicebatch::ledger;

namespace {

// An index on a file of its own, with what it must know beside it.
struct IndexDesk {
  explicit IndexDesk(IndexLimits index_limits = {200, 3}) : limits(index_limits) { open(); }
  void open() {
    index.reset();
    db.reset();
    db = ok(Connection::open((folder / "ledger.db").string()));
    ok(bring_up_to_date(*db, random));
    index = std::make_unique<IdentityIndex>(*db, limits);
    index->load();
    ok(db->outcome());
  }
  // Records in one transaction, as append() and commit() do it.
  void add(const std::vector<record::IdentityKeys>& keys) {
    db->execute("BEGIN");
    const std::uint32_t first = next;
    for (const auto& of_record : keys) {
      index->add(next, of_record);
      for (const std::uint64_t key : of_record) {
        if (key != 0) expected[key].insert(next);
      }
      ++next;
    }
    index->log(first, keys);
    index->tend();
    db->execute("COMMIT");
    ok(db->outcome());
  }
  record::IdentityKeys random_keys() {
    record::IdentityKeys keys;
    for (std::uint64_t& key : keys) key = random.next() % 5 == 0 ? 0 : random.next();
    return keys;
  }
  std::vector<std::uint32_t> find(std::uint64_t key, std::size_t cap = 1'000'000) {
    std::vector<std::uint32_t> found;
    index->find(key, cap, found);
    ok(db->outcome());
    return found;
  }
  void check_all() {
    std::size_t wrong = 0;
    for (const auto& [key, records] : expected) {
      const auto found = find(key);
      const std::set<std::uint32_t> as_set(found.begin(), found.end());
      if (as_set != records || found.size() != records.size()) ++wrong;
    }
    CHECK(wrong == 0);
    for (int at = 0; at < 1'000; ++at) CHECK(find(random.next()).empty());
  }

  support::TempDir folder;
  IndexLimits limits;
  SeededRandom random{7};
  std::unique_ptr<Connection> db;
  std::unique_ptr<IdentityIndex> index;
  std::map<std::uint64_t, std::set<std::uint32_t>> expected;
  std::uint32_t next = 1;
};

}  // namespace

TEST_CASE("keys are found through memtable, runs, merges and restarts") {
  IndexDesk desk;
  for (int commit = 0; commit < 200; ++commit) {
    std::vector<record::IdentityKeys> keys;
    for (int row = 0; row < 20; ++row) keys.push_back(desk.random_keys());
    desk.add(keys);
  }
  const auto levels = desk.db->number("SELECT max(level) FROM keyrun");
  CHECK(levels >= 2);
  desk.check_all();
  desk.open();
  desk.check_all();
  // Merging keeps the number of runs of a shard logarithmic.
  CHECK(desk.index->run_count() <= 32 * 3 * 5);
}

TEST_CASE("a page holds its entries even when a run fills many") {
  IndexDesk desk({100'000, 3});
  std::vector<record::IdentityKeys> keys;
  // All in one shard, so that a run has several pages.
  for (int row = 0; row < 25'000; ++row) {
    auto of_record = desk.random_keys();
    for (std::uint64_t& key : of_record) key = key >> 5 == 0 ? 0 : (key >> 5) | 1;
    keys.push_back(of_record);
  }
  desk.add(keys);
  CHECK(desk.db->number("SELECT count(*) FROM keypage") > 20);
  std::size_t wrong = 0;
  for (const auto& [key, records] : desk.expected) {
    if (desk.find(key).size() != records.size()) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("records of one key come newest first, over pages and runs, up to the cap") {
  IndexDesk desk({12'000, 3});
  for (int commit = 0; commit < 10; ++commit) {
    desk.add(std::vector<record::IdentityKeys>(3'000, record::IdentityKeys{0, 0, 0, 42, 0}));
  }
  CHECK(desk.db->number("SELECT count(*) FROM keypage") > 3);
  const auto all = desk.find(42);
  REQUIRE(all.size() == 30'000);
  CHECK(std::is_sorted(all.rbegin(), all.rend()));
  const auto newest = desk.find(42, 64);
  REQUIRE(newest.size() == 64);
  CHECK(newest.front() == 30'000);
  CHECK(newest.back() == 30'000 - 63);
  desk.open();
  CHECK(desk.find(42).size() == 30'000);
}

TEST_CASE("a filter has few false answers and no wrong denial") {
  BloomFilter filter(10'000);
  SeededRandom random(3);
  std::vector<std::uint64_t> keys;
  for (int at = 0; at < 10'000; ++at) keys.push_back(random.next());
  SECTION("of spread keys") {}
  SECTION("of the keys of one shard") {
    for (std::uint64_t& key : keys) key = (key >> 5) | (std::uint64_t{9} << 59);
  }
  for (const std::uint64_t key : keys) filter.add(key);
  for (const std::uint64_t key : keys) REQUIRE(filter.may_hold(key));
  int wrong = 0;
  for (int at = 0; at < 100'000; ++at) wrong += filter.may_hold(random.next()) ? 1 : 0;
  CHECK(wrong < 1'500);
}

TEST_CASE("a filter that does not fit its run is noticed") {
  IndexDesk desk;
  std::vector<record::IdentityKeys> keys;
  for (int row = 0; row < 100; ++row) keys.push_back(desk.random_keys());
  desk.add(keys);
  REQUIRE(desk.db->number("SELECT count(*) FROM keyfilter") > 0);
  std::string damage;
  SECTION("too short") {
    damage = "UPDATE keyfilter SET data = x'00'";
  }
  SECTION("too long") {
    damage = "UPDATE keyfilter SET data = zeroblob(100000)";
  }
  SECTION("missing") {
    damage = "DELETE FROM keyfilter";
  }
  desk.db->execute(damage.c_str());
  desk.index->load();
  CHECK(error_of(desk.db->outcome()) == Errc::corrupt);
}
