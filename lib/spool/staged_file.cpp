#include "spool/staged_file.hpp"

#include "base/hex.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "spool/names.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <vector>

namespace devicebatch::spool {
namespace {

// Receipts are for the people at the line, who share the folder's group.
constexpr mode_t kFileMode = 0640;

// Below 16 KiB the calls show for large receipts; above, nothing is gained.
constexpr std::size_t kBufferBytes = 64 * 1024;

constexpr std::string_view kStagedSuffix = ".part";
constexpr std::size_t kTokenBytes = 8;

const std::string& process_token() {
  static const std::string token = [] {
    SystemRandom random;
    const std::uint64_t number = random.next();
    std::array<std::uint8_t, kTokenBytes / 2> bytes;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      bytes[at] = static_cast<std::uint8_t>(number >> (8 * at));
    }
    return to_hex(bytes);
  }();
  return token;
}

std::string staged_name_for(const std::string& name) {
  static std::atomic<std::uint64_t> counter{0};
  // Leaves room for the dot, the token, a number of any size and the suffix.
  return "." + fit_name(name, 200) + "." + process_token() + "-" + std::to_string(++counter) +
         std::string(kStagedSuffix);
}

bool is_hex(char c) {
  return is_ascii_digit(c) || (c >= 'a' && c <= 'f');
}

// The token inside a staged name; empty when the name is not one of ours.
std::string_view token_of(std::string_view name) {
  if (!name.starts_with('.') || !name.ends_with(kStagedSuffix)) return {};
  name.remove_suffix(kStagedSuffix.size());
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash < kTokenBytes + 2) return {};
  const std::string_view number = name.substr(dash + 1);
  const std::string_view token = name.substr(dash - kTokenBytes, kTokenBytes);
  const bool is_ours = !number.empty() && std::ranges::all_of(number, is_ascii_digit) &&
                       std::ranges::all_of(token, is_hex) && name[dash - kTokenBytes - 1] == '.';
  return is_ours ? token : std::string_view();
}

}  // namespace

StagedFile::StagedFile(Directory staging, FileHandle file, std::string name,
                       std::string staged_name)
    : staging_(std::move(staging)),
      file_(std::move(file)),
      name_(std::move(name)),
      staged_name_(std::move(staged_name)) {}

Result<StagedFile> StagedFile::create(const Directory& staging, const std::string& name) {
  if (!is_plain_name(name)) return fail(Errc::rejected, printable(name) + " is not a file name");
  auto own_staging = staging.duplicate();
  if (!own_staging) return fail(std::move(own_staging.error()));
  std::string staged_name = staged_name_for(name);
  auto file = staging.create_file(staged_name, kFileMode);
  if (!file) return fail(std::move(file.error()));
  return StagedFile(std::move(*own_staging), std::move(*file), name, std::move(staged_name));
}

StagedFile::~StagedFile() {
  // A moved-from object may have kept the characters of a short name; the handle tells.
  if (file_ && !staged_name_.empty()) (void)staging_.remove(staged_name_);  // nothing better to do
}

Result<void> StagedFile::write(std::string_view bytes) {
  bytes_ += bytes.size();
  if (buffer_.size() + bytes.size() > kBufferBytes) {
    auto flushed = flush();
    if (!flushed) return flushed;
  }
  if (bytes.size() >= kBufferBytes) return file_.write_all(bytes);
  buffer_.append(bytes);
  return {};
}

Result<void> StagedFile::flush() {
  auto written = file_.write_all(buffer_);
  buffer_.clear();
  if (!written) return fail(std::move(written), printable(name_));
  return {};
}

Result<void> StagedFile::sync() {
  auto flushed = flush();
  if (!flushed) return flushed;
  auto synced = file_.sync();
  if (!synced) return fail(std::move(synced), printable(name_));
  return {};
}

Result<void> StagedFile::publish_over(const Directory& target) {
  auto renamed = rename_over(Entry(staging_, staged_name_), Entry(target, name_));
  if (renamed) staged_name_.clear();
  return renamed;
}

Result<void> StagedFile::publish_new(const Directory& target) {
  auto renamed = rename_new(Entry(staging_, staged_name_), Entry(target, name_));
  if (renamed) staged_name_.clear();
  return renamed;
}

Result<std::string> write_staged(const Directory& staging, const std::string& name,
                                 std::string_view text, SyncNow sync) {
  if (!is_plain_name(name)) return fail(Errc::rejected, printable(name) + " is not a file name");
  std::string staged_name = staged_name_for(name);
  auto file = staging.create_file(staged_name, kFileMode);
  if (!file) return fail(std::move(file.error()));
  auto written = file->write_all(text);
  if (written && sync == SyncNow::yes) written = file->sync();
  if (written) return staged_name;
  (void)staging.remove(staged_name);  // the first error is the one to tell
  return fail(std::move(written.error()).within(printable(name)));
}

Result<void> sweep_staged(const Directory& staging) {
  std::vector<std::string> leftovers;
  auto listed = staging.visit([&](const char* name, unsigned char) {
    const std::string_view token = token_of(name);
    if (!token.empty() && token != process_token()) leftovers.emplace_back(name);
    return true;
  });
  if (!listed) return listed;
  for (const std::string& name : leftovers) {
    auto removed = staging.remove(name);
    if (!removed && removed.error().code() != Errc::not_found) return removed;
  }
  return {};
}

}  // namespace devicebatch::spool
