// ledger/sqlite/schema_v3.hpp - what the third schema adds to the second. Never edited once
// released.
//
// Units:     as in schema_v1.hpp. A record with a row in `route` has chunk 0 from its first day; it
//            is put into `requeue` when its file is complete.
#pragma once

namespace devicebatch::ledger {

inline constexpr const char* kSchemaV3 = R"sql(
-- What a message asked for. `due`: its submission has a result that nobody was told.
CREATE TABLE reply(
  submission INTEGER PRIMARY KEY,
  message_id BLOB,
  address BLOB NOT NULL,
  correlation BLOB NOT NULL,
  due INTEGER NOT NULL DEFAULT 0,
  sent INTEGER NOT NULL DEFAULT 0);
CREATE INDEX reply_due ON reply(submission) WHERE due <> 0;
CREATE INDEX reply_message ON reply(message_id) WHERE message_id IS NOT NULL;

-- Records that go to another destination than their submission, and how many it has.
CREATE TABLE route(record INTEGER PRIMARY KEY, destination INTEGER NOT NULL);
ALTER TABLE submission ADD COLUMN routed INTEGER NOT NULL DEFAULT 0;
-- Its file holds a product key and must not be kept as it came.
ALTER TABLE submission ADD COLUMN holds_secret INTEGER NOT NULL DEFAULT 0;

-- Every record with the verdict conflict.
CREATE TABLE conflict(record INTEGER PRIMARY KEY, code TEXT NOT NULL);
INSERT INTO conflict(record, code)
  SELECT record.id, ifnull((SELECT code FROM finding WHERE finding.id = record.id * 32), '')
  FROM submission JOIN record ON record.id BETWEEN submission.first_record AND
  submission.last_record AND record.submission = submission.id
  WHERE submission.verdict7 > 0 AND record.verdict = 7;

-- Records whose device is, by a person's word, that of the record named.
CREATE TABLE retired(record INTEGER PRIMARY KEY, by_record INTEGER NOT NULL);

-- What became of identities, beyond what the records themselves tell (ledger/identity/history.hpp).
CREATE TABLE history(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  record INTEGER NOT NULL,
  other INTEGER,
  detail TEXT NOT NULL);
CREATE INDEX history_record ON history(record);
CREATE TRIGGER history_stays BEFORE UPDATE ON history
  BEGIN SELECT RAISE(ABORT, 'the history of identities is never changed'); END;
CREATE TRIGGER history_is_kept BEFORE DELETE ON history
  BEGIN SELECT RAISE(ABORT, 'the history of identities is never deleted'); END;

-- Manufacturers (kind 0) and models (1) as verified hashes spell them.
CREATE TABLE spelling(
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  folded TEXT NOT NULL,
  exact TEXT NOT NULL,
  UNIQUE(kind, folded, exact));
)sql";

}  // namespace devicebatch::ledger
