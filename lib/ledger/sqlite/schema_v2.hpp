// ledger/sqlite/schema_v2.hpp - what the second schema adds to the first. Never edited once
// released.
//
// Units:     as in schema_v1.hpp. A record's chunk may be 0: in none, and not to be planned by the
//            cursor of its submission; it waits in `requeue` or `held`.
#pragma once

namespace devicebatch::ledger {

inline constexpr const char* kSchemaV2 = R"sql(
CREATE TABLE account(
  name TEXT PRIMARY KEY,
  paused_code TEXT NOT NULL DEFAULT '',
  paused_reason TEXT NOT NULL DEFAULT '',
  paused_at INTEGER NOT NULL DEFAULT 0,
  throttled_until INTEGER NOT NULL DEFAULT 0,
  honours INTEGER NOT NULL DEFAULT 0,
  concurrency INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
INSERT INTO account(name, throttled_until)
  SELECT account, max(throttled_until) FROM destination WHERE throttled_until > 0 GROUP BY account;
ALTER TABLE destination DROP COLUMN throttled_until;
ALTER TABLE destination ADD COLUMN learned_devices INTEGER NOT NULL DEFAULT 0;
ALTER TABLE destination ADD COLUMN learned_bytes INTEGER NOT NULL DEFAULT 0;

ALTER TABLE chunk ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunk ADD COLUMN failing_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunk ADD COLUMN had_unknown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunk ADD COLUMN inquiry INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunk ADD COLUMN unknown_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunk ADD COLUMN looks INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chunk ADD COLUMN split_from INTEGER;
UPDATE chunk SET had_unknown = 1 WHERE state < 4 AND EXISTS(
  SELECT 1 FROM attempt WHERE attempt.chunk = chunk.id AND n > 0 AND outcome = 'unconfirmed');
UPDATE chunk SET
  inquiry = EXISTS(
    SELECT 1 FROM attempt WHERE attempt.chunk = chunk.id AND n = 0 AND outcome = 'lost'),
  unknown_since = ifnull((SELECT max(ended) FROM attempt WHERE attempt.chunk = chunk.id), planned)
  WHERE state = 2;
ALTER TABLE attempt ADD COLUMN tries INTEGER NOT NULL DEFAULT 1;
-- A person had the record tried again: what went before no longer makes it old.
ALTER TABLE carried ADD COLUMN is_forgiven INTEGER NOT NULL DEFAULT 0;

-- Records that wait for a person. `who` and `why` are those of the person who held it.
CREATE TABLE held(record INTEGER PRIMARY KEY, destination INTEGER NOT NULL, at INTEGER NOT NULL,
  code TEXT NOT NULL, message TEXT NOT NULL, fix TEXT NOT NULL,
  who TEXT NOT NULL DEFAULT '', why TEXT NOT NULL DEFAULT '');
CREATE INDEX held_destination ON held(destination);

-- The service's ids: 16 bytes when it is a GUID, else its text.
CREATE TABLE device_id(record INTEGER PRIMARY KEY, id NOT NULL);

-- Every record with the verdict failed.
CREATE TABLE dead_letter(record INTEGER PRIMARY KEY, destination INTEGER NOT NULL,
  code TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX dead_letter_code ON dead_letter(destination, code);
INSERT INTO dead_letter(record, destination, code, at)
  SELECT record.id, submission.destination, ifnull(outcome.code, ''), record.finished
  FROM submission JOIN record ON record.id BETWEEN submission.first_record AND
  submission.last_record AND record.submission = submission.id
  LEFT JOIN outcome ON outcome.record = record.id
  WHERE submission.verdict6 > 0 AND record.verdict = 6;

CREATE TABLE audit(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL,
  why TEXT NOT NULL, verb TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX audit_target ON audit(target);
)sql";

}  // namespace devicebatch::ledger
