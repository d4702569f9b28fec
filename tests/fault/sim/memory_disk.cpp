#include "fault/sim/memory_disk.hpp"

#include <algorithm>
#include <cstring>

namespace devicebatch::sim {
namespace {

constexpr std::size_t kBlock = 4096;
constexpr std::size_t kSector = 512;

}  // namespace

void MemoryDisk::load(const Image& image) {
  files_.clear();
  removed_.clear();
  for (const auto& [name, bytes] : image) {
    auto file = std::make_unique<File>();
    file->bytes = bytes;
    file->durable_size = bytes.size();
    file->has_durable_name = true;
    files_.emplace(name, std::move(file));
  }
}

MemoryDisk::Image MemoryDisk::image() const {
  Image image;
  for (const auto& [name, file] : files_) image.emplace(name, file->bytes);
  return image;
}

bool MemoryDisk::counts_down(int& left) {
  return left > 0 && --left == 0;
}

bool MemoryDisk::is_killed_now() {
  if (counts_down(kill_in_)) is_dead_ = true;
  return is_dead_;
}

void MemoryDisk::forget_faults() {
  kill_in_ = 0;
  fail_write_in_ = 0;
  fail_sync_in_ = 0;
  is_full_ = false;
}

MemoryDisk::File* MemoryDisk::open(const std::string& name, bool may_make) {
  if (is_dead_) return nullptr;
  const auto found = files_.find(name);
  if (found != files_.end()) return found->second.get();
  if (!may_make) return nullptr;
  return files_.emplace(name, std::make_unique<File>()).first->second.get();
}

MemoryDisk::Fault MemoryDisk::remove(const std::string& name, bool syncs_folder) {
  if (is_killed_now()) return Fault::io;
  auto file = files_.extract(name);
  if (file.empty()) return Fault::none;
  if (syncs_folder && !ignores_syncs_) {
    removed_.erase(name);
  } else if (file.mapped()->has_durable_name) {
    removed_[name] = std::move(file.mapped());
  }
  return Fault::none;
}

bool MemoryDisk::read(const File& file, std::span<std::uint8_t> into, std::size_t offset) const {
  std::fill(into.begin(), into.end(), std::uint8_t{0});
  if (offset >= file.bytes.size()) return false;
  const std::size_t there = std::min(into.size(), file.bytes.size() - offset);
  std::memcpy(into.data(), file.bytes.data() + offset, there);
  return there == into.size();
}

void MemoryDisk::keep_block(File& file, std::size_t block) {
  const auto [kept, is_new] = file.durable_blocks.try_emplace(block);
  if (!is_new) return;
  const std::size_t begin = block * kBlock;
  const std::size_t end = std::min({begin + kBlock, file.durable_size, file.bytes.size()});
  if (begin < end) {
    kept->second.assign(file.bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                        file.bytes.begin() + static_cast<std::ptrdiff_t>(end));
  }
}

MemoryDisk::Fault MemoryDisk::write(File& file, std::span<const std::uint8_t> bytes,
                                    std::size_t offset) {
  if (is_killed_now()) return Fault::io;
  if (counts_down(fail_write_in_)) {
    has_failed_ = true;
    return Fault::io;
  }
  const std::size_t end = offset + bytes.size();
  if (is_full_ && end > file.bytes.size()) return Fault::full;
  for (std::size_t block = offset / kBlock; block * kBlock < end; ++block) keep_block(file, block);
  if (end > file.bytes.size()) file.bytes.resize(end);
  std::memcpy(file.bytes.data() + offset, bytes.data(), bytes.size());
  return Fault::none;
}

MemoryDisk::Fault MemoryDisk::truncate(File& file, std::size_t size) {
  if (is_killed_now()) return Fault::io;
  for (std::size_t block = size / kBlock; block * kBlock < file.bytes.size(); ++block) {
    if (block * kBlock < file.durable_size) keep_block(file, block);
  }
  file.bytes.resize(size);
  return Fault::none;
}

MemoryDisk::Fault MemoryDisk::sync(File& file) {
  if (is_killed_now()) return Fault::io;
  if (counts_down(fail_sync_in_)) {
    has_failed_ = true;
    return Fault::io;
  }
  if (ignores_syncs_) return Fault::none;
  file.durable_blocks.clear();
  file.durable_size = file.bytes.size();
  file.has_durable_name = true;
  return Fault::none;
}

void MemoryDisk::restore_block(File& file, std::size_t block, const Bytes& old) {
  const std::size_t begin = block * kBlock;
  for (std::size_t at = 0; at < kBlock; ++at) {
    if (begin + at >= file.bytes.size()) break;
    file.bytes[begin + at] = at < old.size() ? old[at] : std::uint8_t{0};
  }
}

void MemoryDisk::lose_power(File& file) {
  enum class Mode { nothing, everything, some };
  const Mode mode = dice_.chance(0.4)   ? Mode::nothing
                    : dice_.chance(0.2) ? Mode::everything
                                        : Mode::some;
  const auto survives = [&] {
    return mode == Mode::everything || (mode == Mode::some && dice_.chance(0.5));
  };
  const std::size_t written_size = file.bytes.size();
  if (!survives() && file.durable_size != written_size) file.bytes.resize(file.durable_size);
  for (const auto& [block, old] : file.durable_blocks) {
    // What only a lost truncation had cut off is there as it was.
    const bool was_cut_off = block * kBlock >= written_size;
    if (!was_cut_off && survives()) continue;
    const Bytes written(file.bytes);
    restore_block(file, block, old);
    if (was_cut_off || mode != Mode::some || !dice_.chance(0.1)) continue;
    // Torn: some sectors are new, the others old.
    for (std::size_t at = block * kBlock; at < (block + 1) * kBlock; at += kSector) {
      if (at + kSector > file.bytes.size() || dice_.chance(0.5)) continue;
      std::memcpy(file.bytes.data() + at, written.data() + at, kSector);
    }
  }
}

void MemoryDisk::restart(Ending ending) {
  if (ending == Ending::power_loss) {
    for (auto file = files_.begin(); file != files_.end();) {
      const bool is_gone = !file->second->has_durable_name && dice_.chance(0.5);
      if (!is_gone) lose_power(*file->second);
      file = is_gone ? files_.erase(file) : std::next(file);
    }
    for (auto& [name, file] : removed_) {
      if (files_.contains(name) || dice_.chance(0.5)) continue;
      lose_power(*file);
      files_.emplace(name, std::move(file));
    }
    removed_.clear();
    for (auto& [name, file] : files_) {
      file->durable_blocks.clear();
      file->durable_size = file->bytes.size();
      file->has_durable_name = true;
    }
  }
  is_dead_ = false;
  forget_faults();
  has_failed_ = false;
}

}  // namespace devicebatch::sim
