// daemon/operator/batch_comparison.hpp - what the service has against what the ledger says.
//
// Purpose:   first every device of a batch as the service lists it, then every record that the
//            ledger calls registered there; what is left over on either side is the difference.
// Lifecycle: saw() for all, then knows() for all, then the results.
// Errors:    Errc::rejected beyond kEntriesMax: some 200 MB.
// Source:    devices are matched by the service's id, else by serial number, else by PKID
//            (docs/protocol.md, "Bodies"). Two devices with one serial number need two records.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace devicebatch::daemon {

struct ListedDevice {
  std::string id, serial, pkid;
};
struct KnownRecord {
  std::int64_t record = 0;
  std::string serial, pkid, device_id;
};

class BatchComparison {
 public:
  static constexpr std::size_t kEntriesMax = 1'000'000;

  explicit BatchComparison(std::size_t entries_max = kEntriesMax) : entries_max_(entries_max) {}

  Result<void> saw(ListedDevice device);
  Result<void> knows(KnownRecord record);

  std::size_t in_both() const { return in_both_; }
  std::vector<ListedDevice> only_on_service() const;
  const std::vector<KnownRecord>& only_in_ledger() const { return only_in_ledger_; }

 private:
  // Hash and place, sorted by hash once everything was seen.
  using Index = std::vector<std::pair<std::uint64_t, std::uint32_t>>;
  void sort_indexes();
  std::optional<std::uint32_t> find(const Index& index, std::string ListedDevice::*member,
                                    std::string_view text) const;
  std::optional<std::uint32_t> match(const KnownRecord& record) const;

  std::size_t entries_max_;
  std::vector<ListedDevice> listed_;
  std::vector<bool> is_known_;
  Index by_id_, by_serial_, by_pkid_;
  bool is_sorted_ = false;
  std::size_t in_both_ = 0;
  std::vector<KnownRecord> only_in_ledger_;
};

}  // namespace devicebatch::daemon
