#include "fault/sim/disk_vfs.hpp"

#include "base/check.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace devicebatch::sim {
namespace {

struct Current {
  MemoryDisk* disk = nullptr;
  Dice* dice = nullptr;
  int last_error = 0;
};
Current current;

struct OpenFile {
  sqlite3_file base;  // first: SQLite sees this one
  MemoryDisk::File* file;
};

MemoryDisk::File& file_of(sqlite3_file* handle) {
  return *reinterpret_cast<OpenFile*>(handle)->file;
}

int result_of(MemoryDisk::Fault fault, int io_result) {
  switch (fault) {
    case MemoryDisk::Fault::none:
      return SQLITE_OK;
    case MemoryDisk::Fault::full:
      current.last_error = ENOSPC;
      return SQLITE_FULL;
    case MemoryDisk::Fault::io:
      break;
  }
  current.last_error = EIO;
  return io_result;
}

std::span<const std::uint8_t> bytes_at(const void* data, int amount) {
  return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(amount)};
}

int close_file(sqlite3_file*) {
  return SQLITE_OK;
}

int read_file(sqlite3_file* handle, void* into, int amount, sqlite3_int64 offset) {
  const std::span bytes(static_cast<std::uint8_t*>(into), static_cast<std::size_t>(amount));
  const bool is_whole =
      current.disk->read(file_of(handle), bytes, static_cast<std::size_t>(offset));
  return is_whole ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* handle, const void* data, int amount, sqlite3_int64 offset) {
  const auto fault = current.disk->write(file_of(handle), bytes_at(data, amount),
                                         static_cast<std::size_t>(offset));
  return result_of(fault, SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* handle, sqlite3_int64 size) {
  const auto fault = current.disk->truncate(file_of(handle), static_cast<std::size_t>(size));
  return result_of(fault, SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* handle, int) {
  return result_of(current.disk->sync(file_of(handle)), SQLITE_IOERR_FSYNC);
}

int size_of_file(sqlite3_file* handle, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(file_of(handle).bytes.size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) {
  return SQLITE_OK;
}
int check_lock(sqlite3_file*, int* is_locked) {
  *is_locked = 0;
  return SQLITE_OK;
}
int control_file(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) {
  return 4096;
}
int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

sqlite3_io_methods make_methods() {
  sqlite3_io_methods methods{};
  methods.iVersion = 1;
  methods.xClose = close_file;
  methods.xRead = read_file;
  methods.xWrite = write_file;
  methods.xTruncate = truncate_file;
  methods.xSync = sync_file;
  methods.xFileSize = size_of_file;
  methods.xLock = lock_file;
  methods.xUnlock = lock_file;
  methods.xCheckReservedLock = check_lock;
  methods.xFileControl = control_file;
  methods.xSectorSize = sector_size;
  methods.xDeviceCharacteristics = characteristics;
  return methods;
}

const sqlite3_io_methods kMethods = make_methods();

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* handle, int flags, int* out_flags) {
  handle->pMethods = nullptr;
  MemoryDisk::File* file = nullptr;
  if (name != nullptr) file = current.disk->open(name, (flags & SQLITE_OPEN_CREATE) != 0);
  if (file == nullptr) {
    current.last_error = current.disk->is_dead() ? EIO : ENOENT;
    return current.disk->is_dead() ? SQLITE_IOERR : SQLITE_CANTOPEN;
  }
  reinterpret_cast<OpenFile*>(handle)->file = file;
  handle->pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs*, const char* name, int syncs_folder) {
  if (!current.disk->exists(name)) return SQLITE_IOERR_DELETE_NOENT;
  return result_of(current.disk->remove(name, syncs_folder != 0), SQLITE_IOERR_DELETE);
}

int look_at_file(sqlite3_vfs*, const char* name, int, int* is_there) {
  *is_there = current.disk->exists(name) ? 1 : 0;
  return SQLITE_OK;
}

int whole_name(sqlite3_vfs*, const char* name, int size, char* into) {
  sqlite3_snprintf(size, into, "%s", name);
  return SQLITE_OK;
}

int random_bytes(sqlite3_vfs*, int size, char* into) {
  for (int at = 0; at < size; ++at) {
    into[at] = static_cast<char>(current.dice == nullptr ? 0 : current.dice->number() >> 56);
  }
  return size;
}

int wait_not(sqlite3_vfs*, int) {
  return 0;
}
int any_time(sqlite3_vfs*, double* time) {
  *time = 2'461'000.5;
  return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) {
  return current.last_error;
}

void register_once() {
  static sqlite3_vfs vfs{};
  if (vfs.zName != nullptr) return;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(OpenFile);
  vfs.mxPathname = 512;
  vfs.zName = kDiskVfs;
  vfs.xOpen = open_file;
  vfs.xDelete = remove_file;
  vfs.xAccess = look_at_file;
  vfs.xFullPathname = whole_name;
  vfs.xRandomness = random_bytes;
  vfs.xSleep = wait_not;
  vfs.xCurrentTime = any_time;
  vfs.xGetLastError = last_error;
  // The default one, because SQLite takes its own random numbers from that.
  DEVICEBATCH_CHECK(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

}  // namespace

void use_disk(MemoryDisk& disk, Dice& dice) {
  register_once();
  current = {&disk, &dice, 0};
  sqlite3_randomness(0, nullptr);  // forget where the numbers of the run before had come to
}

}  // namespace devicebatch::sim
