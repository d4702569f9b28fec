#include "ledger/index/key_run.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <cstring>

namespace devicebatch::ledger {
namespace {

constexpr std::size_t kEntryBytes = sizeof(std::uint64_t) + sizeof(std::uint32_t);
constexpr std::size_t kFilterPart = std::size_t{1} << 20;

std::int64_t page_id(const KeyRun& run, std::size_t page) {
  return (run.id << 32) | static_cast<std::int64_t>(page);
}
std::int64_t part_id(const KeyRun& run, std::size_t part) {
  return (run.id << 20) | static_cast<std::int64_t>(part);
}

// A page as it is stored: all keys, then all records.
class PageView {
 public:
  explicit PageView(Bytes bytes) : bytes_(bytes), entries_(bytes.size() / kEntryBytes) {}
  std::size_t size() const { return entries_; }
  std::uint64_t key(std::size_t at) const { return read<std::uint64_t>(at * 8); }
  std::uint32_t record(std::size_t at) const { return read<std::uint32_t>(entries_ * 8 + at * 4); }
  // How many entries are not above the key.
  std::size_t upper_bound(std::uint64_t wanted) const {
    std::size_t low = 0;
    for (std::size_t high = entries_; low < high;) {
      const std::size_t middle = (low + high) / 2;
      if (key(middle) <= wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

 private:
  template <class T>
  T read(std::size_t offset) const {
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  Bytes bytes_;
  std::size_t entries_;
};

constexpr const char* kReadPage = "SELECT data FROM keypage WHERE id = ?";

// Takes matching entries from the end of a page; true when the page before may hold more.
bool take_from_page(const PageView& page, std::uint64_t key, std::size_t cap,
                    std::vector<std::uint32_t>& out) {
  std::size_t at = page.upper_bound(key);
  while (at > 0 && page.key(at - 1) == key) {
    if (out.size() >= cap) return false;
    out.push_back(page.record(--at));
  }
  return at == 0;
}

}  // namespace

void KeyRun::find(Connection& connection, std::uint64_t key, std::size_t cap,
                  std::vector<std::uint32_t>& out) const {
  if (!filter.may_hold(key)) return;
  auto page =
      static_cast<std::size_t>(std::upper_bound(fence.begin(), fence.end(), key) - fence.begin());
  bool may_continue = true;
  while (page > 0 && may_continue && out.size() < cap) {
    --page;
    auto row = connection.query(kReadPage, page_id(*this, page));
    if (!row.step()) {
      connection.note_failure(Error(Errc::corrupt, "a page of the identity index is missing"));
      return;
    }
    may_continue = take_from_page(PageView(row.bytes(0)), key, cap, out);
  }
}

void KeyRun::drop(Connection& connection) const {
  connection.run("DELETE FROM keypage WHERE id >= ? AND id < ?", id << 32, (id + 1) << 32);
  connection.run("DELETE FROM keyfilter WHERE id >= ? AND id < ?", id << 20, (id + 1) << 20);
  connection.run("DELETE FROM keyrun WHERE id = ?", id);
}

RunWriter::RunWriter(Connection& connection, KeyRun head, std::size_t entries)
    : connection_(connection), run_(std::move(head)) {
  run_.filter = BloomFilter(entries);
  run_.fence.reserve(entries / kEntriesPerPage + 1);
  keys_.reserve(kEntriesPerPage);
  records_.reserve(kEntriesPerPage);
}

void RunWriter::add(const KeyEntry& entry) {
  if (keys_.size() == kEntriesPerPage) write_page();
  keys_.push_back(entry.key);
  records_.push_back(entry.record);
  run_.filter.add(entry.key);
  ++run_.entries;
}

void RunWriter::write_page() {
  if (keys_.empty()) return;
  page_.resize(keys_.size() * kEntryBytes);
  std::memcpy(page_.data(), keys_.data(), keys_.size() * sizeof(std::uint64_t));
  std::memcpy(page_.data() + keys_.size() * sizeof(std::uint64_t), records_.data(),
              records_.size() * sizeof(std::uint32_t));
  connection_.run("INSERT INTO keypage(id, data) VALUES(?, ?)", page_id(run_, run_.fence.size()),
                  page_);
  run_.fence.push_back(keys_.front());
  keys_.clear();
  records_.clear();
}

void RunWriter::write_filter() {
  const Bytes filter = run_.filter.bytes();
  for (std::size_t part = 0; part * kFilterPart < filter.size(); ++part) {
    const std::size_t offset = part * kFilterPart;
    connection_.run("INSERT INTO keyfilter(id, data) VALUES(?, ?)", part_id(run_, part),
                    filter.subspan(offset, std::min(kFilterPart, filter.size() - offset)));
  }
}

KeyRun RunWriter::finish() {
  write_page();
  write_filter();
  const Bytes fence(reinterpret_cast<const std::uint8_t*>(run_.fence.data()),
                    run_.fence.size() * sizeof(std::uint64_t));
  connection_.run("INSERT INTO keyrun(id, level, shard, n, fence) VALUES(?, ?, ?, ?, ?)", run_.id,
                  run_.level, run_.shard, run_.entries, fence);
  return std::move(run_);
}

RunCursor::RunCursor(Connection& connection, const KeyRun& run)
    : connection_(connection), run_(run) {
  load();
}

void RunCursor::advance() {
  if (++at_ == page_.size()) load();
}

void RunCursor::load() {
  page_.clear();
  at_ = 0;
  if (next_page_ == run_.fence.size()) return;
  auto row = connection_.query(kReadPage, page_id(run_, next_page_++));
  if (!row.step()) {
    connection_.note_failure(Error(Errc::corrupt, "a page of the identity index is missing"));
    return;
  }
  const PageView page(row.bytes(0));
  page_.reserve(page.size());
  for (std::size_t at = 0; at < page.size(); ++at) page_.push_back({page.key(at), page.record(at)});
}

namespace {

void load_filter(Connection& connection, KeyRun& run) {
  run.filter = BloomFilter(run.entries);
  std::size_t offset = 0;
  auto parts = connection.query("SELECT data FROM keyfilter WHERE id >= ? AND id < ? ORDER BY id",
                                run.id << 20, (run.id + 1) << 20);
  while (parts.step()) {
    const Bytes part = parts.bytes(0);
    if (!run.filter.restore(offset, part)) break;
    offset += part.size();
  }
  if (offset != run.filter.bytes().size()) {
    connection.note_failure(Error(Errc::corrupt, "a filter of the identity index is damaged"));
  }
}

}  // namespace

std::vector<KeyRun> load_runs(Connection& connection) {
  std::vector<KeyRun> runs;
  auto rows = connection.query("SELECT id, level, shard, n, fence FROM keyrun ORDER BY id");
  while (rows.step()) {
    KeyRun run;
    run.id = rows.integer(0);
    run.level = rows.small(1);
    run.shard = static_cast<unsigned>(rows.integer(2));
    run.entries = rows.count(3);
    const Bytes fence = rows.bytes(4);
    run.fence.resize(fence.size() / sizeof(std::uint64_t));
    if (!fence.empty()) {
      std::memcpy(run.fence.data(), fence.data(), run.fence.size() * sizeof(std::uint64_t));
    }
    load_filter(connection, run);
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace devicebatch::ledger
