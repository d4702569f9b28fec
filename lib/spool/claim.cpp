// From the drop folder to .claimed/: the file, and the markers that came with it.
#include "base/text.hpp"
#include "spool/drop_folder_handles.hpp"
#include "spool/names.hpp"

#include <algorithm>

namespace devicebatch::spool {
namespace {

// Gives a file that must not be taken its name back, or one next to it; returns which.
Result<std::string> put_back(const Directory& claimed, const std::string& claim_name,
                             const Directory& folder, const std::string& name) {
  auto returned = rename_new(Entry(claimed, claim_name), Entry(folder, name));
  if (returned) return name;
  if (returned.error().code() != Errc::busy) return fail(std::move(returned.error()));
  // The name is in use again. The inode number is one that no other file here has.
  const auto found = claimed.look_at(claim_name);
  std::string other = tagged_name(name, std::to_string(found ? found->st_ino : 0));
  returned = rename_new(Entry(claimed, claim_name), Entry(folder, other));
  if (!returned) return fail(std::move(returned.error()));
  return other;
}

tl::unexpected<Error> not_regular(const std::string& name) {
  return fail(Errc::rejected, printable(name) + " is not a regular file");
}

struct Claiming {
  Claiming(const Directory& from, const Directory& into, const Sighting& sighting,
           const std::string& claim)
      : folder(from), claimed(into), file(sighting), claim_name(claim) {}
  const Directory& folder;   // PATH or urgent/
  const Directory& claimed;  // .claimed/
  const Sighting& file;
  const std::string& claim_name;
};

// Is the file what was seen? Nothing is renamed for one that is not. A share may answer from what
// it remembers unless the file is opened.
Result<void> look_before(const Claiming& at, bool is_network) {
  struct stat found = {};
  if (is_network) {
    auto opened = at.folder.open_regular(at.file.name);
    if (!opened) return fail(std::move(opened.error()));
    found = opened->status;
  } else {
    const auto seen = at.folder.look_at(at.file.name);
    if (!seen) return fail(Errc::not_found, printable(at.file.name) + " is gone");
    found = *seen;
  }
  if (!S_ISREG(found.st_mode)) return not_regular(at.file.name);
  const FileState state = state_of(found);
  const bool is_as_seen = is_same_content(state, at.file.state) &&
                          (at.file.state.changed_ns == 0 || state == at.file.state);
  if (!is_as_seen) {
    return fail(Errc::busy, printable(at.file.name) + " has changed");
  }
  return {};
}

// "X.csv.done" and "X.done" may both be there.
std::string name_in_claims(const Claiming& at, const std::string& marker) {
  const MarkerSuffix* suffix = marker_suffix_of(marker);
  if (suffix == nullptr || !is_plain_name(marker)) return {};
  const bool is_of_stem = marker.size() != at.file.name.size() + suffix->text.size();
  return claimed_marker_name(at.claim_name, is_of_stem ? kStemSuffix : suffix->text);
}

Result<void> take_markers(const Claiming& at) {
  for (const std::string& marker : at.file.markers) {
    const std::string into = name_in_claims(at, marker);
    if (into.empty()) continue;
    auto taken = rename_new(Entry(at.folder, marker), Entry(at.claimed, into));
    // Gone: X.done was taken with another X. Busy: X.done next to X.csv.done adds nothing.
    const bool is_fine =
        taken || taken.error().code() == Errc::not_found || taken.error().code() == Errc::busy;
    if (!is_fine) return taken;
  }
  return {};
}

void return_markers(const Claiming& at) {
  for (const std::string& marker : at.file.markers) {
    const std::string from = name_in_claims(at, marker);
    if (from.empty()) continue;
    auto returned = rename_new(Entry(at.claimed, from), Entry(at.folder, marker));
    // A newer one has the name: it says what this one did.
    if (!returned && returned.error().code() == Errc::busy) (void)at.claimed.remove(from);
  }
}

Result<DropFolder::Claimed> take_file(const Claiming& at, bool is_network) {
  auto before = look_before(at, is_network);
  if (!before) return fail(std::move(before.error()));
  auto renamed = rename_new(Entry(at.folder, at.file.name), Entry(at.claimed, at.claim_name));
  if (!renamed) return fail(std::move(renamed.error()));
  // What has the name need not be what was looked at, and a writer may have been faster.
  const auto taken = at.claimed.look_at(at.claim_name);
  if (taken && S_ISREG(taken->st_mode) && taken->st_dev == at.claimed.device() &&
      is_same_content(state_of(*taken), at.file.state)) {
    return DropFolder::Claimed{state_of(*taken), is_foreign_link(*taken)};
  }
  auto returned = put_back(at.claimed, at.claim_name, at.folder, at.file.name);
  if (!returned) return fail(std::move(returned), "put back what changed while it was claimed");
  if (!taken || !S_ISREG(taken->st_mode)) return not_regular(at.file.name);
  return fail(Errc::busy, printable(at.file.name) + " changed while it was claimed");
}

// What a marker in `folder` says; one that is gone says nothing.
Result<void> add_marker(const Directory& folder, const std::string& name,
                        const MarkerSuffix& suffix, Manifest& manifest) {
  auto file = folder.open_file(name);
  if (!file && file.error().code() == Errc::not_found) return {};
  if (!file) return fail(std::move(file.error()));
  auto text = file->read_part(0, kMarkerBytes + 1);
  if (!text) return fail(std::move(text.error()));
  auto said = read_manifest(suffix.kind, *text);
  Result<void> merged;
  if (said) merged = merge_manifest(manifest, *said);
  if (!said) return fail(std::move(said), printable(name));
  return merged;
}

}  // namespace

Result<DropFolder::Claimed> DropFolder::claim(const Sighting& file,
                                              const std::string& claim_name) const {
  if (!is_plain_name(file.name) || !is_plain_name(claim_name) || claim_name.starts_with('.')) {
    return fail(Errc::rejected, printable(file.name) + " cannot be claimed under this name");
  }
  std::optional<Directory> urgent;
  if (file.is_urgent) {
    urgent = open_urgent(handles_->root, handles_->options.allow_insecure);
    if (!urgent) return fail(Errc::not_found, std::string(kUrgentFolder) + " is gone");
  }
  const Directory& folder = urgent ? *urgent : handles_->root;
  const Claiming at(folder, handles_->claimed, file, claim_name);
  auto markers = take_markers(at);
  Result<Claimed> taken;
  if (markers) taken = take_file(at, handles_->options.is_network);
  if (!markers || !taken) return_markers(at);
  if (!markers) return fail(std::move(markers.error()));
  return taken;
}

Result<Manifest> DropFolder::read_manifest(const Sighting& file) const {
  Manifest manifest;
  std::optional<Directory> urgent;
  if (file.is_urgent) urgent = open_urgent(handles_->root, handles_->options.allow_insecure);
  const Directory& folder = urgent ? *urgent : handles_->root;
  for (const std::string& marker : file.markers) {
    const MarkerSuffix* suffix = marker_suffix_of(marker);
    if (suffix == nullptr || !is_plain_name(marker)) continue;
    auto added = add_marker(folder, marker, *suffix, manifest);
    if (!added) return fail(std::move(added.error()));
  }
  return manifest;
}

Result<Manifest> DropFolder::claimed_manifest(const std::string& claim_name) const {
  Manifest manifest;
  for (const MarkerSuffix& suffix : claimed_suffixes()) {
    const std::string name = claimed_marker_name(claim_name, suffix.text);
    auto added = add_marker(handles_->claimed, name, suffix, manifest);
    if (!added) return fail(std::move(added.error()));
  }
  return manifest;
}

Result<void> DropFolder::release_markers(const std::string& claim_name,
                                         const std::string& name) const {
  const Directory& claimed = handles_->claimed;
  std::optional<Directory> urgent;
  if (!handles_->root.has(name)) {
    urgent = open_urgent(handles_->root, handles_->options.allow_insecure);
  }
  const Directory& folder = urgent ? *urgent : handles_->root;
  for (const MarkerSuffix& suffix : claimed_suffixes()) {
    const std::string from = claimed_marker_name(claim_name, suffix.text);
    const bool is_of_stem = suffix.text == kStemSuffix;
    const std::string back =
        is_of_stem ? std::string(stem_of(name)) + ".done" : receipt_name(name, suffix.text);
    auto returned = rename_new(Entry(claimed, from), Entry(folder, back));
    if (returned || returned.error().code() == Errc::not_found) continue;
    if (returned.error().code() != Errc::busy) return returned;
    (void)claimed.remove(from);  // a newer one has the name and says the same
  }
  return {};
}

Result<void> DropFolder::return_claimed(const std::string& claim_name) const {
  const std::size_t at = claim_name.find("__");
  const std::string name = at == std::string::npos ? claim_name : claim_name.substr(at + 2);
  if (!is_plain_name(claim_name) || !is_plain_name(name)) {
    return fail(Errc::rejected, printable(claim_name) + " is not the name of a claim");
  }
  auto returned = put_back(handles_->claimed, claim_name, handles_->root, name);
  if (!returned) return fail(std::move(returned.error()));
  return handles_->options.has_markers ? release_markers(claim_name, *returned) : Result<void>();
}

Result<void> DropFolder::expire_marker(const Sighting& marker) const {
  std::optional<Directory> urgent;
  if (marker.is_urgent) urgent = open_urgent(handles_->root, handles_->options.allow_insecure);
  const Directory& folder = urgent ? *urgent : handles_->root;
  const std::string& name = marker.name;
  if (!is_plain_name(name)) return fail(Errc::rejected, printable(name) + " is not a file name");
  if (handles_->is_archive_elsewhere()) return folder.remove(name);
  const Directory& rejected = handles_->place(Place::rejected);
  auto moved = rename_new(Entry(folder, name), Entry(rejected, name));
  if (moved || moved.error().code() != Errc::busy) return moved;
  const std::string other = tagged_name(name, std::to_string(marker.state.inode));
  return rename_new(Entry(folder, name), Entry(rejected, other));
}

}  // namespace devicebatch::spool
