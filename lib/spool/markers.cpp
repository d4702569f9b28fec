#include "spool/markers.hpp"

#include "base/hex.hpp"
#include "base/text.hpp"
#include "spool/names.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace devicebatch::spool {
namespace {

namespace json = boost::json;

// The last one is no suffix of a dropped marker.
constexpr std::array<MarkerSuffix, 7> kSuffixes = {{{".done", MarkerKind::plain},
                                                    {".ok", MarkerKind::plain},
                                                    {".ready", MarkerKind::plain},
                                                    {".trg", MarkerKind::plain},
                                                    {".sha256", MarkerKind::digest},
                                                    {".json", MarkerKind::json},
                                                    {kStemSuffix, MarkerKind::plain}}};

constexpr std::size_t kDigestText = 64;
constexpr std::size_t kJsonDepth = 8;

tl::unexpected<Error> not_understood(const std::string& why) {
  return fail(Errc::rejected, why);
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || at != end) return std::nullopt;
  return number;
}

std::optional<Digest> digest_in(std::string_view text) {
  Digest digest;
  if (text.size() != kDigestText || !from_hex(text, digest)) return std::nullopt;
  return digest;
}

// Takes the first word off the front.
std::string_view next_word(std::string_view& rest) {
  rest = trim(rest);
  std::size_t end = 0;
  while (end < rest.size() && !is_ascii_space(rest[end])) ++end;
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(
      names, [&](std::string_view each) { return equals_ignoring_case(name, each); });
}

// One thing a manifest says, whatever its form. False when the value does not fit the name.
bool take_in(Manifest& manifest, std::string_view name, std::string_view value) {
  if (is_any_of(name, {"bytes", "size", "length", "byte_count", "bytecount"})) {
    manifest.bytes = number_in(value);
    return manifest.bytes.has_value();
  }
  if (is_any_of(name, {"sha256", "sha-256", "digest", "checksum"})) {
    manifest.sha256 = digest_in(value);
    return manifest.sha256.has_value();
  }
  if (is_any_of(name, {"rows", "records", "row_count", "rowcount", "count"})) {
    manifest.rows = number_in(value);
    return manifest.rows.has_value();
  }
  if (equals_ignoring_case(name, "destination")) manifest.destination = std::string(value);
  return true;
}

// "bytes=123", "sha256: 01ab..." one to a line, or a lone number or digest. What else is there may
// be anything.
Result<Manifest> read_plain(std::string_view text) {
  Manifest manifest;
  if (const auto bytes = number_in(trim(text))) {
    manifest.bytes = bytes;
    return manifest;
  }
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find_first_of("=:");
    if (equals != std::string_view::npos) {
      const std::string_view name = trim(line.substr(0, equals));
      if (!take_in(manifest, name, trim(line.substr(equals + 1)))) {
        return not_understood("the value of " + printable(name, 40));
      }
    } else if (const auto digest = digest_in(next_word(line))) {
      manifest.sha256 = digest;
    }
  }
  return manifest;
}

// "DIGEST  NAME" and "DIGEST *NAME"; the name is not compared, since transports rename.
Result<Manifest> read_digest(std::string_view text) {
  Manifest manifest;
  manifest.sha256 = digest_in(next_word(text));
  if (!manifest.sha256) return not_understood("it does not begin with 64 hexadecimal digits");
  if (text.find('\n') != std::string_view::npos && !trim(text.substr(text.find('\n'))).empty()) {
    return not_understood("it has more than one line");
  }
  return manifest;
}

std::string value_text(const json::value& value) {
  if (value.is_string()) return std::string(value.as_string());
  if (value.is_uint64()) return std::to_string(value.as_uint64());
  if (value.is_int64()) return std::to_string(value.as_int64());
  return {};
}

Result<Manifest> read_json(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kJsonDepth;
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  const json::value parsed = json::parse(text, error, {}, options);
  if (error || !parsed.is_object()) return not_understood("it is no JSON object");
  Manifest manifest;
  for (const auto& [name, value] : parsed.get_object()) {
    const bool is_wrong_name = name == "destination" && !value.is_string();
    if (is_wrong_name || !take_in(manifest, name, value_text(value))) {
      return not_understood("the value of " + printable(name, 40));
    }
  }
  return manifest;
}

template <class T>
bool contradicts(const std::optional<T>& left, const std::optional<T>& right) {
  return left && right && *left != *right;
}

template <class T>
void add(std::optional<T>& into, const std::optional<T>& more) {
  if (!into) into = more;
}

}  // namespace

std::span<const MarkerSuffix> claimed_suffixes() {
  return kSuffixes;
}

const MarkerSuffix* marker_suffix_of(std::string_view name) {
  const std::string lower = to_lower(name);
  for (const MarkerSuffix& suffix : std::span(kSuffixes).first(kSuffixes.size() - 1)) {
    if (lower.size() > suffix.text.size() && lower.ends_with(suffix.text)) return &suffix;
  }
  return nullptr;
}

std::string_view stem_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

Result<Manifest> read_manifest(MarkerKind kind, std::string_view text) {
  if (text.size() > kMarkerBytes) return not_understood("it is too large");
  switch (kind) {
    case MarkerKind::plain:
      return trim(text).starts_with('{') ? read_json(text) : read_plain(text);
    case MarkerKind::digest:
      return read_digest(text);
    case MarkerKind::json:
      break;
  }
  return read_json(text);
}

Result<void> merge_manifest(Manifest& into, const Manifest& more) {
  const bool name_each_other =
      into.destination.empty() || more.destination.empty() || into.destination == more.destination;
  if (contradicts(into.bytes, more.bytes) || contradicts(into.sha256, more.sha256) ||
      contradicts(into.rows, more.rows) || !name_each_other) {
    return not_understood("two of them contradict each other");
  }
  add(into.bytes, more.bytes);
  add(into.sha256, more.sha256);
  add(into.rows, more.rows);
  if (into.destination.empty()) into.destination = more.destination;
  return {};
}

std::string claimed_marker_name(std::string_view claim_name, std::string_view suffix) {
  return receipt_name("." + std::string(claim_name), suffix);
}

}  // namespace devicebatch::spool
