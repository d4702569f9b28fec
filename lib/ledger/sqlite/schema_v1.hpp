// ledger/sqlite/schema_v1.hpp - the first schema, word by word. Never edited once released.
//
// Units:     times in milliseconds since 1970 (0: never), captured in seconds since 2000, uuids 16
//            bytes.
#pragma once

namespace devicebatch::ledger {

inline constexpr const char* kSchemaV1 = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- Counters that move in the transaction of the rows they count (ledger/store/tally.hpp).
CREATE TABLE tally(id INTEGER PRIMARY KEY, n INTEGER NOT NULL);

CREATE TABLE destination(
  id INTEGER PRIMARY KEY,
  customer BLOB NOT NULL,
  batch TEXT NOT NULL,
  batch_folded TEXT NOT NULL,
  account TEXT NOT NULL,
  spelling TEXT NOT NULL DEFAULT '',
  presence INTEGER NOT NULL DEFAULT 0,
  paused_code TEXT NOT NULL DEFAULT '',
  paused_reason TEXT NOT NULL DEFAULT '',
  paused_at INTEGER NOT NULL DEFAULT 0,
  throttled_until INTEGER NOT NULL DEFAULT 0,
  UNIQUE(customer, batch_folded));

CREATE TABLE submission(
  id INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,
  destination INTEGER NOT NULL,
  last_line INTEGER NOT NULL DEFAULT 0,
  records INTEGER NOT NULL DEFAULT 0,
  first_record INTEGER NOT NULL DEFAULT 0,
  last_record INTEGER NOT NULL DEFAULT 0,
  open INTEGER NOT NULL DEFAULT 0,      -- records without a verdict
  unplanned INTEGER NOT NULL DEFAULT 0, -- of those, never put into a chunk
  plan_from INTEGER NOT NULL DEFAULT 0, -- records before this one are planned
  verdict1 INTEGER NOT NULL DEFAULT 0, verdict2 INTEGER NOT NULL DEFAULT 0,
  verdict3 INTEGER NOT NULL DEFAULT 0, verdict4 INTEGER NOT NULL DEFAULT 0,
  verdict5 INTEGER NOT NULL DEFAULT 0, verdict6 INTEGER NOT NULL DEFAULT 0,
  verdict7 INTEGER NOT NULL DEFAULT 0,
  seen INTEGER NOT NULL,
  accepted INTEGER NOT NULL DEFAULT 0,
  finished INTEGER NOT NULL DEFAULT 0,
  repeats INTEGER,
  fingerprint INTEGER,
  uuid BLOB NOT NULL,
  sha256 BLOB,
  bytes INTEGER NOT NULL,
  source TEXT NOT NULL,
  name TEXT NOT NULL,
  claim_name TEXT NOT NULL,
  encoding TEXT NOT NULL DEFAULT '',
  dialect TEXT NOT NULL DEFAULT '',
  refusal_code TEXT,
  refusal_field INTEGER,
  refusal_reason TEXT,
  refusal_fix TEXT,
  archived_as TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX submission_uuid ON submission(uuid);
CREATE INDEX submission_open ON submission(state, seen) WHERE state < 4;
CREATE INDEX submission_settled ON submission(id) WHERE state = 3 AND open = 0;
CREATE INDEX submission_plannable ON submission(destination, id) WHERE state = 3 AND unplanned > 0;
CREATE INDEX submission_fingerprint ON submission(destination, fingerprint)
  WHERE fingerprint IS NOT NULL;
CREATE INDEX submission_sha256 ON submission(destination, sha256)
  WHERE state = 4 AND repeats IS NULL AND refusal_code IS NULL;

-- Append order; small, because every change of state rewrites the row.
CREATE TABLE record(
  id INTEGER PRIMARY KEY,
  submission INTEGER NOT NULL,
  line INTEGER NOT NULL,
  verdict INTEGER NOT NULL,
  chunk INTEGER,         -- the latest that carries it
  first_record INTEGER,  -- who had the device first, or who took its place
  finished INTEGER NOT NULL,
  captured INTEGER NOT NULL,
  hash_form INTEGER NOT NULL,
  pack INTEGER, off INTEGER, len INTEGER,
  serial TEXT NOT NULL, pkid TEXT NOT NULL, manufacturer TEXT NOT NULL, model TEXT NOT NULL,
  group_tag TEXT);
CREATE INDEX record_first ON record(first_record) WHERE first_record IS NOT NULL;

-- The hashes of one batch back to back.
CREATE TABLE pack(id INTEGER PRIMARY KEY, data BLOB NOT NULL);

-- id = record * 32 + number; of a whole file: -(submission * 32 + number).
CREATE TABLE finding(
  id INTEGER PRIMARY KEY, severity INTEGER NOT NULL, field INTEGER NOT NULL,
  code TEXT NOT NULL, reason TEXT NOT NULL, fix TEXT NOT NULL);

-- What the service (or we, in its place) said about a record, unless it was a plain "registered".
CREATE TABLE outcome(record INTEGER PRIMARY KEY, code TEXT NOT NULL, message TEXT NOT NULL,
  fix TEXT NOT NULL);

CREATE TABLE chunk(
  id INTEGER PRIMARY KEY,
  destination INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  devices INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  polls INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL DEFAULT 0,
  planned INTEGER NOT NULL,
  submitted INTEGER NOT NULL DEFAULT 0,
  settled INTEGER NOT NULL DEFAULT 0,
  is_stalled INTEGER NOT NULL DEFAULT 0,
  may_have_reached INTEGER NOT NULL DEFAULT 0, -- some attempt may have had an effect
  request_id BLOB NOT NULL UNIQUE,
  body_sha256 BLOB,
  tracking_id BLOB,
  lease_owner TEXT,
  lease_until INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '');
CREATE INDEX chunk_unsent ON chunk(destination, id) WHERE state < 3;
CREATE INDEX chunk_jobs ON chunk(not_before) WHERE state = 3;

-- Immutable: the record ids in their order, 8 bytes little-endian each.
CREATE TABLE chunk_members(chunk INTEGER PRIMARY KEY, records BLOB NOT NULL);

-- n counts the POSTs of a chunk from 1; n = 0 is the latest poll of its job.
CREATE TABLE attempt(
  chunk INTEGER NOT NULL, n INTEGER NOT NULL,
  started INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0,
  owner TEXT NOT NULL DEFAULT '', sent_correlation_id BLOB, outcome TEXT NOT NULL DEFAULT '',
  http_status INTEGER NOT NULL DEFAULT 0,
  request_id TEXT NOT NULL DEFAULT '', correlation_id TEXT NOT NULL DEFAULT '',
  cv TEXT NOT NULL DEFAULT '', server_id TEXT NOT NULL DEFAULT '', date TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  PRIMARY KEY(chunk, n)) WITHOUT ROWID;

-- Records that were in a chunk and wait for another one.
CREATE TABLE requeue(record INTEGER PRIMARY KEY, destination INTEGER NOT NULL,
  not_before INTEGER NOT NULL);
CREATE INDEX requeue_due ON requeue(destination, not_before, record);
-- The chunks they were in.
CREATE TABLE carried(record INTEGER NOT NULL, chunk INTEGER NOT NULL,
  PRIMARY KEY(record, chunk)) WITHOUT ROWID;

-- The identity index (ledger/index/identity_index.hpp).
CREATE TABLE keylog(first INTEGER PRIMARY KEY, keys BLOB NOT NULL);
CREATE TABLE keyrun(id INTEGER PRIMARY KEY, level INTEGER NOT NULL, shard INTEGER NOT NULL,
  n INTEGER NOT NULL, fence BLOB NOT NULL);
CREATE TABLE keypage(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE keyfilter(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
)sql";

}  // namespace devicebatch::ledger
