// sim/disk_vfs.hpp - SQLite on a MemoryDisk.
//
// Lifecycle: registered once for the process; use() says which disk it works on.
// Threading: one thread, one connection.
#pragma once

#include "fault/sim/memory_disk.hpp"

namespace devicebatch::sim {

inline constexpr const char* kDiskVfs = "devicebatch-sim";

// SQLite's own random numbers come from `dice` from then on, which makes a run repeatable.
void use_disk(MemoryDisk& disk, Dice& dice);

}  // namespace devicebatch::sim
