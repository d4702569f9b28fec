#include "ledger/sqlite/write_hint.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace devicebatch::ledger {
namespace {

// Below this the call costs more than it saves.
constexpr std::int64_t kStep = std::int64_t{1} << 20;

}  // namespace

WriteHint::WriteHint(const std::string& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)) {
  struct stat state {};
  if (file_ >= 0 && fstat(file_, &state) == 0) hinted_ = state.st_size;
}

WriteHint::~WriteHint() {
  if (file_ >= 0) ::close(file_);
}

void WriteHint::nudge() {
  struct stat state {};
  if (file_ < 0 || fstat(file_, &state) != 0) return;
  if (state.st_size < hinted_) hinted_ = state.st_size;
  if (state.st_size - hinted_ < kStep) return;
  // A refusal costs nothing but the hint.
  (void)sync_file_range(file_, hinted_, state.st_size - hinted_, SYNC_FILE_RANGE_WRITE);
  hinted_ = state.st_size;
}

}  // namespace devicebatch::ledger
