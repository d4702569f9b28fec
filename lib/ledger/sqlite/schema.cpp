#include "ledger/sqlite/schema.hpp"

#include "ledger/sqlite/schema_v1.hpp"
#include "ledger/sqlite/schema_v2.hpp"
#include "ledger/sqlite/schema_v3.hpp"

#include <array>
#include <string>

namespace devicebatch::ledger {
namespace {

// Step n leads from version n to version n + 1. Steps that have left the house are never edited.
constexpr std::array<const char*, kSchemaVersion> kSteps{kSchemaV1, kSchemaV2, kSchemaV3};

Result<void> check_origin(Connection& connection, std::int64_t version) {
  const std::int64_t application = connection.number("PRAGMA application_id");
  const std::int64_t tables = connection.number("SELECT count(*) FROM sqlite_schema");
  auto read = connection.outcome();
  if (!read) return read;
  const bool is_fresh = application == 0 && version == 0 && tables == 0;
  if (!is_fresh && application != kApplicationId) {
    return fail(Errc::bad_config, "ledger " + connection.path() +
                                      ": this is the database of another program; name another "
                                      "file");
  }
  if (version <= kSchemaVersion) return {};
  return fail(Errc::bad_config,
              "ledger " + connection.path() + ": it was made by a newer devicebatchd (schema " +
                  std::to_string(version) + ", this program knows " +
                  std::to_string(kSchemaVersion) + "); install that version again");
}

Result<void> step_from(Connection& connection, std::int64_t version, Random& random) {
  connection.execute("BEGIN");
  connection.execute(kSteps[static_cast<std::size_t>(version)]);
  if (version == 0) {
    connection.run("INSERT INTO meta(name, value) VALUES('key_seed', ?)",
                   static_cast<std::int64_t>(random.next()));
  }
  const std::string stamp = "PRAGMA application_id = " + std::to_string(kApplicationId) +
                            "; PRAGMA user_version = " + std::to_string(version + 1) + "; COMMIT";
  connection.execute(stamp.c_str());
  auto done = connection.outcome();
  if (!done) connection.rollback();
  return done;
}

}  // namespace

Result<void> bring_up_to_date(Connection& connection, Random& random) {
  std::int64_t version = connection.number("PRAGMA user_version");
  auto known = check_origin(connection, version);
  if (!known) return known;
  for (; version < kSchemaVersion; ++version) {
    auto stepped = step_from(connection, version, random);
    if (!stepped) return stepped;
  }
  return {};
}

}  // namespace devicebatch::ledger
