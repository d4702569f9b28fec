#include "record/identity.hpp"

#include "record/placeholder.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace devicebatch;
using namespace devicebatch::record;

namespace {

Identity full_identity() {
  Identity identity;
  identity.serial = "CONTOSO-0000001";
  identity.pkid = "3305000000001";
  identity.manufacturer = "Contoso";
  identity.model = "Book";
  identity.hash_digest.emplace().fill(1);
  identity.tpm.emplace().fill(2);
  identity.uuid.emplace().fill(3);
  return identity;
}

}  // namespace

TEST_CASE("a full identity has five keys and the lookup key of each value is the same") {
  const Identity identity = full_identity();
  const IdentityKeys keys = keys_of(identity, 42);
  CHECK(std::set(keys.begin(), keys.end()).size() == kKeyKinds);
  CHECK(keys[1] == key_of(KeyKind::tpm, *identity.tpm, 42));
  CHECK(keys[2] == key_of(KeyKind::uuid, *identity.uuid, 42));
  CHECK(keys[3] == key_of(KeyKind::serial, identity.serial, 42));
  CHECK(keys[4] == key_of(KeyKind::pkid, identity.pkid, 42));
}

TEST_CASE("absent values have no key, the record always has one") {
  const IdentityKeys keys = keys_of(Identity{}, 42);
  CHECK(keys[0] != 0);
  for (std::size_t kind = 1; kind < kKeyKinds; ++kind) CHECK(keys[kind] == 0);
}

TEST_CASE("kind and seed are part of a key") {
  CHECK(key_of(KeyKind::serial, "A", 1) != key_of(KeyKind::pkid, "A", 1));
  CHECK(key_of(KeyKind::serial, "A", 1) != key_of(KeyKind::serial, "A", 2));
  CHECK(key_of(KeyKind::serial, "", 1) != 0);
}

TEST_CASE("every field is part of the record key, and so are the boundaries") {
  std::set<std::uint64_t> keys{keys_of(full_identity(), 7)[0]};
  const auto changed = [&](auto change) {
    Identity identity = full_identity();
    change(identity);
    keys.insert(keys_of(identity, 7)[0]);
  };
  changed([](Identity& one) { one.serial = "CONTOSO-0000002"; });
  changed([](Identity& one) { one.pkid = ""; });
  changed([](Identity& one) { one.manufacturer = "contoso"; });
  changed([](Identity& one) { one.model = "Book "; });
  changed([](Identity& one) { (*one.hash_digest)[31] = 9; });
  changed([](Identity& one) { one.hash_digest.reset(); });
  changed([](Identity& one) { one.manufacturer = "", one.model = "ContosoBook"; });
  changed([](Identity& one) { one.manufacturer = "ContosoBook", one.model = ""; });
  CHECK(keys.size() == 9);
  Identity same = full_identity();
  same.tpm.reset();
  same.uuid.reset();
  CHECK(keys.contains(keys_of(same, 7)[0]));
}

TEST_CASE("filler UUIDs are known") {
  SmbiosUuid uuid{};
  CHECK(is_placeholder_uuid(uuid));
  uuid = {1, 2, 3, 4, 5, 6};
  CHECK(is_placeholder_uuid(uuid));
  uuid[6] = 1;
  CHECK_FALSE(is_placeholder_uuid(uuid));
  uuid.fill(0xFF);
  CHECK(is_placeholder_uuid(uuid));
  CHECK(is_placeholder_uuid({0x00, 0x02, 0x00, 0x03, 0x00, 0x04, 0x00, 0x05, 0x00, 0x06, 0x00, 0x07,
                             0x00, 0x08, 0x00, 0x09}));
}
