// bench/ledger_load.hpp - filling a ledger with made-up devices, for programs that measure it.
//
// Threading: one thread, which is the ledger's while it lasts.
// Errors:    none are handed back: a benchmark that cannot go on says why and ends with status 1.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "ledger/ledger.hpp"
#include "record/record_batch.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace devicebatch::bench {

void require(bool is_fine, const std::string& what);

double seconds_since(MonoTime start);

// The number behind a word of a file below /proc, like "VmHWM:" of /proc/self/status; 0 without.
std::uint64_t number_in(const char* file, const std::string& word);

// Opens or makes it.
std::unique_ptr<ledger::Ledger> open_ledger(const std::string& path);

// Devices that nobody else has: random keys, and hashes of some 1,100 random bytes unless `bare`.
class DeviceSupply {
 public:
  DeviceSupply(std::uint64_t seed, bool is_bare) : random_(seed), is_bare_(is_bare) {}

  std::unique_ptr<record::RecordBatch> batch(std::uint64_t rows);

 private:
  void add_row(record::RecordBatch& batch);
  void add_hash(record::RecordBatch& batch, record::BatchRow& row);

  SeededRandom random_;
  bool is_bare_;
  std::uint64_t line_ = 0;
};

struct LoadCosts {
  double seconds = 0;  // without the time it takes to make the devices up
  double cpu = 0;      // of the calling thread: what is left on a busy machine
  double longest_commit = 0;
};

// One submission of `records` rows, committed every limits::kRecordsPerCommit.
LoadCosts load_devices(ledger::Ledger& ledger, DeviceSupply& supply, std::uint64_t records,
                       std::uint64_t rows_by_batch);

}  // namespace devicebatch::bench
