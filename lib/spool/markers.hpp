// spool/markers.hpp - the small files by which a writer says that it is done, and what they say.
//
// Purpose:   X.csv is ready when X.csv.done, .ok, .ready or .trg is there, or X.done, or a manifest
//            X.csv.sha256 or X.csv.json. A marker may say how many bytes the file has and their
//            SHA-256.
// Threading: pure; any thread.
// Units:     bytes. A marker of more than kMarkerBytes is not understood.
// Source:    docs/operations.md, "When a file is taken".
#pragma once

#include "base/result.hpp"
#include "base/sha256.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace devicebatch::spool {

inline constexpr std::size_t kMarkerBytes = 64 * 1024;

enum class MarkerKind {
  plain,   // its being there is enough; numbers and digests in it count
  digest,  // what sha256sum writes
  json,    // an object with bytes, sha256, rows, destination
};

// What may be wrong, or handed on.
struct Manifest {
  std::optional<std::uint64_t> bytes;
  std::optional<Digest> sha256;
  std::optional<std::uint64_t> rows;
  std::string destination;  // empty: not named
  bool is_empty() const { return !bytes && !sha256 && !rows && destination.empty(); }
};

struct MarkerSuffix {
  std::string_view text;
  MarkerKind kind;
};
// Those a claimed marker can have: the one of X.done tells it from X.csv.done.
inline constexpr std::string_view kStemSuffix = ".stem.done";
std::span<const MarkerSuffix> claimed_suffixes();

// The suffix of a name that can be a marker; nullptr for any other.
const MarkerSuffix* marker_suffix_of(std::string_view name);

// "x" of "x.csv": what X.done and X.csv have in common. The whole name without an extension.
std::string_view stem_of(std::string_view name);

// Errc::rejected: the text is none of the forms of its kind. In a plain marker everything that is
// not understood is ignored: many writers put a time or a word into it.
Result<Manifest> read_manifest(MarkerKind kind, std::string_view text);

// Adds what `more` says; Errc::rejected when the two contradict each other.
Result<void> merge_manifest(Manifest& into, const Manifest& more);

// "UUID__NAME" and ".done" make the name of a marker in .claimed/: a dot-name, which no claim is.
std::string claimed_marker_name(std::string_view claim_name, std::string_view suffix);

}  // namespace devicebatch::spool
