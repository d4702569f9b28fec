// What lies in the drop folder: listed without believing more than a listing can tell.
#include "base/text.hpp"
#include "spool/drop_folder_handles.hpp"
#include "spool/readiness.hpp"

#include <dirent.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace devicebatch::spool {
namespace {

// Names that are only reported: a folder of 200,000 links must not cost their names.
constexpr std::size_t kNamesReported = 1'000;
// Markers of one look; the rest comes next time.
constexpr std::size_t kMarkersPerLook = 20'000;

using Visitor = std::function<bool(Sighting)>;

void report(std::vector<std::string>& names, const char* name) {
  if (names.size() < kNamesReported) names.emplace_back(name);
}

bool may_be_file(unsigned char type) {
  return type == DT_REG || type == DT_UNKNOWN;
}

// One folder of which everything may be taken.
class PlainScan {
 public:
  PlainScan(const Directory& folder, bool is_urgent, Listing& listing, const Visitor& visit)
      : folder_(folder), is_urgent_(is_urgent), listing_(listing), visit_(visit) {}

  Result<void> run() {
    return folder_.visit([this](const char* name, unsigned char type) { return see(name, type); });
  }

 private:
  bool see(const char* name, unsigned char type) {
    const bool may_be_folder = type == DT_DIR || type == DT_UNKNOWN;
    if (!is_urgent_ && may_be_folder && is_own_folder(name)) return true;
    if (is_ignored_name(name)) {
      ++listing_.ignored;
      return true;
    }
    if (!may_be_file(type)) {
      report(listing_.odd, name);
      return true;
    }
    const auto found = folder_.look_at(name);
    if (!found) return true;  // gone between the listing and the look
    if (!S_ISREG(found->st_mode)) {
      report(listing_.odd, name);
      return true;
    }
    return visit_({name, state_of(*found), is_urgent_, {}});
  }

  const Directory& folder_;
  bool is_urgent_;
  Listing& listing_;
  const Visitor& visit_;
};

// One folder of which only files with a marker may be taken. Files without one are not even looked
// at, so that any number of them may wait.
class MarkedScan {
 public:
  MarkedScan(const Directory& folder, bool is_urgent, Listing& listing, const Visitor& visit)
      : folder_(folder), is_urgent_(is_urgent), listing_(listing), visit_(visit) {}

  Result<void> run() {
    auto listed =
        folder_.visit([this](const char* name, unsigned char type) { return see(name, type); });
    if (listed && !stems_.empty()) {
      listed = folder_.visit(
          [this](const char* name, unsigned char type) { return match_stem(name, type); });
    }
    if (!listed) return listed;
    std::erase_if(unmarked_, [this](const std::string& name) { return marked_.contains(name); });
    hand_out();
    return {};
  }

 private:
  bool see(const char* name, unsigned char type) {
    const bool may_be_folder = type == DT_DIR || type == DT_UNKNOWN;
    if (!is_urgent_ && may_be_folder && is_own_folder(name)) return true;
    if (is_ignored_name(name)) {
      ++listing_.ignored;
    } else if (!may_be_file(type)) {
      report(listing_.odd, name);
    } else if (const MarkerSuffix* suffix = marker_suffix_of(name)) {
      add_marker(name, *suffix);
    } else {
      report(unmarked_, name);
    }
    return true;
  }

  void add_marker(const std::string& name, const MarkerSuffix& suffix) {
    if (markers_ >= kMarkersPerLook) {
      listing_.is_complete = false;
      return;
    }
    const std::string base = name.substr(0, name.size() - suffix.text.size());
    const auto found = folder_.look_at(base);
    const bool has_file = found && S_ISREG(found->st_mode) && !is_ignored_name(base);
    if (has_file) {
      ++markers_;
      marked_[base].push_back(name);
    } else if (suffix.text == ".done") {
      ++markers_;
      stems_.try_emplace(base, name);
    } else if (suffix.kind == MarkerKind::json) {
      report(unmarked_, name.c_str());  // a dialect of its own, waiting for its marker
    } else {
      add_orphan(name);
    }
  }

  bool match_stem(const char* name, unsigned char type) {
    if (!may_be_file(type) || is_ignored_name(name)) return true;
    const auto stem = stems_.find(std::string(stem_of(name)));
    if (stem == stems_.end() || stem->second == name) return true;
    const MarkerSuffix* suffix = marker_suffix_of(name);
    if (suffix != nullptr && suffix->kind != MarkerKind::json) return true;
    marked_[name].push_back(stem->second);
    used_stems_.insert(stem->first);
    return true;
  }

  void add_orphan(const std::string& name) {
    if (listing_.orphans.size() >= kNamesReported) return;
    const auto found = folder_.look_at(name);
    if (found && S_ISREG(found->st_mode)) {
      listing_.orphans.push_back({name, state_of(*found), is_urgent_, {}});
    }
  }

  void hand_out() {
    for (const auto& [stem, name] : stems_) {
      if (!used_stems_.contains(stem)) add_orphan(name);
    }
    for (const std::string& name : unmarked_) report(listing_.unmarked, name.c_str());
    for (auto& [name, markers] : marked_) {
      const auto found = folder_.look_at(name);
      if (!found || !S_ISREG(found->st_mode)) continue;
      std::ranges::sort(markers);
      if (!visit_({name, state_of(*found), is_urgent_, std::move(markers)})) return;
    }
  }

  const Directory& folder_;
  bool is_urgent_;
  Listing& listing_;
  const Visitor& visit_;
  std::size_t markers_ = 0;
  std::map<std::string, std::vector<std::string>> marked_;
  std::unordered_map<std::string, std::string> stems_;  // to the marker X.done
  std::unordered_set<std::string> used_stems_;
  std::vector<std::string> unmarked_;
};

struct ScanPlan {
  const Directory& root;
  const FolderOptions& options;
  const Visitor& visit;
};

Result<void> scan_one(const ScanPlan& plan, const Directory& folder, bool is_urgent,
                      Listing& listing) {
  if (plan.options.has_markers) {
    return MarkedScan(folder, is_urgent, listing, plan.visit).run();
  }
  return PlainScan(folder, is_urgent, listing, plan.visit).run();
}

Result<void> scan_urgent_of(const ScanPlan& plan, Listing& listing) {
  const auto urgent = open_urgent(plan.root, plan.options.allow_insecure);
  if (urgent) return scan_one(plan, *urgent, true, listing);
  const auto found = plan.root.look_at(kUrgentFolder);
  // A folder that may not be used is told about; anything else of this name is what it is.
  if (found && S_ISDIR(found->st_mode)) report(listing.odd, kUrgentFolder);
  return {};
}

}  // namespace

std::optional<Directory> open_urgent(const Directory& root, bool allow_insecure) {
  auto folder = root.open_folder(kUrgentFolder);
  if (!folder || folder->device() != root.device()) return std::nullopt;
  struct stat found = {};
  if (::fstat(folder->descriptor(), &found) != 0) return std::nullopt;
  if (is_open_to_all(found) && !allow_insecure) return std::nullopt;
  return std::move(*folder);
}

Result<Listing> DropFolder::scan_urgent(const Visitor& visit) const {
  Listing listing;
  const ScanPlan plan{handles_->root, handles_->options, visit};
  auto scanned = scan_urgent_of(plan, listing);
  if (!scanned) return fail(std::move(scanned.error()).within(printable(handles_->path)));
  return listing;
}

Result<Listing> DropFolder::scan(const Visitor& visit) const {
  Listing listing;
  bool has_ended = false;
  const Visitor watch = [&](Sighting file) {
    has_ended = !visit(std::move(file));
    return !has_ended;
  };
  const ScanPlan plan{handles_->root, handles_->options, watch};
  auto scanned = scan_urgent_of(plan, listing);
  if (scanned && !has_ended) scanned = scan_one(plan, plan.root, false, listing);
  if (!scanned) return fail(std::move(scanned.error()).within(printable(handles_->path)));
  return listing;
}

Result<Listing> DropFolder::list(std::size_t limit) const {
  std::vector<Sighting> files;
  bool is_cut = false;
  auto listing = scan([&](Sighting file) {
    is_cut = files.size() >= limit;
    if (!is_cut) files.push_back(std::move(file));
    return !is_cut;
  });
  if (!listing) return listing;
  listing->files = std::move(files);
  if (is_cut) listing->is_complete = false;
  if (listing->odd.size() > limit) listing->odd.resize(limit);
  return listing;
}

}  // namespace devicebatch::spool
