#include "sandbox/service/job_quirks.hpp"

namespace devicebatch::sandbox {

void JobQuirks::merge(const JobQuirks& other) {
  is_stuck |= other.is_stuck;
  hides_devices |= other.hides_devices;
  nulls_devices |= other.nulls_devices;
  is_shuffled |= other.is_shuffled;
  goes_back |= other.goes_back;
  fails |= other.fails;
  fails_devices |= other.fails_devices;
  omitted += other.omitted;
  strangers += other.strangers;
  repeated += other.repeated;
  storage_errors += other.storage_errors;
  hidden += other.hidden;
  unknown += other.unknown;
  batch_hidden += other.batch_hidden;
  if (!lost) lost = other.lost;
  if (!duration) duration = other.duration;
}

}  // namespace devicebatch::sandbox
