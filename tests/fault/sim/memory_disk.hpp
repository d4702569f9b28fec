// sim/memory_disk.hpp - files in memory that forget what was not synced when the power goes.
//
// Purpose:   what a disk promises and nothing more: a write is seen at once, is durable after a
//            sync of its file, and until then survives a loss of power or not, block by block.
// Lifecycle: after kill() every operation fails and changes nothing, until restart().
// Threading: one thread.
// Source:    the same assumptions as SQLite's own crash tests: blocks of 4,096 bytes that may be
//            torn at 512, sizes and names that may lag behind.
#pragma once

#include "fault/sim/dice.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace devicebatch::sim {

class MemoryDisk {
 public:
  using Bytes = std::vector<std::uint8_t>;
  using Image = std::map<std::string, Bytes>;

  struct File {
    Bytes bytes;
    std::size_t durable_size = 0;
    bool has_durable_name = false;
    std::map<std::size_t, Bytes> durable_blocks;  // what blocks were at the last sync
  };

  explicit MemoryDisk(Dice& dice) : dice_(dice) {}

  // Everything is durable, to begin with.
  void load(const Image& image);
  Image image() const;

  enum class Fault { none, full, io };
  bool exists(const std::string& name) const { return files_.contains(name); }
  File* open(const std::string& name, bool may_make);
  Fault remove(const std::string& name, bool syncs_folder);
  bool read(const File& file, std::span<std::uint8_t> into, std::size_t offset) const;
  Fault write(File& file, std::span<const std::uint8_t> bytes, std::size_t offset);
  Fault truncate(File& file, std::size_t size);
  Fault sync(File& file);

  // The process is gone: nothing of it reaches the disk any more.
  void kill() { is_dead_ = true; }
  bool is_dead() const { return is_dead_; }
  enum class Ending { crash, power_loss };
  void restart(Ending ending);

  // kill() before the operation with this number from now, from 1.
  void kill_in(int operations) { kill_in_ = operations; }
  void fail_write_in(int writes) { fail_write_in_ = writes; }
  void fail_sync_in(int syncs) { fail_sync_in_ = syncs; }
  void set_full(bool is_full) { is_full_ = is_full; }
  bool is_full() const { return is_full_; }
  void forget_faults();
  // An error of input or output was given since the last call.
  bool take_io_failure() { return std::exchange(has_failed_, false); }
  // A sabotage: syncs say that they worked and did nothing.
  void ignore_syncs() { ignores_syncs_ = true; }

 private:
  bool is_killed_now();
  static bool counts_down(int& left);
  void keep_block(File& file, std::size_t block);
  void lose_power(File& file);
  void restore_block(File& file, std::size_t block, const Bytes& old);

  Dice& dice_;
  std::map<std::string, std::unique_ptr<File>> files_;
  std::map<std::string, std::unique_ptr<File>> removed_;  // but not durably
  bool is_dead_ = false;
  bool is_full_ = false;
  bool has_failed_ = false;
  bool ignores_syncs_ = false;
  int kill_in_ = 0;
  int fail_write_in_ = 0;
  int fail_sync_in_ = 0;
};

}  // namespace devicebatch::sim
