#include "unit/ledger/faulty_files.hpp"

#include "base/check.hpp"

#include <errno.h>
#include <sqlite3.h>
#include <unistd.h>

namespace devicebatch::ledger {
namespace {

FaultyFiles::Judge g_judge;
int g_count = 0;

bool may_pass() {
  const int error = g_judge(++g_count);
  errno = error;
  return error == 0;
}

ssize_t judged_pwrite(int file, const void* data, size_t size, off_t offset) {
  return may_pass() ? ::pwrite(file, data, size, offset) : -1;
}
int judged_ftruncate(int file, off_t size) {
  return may_pass() ? ::ftruncate(file, size) : -1;
}
int judged_unlink(const char* path) {
  return may_pass() ? ::unlink(path) : -1;
}

template <class Function>
void replace(const char* name, Function* function) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  const auto call = reinterpret_cast<sqlite3_syscall_ptr>(function);
  const int result = vfs->xSetSystemCall(vfs, name, call);
  DEVICEBATCH_CHECK(result == SQLITE_OK);
}

}  // namespace

FaultyFiles::FaultyFiles(Judge judge) {
  g_judge = std::move(judge);
  g_count = 0;
  replace("pwrite", &judged_pwrite);
  replace("pwrite64", &judged_pwrite);
  replace("ftruncate", &judged_ftruncate);
  replace("unlink", &judged_unlink);
}

FaultyFiles::~FaultyFiles() {
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  vfs->xSetSystemCall(vfs, nullptr, nullptr);
  g_judge = nullptr;
}

int FaultyFiles::count() const {
  return g_count;
}

}  // namespace devicebatch::ledger
