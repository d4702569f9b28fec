#include "spool/names.hpp"

#include "base/check.hpp"
#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "spool/readiness.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace devicebatch::spool {
namespace {

// Longer ends than this are no extensions, and cutting must leave something of the stem.
constexpr std::size_t kExtensionBytes = 16;

constexpr std::array<std::string_view, 15> kIgnoredSuffixes = {
    // Writers that rename when they are done.
    ".tmp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".incomplete",
    ".inprogress", ".writing", ".uploading", ".swp",
    // Shortcuts, and what we write ourselves.
    ".lnk", kAckSuffix, kResultCsvSuffix, kResultJsonSuffix};

constexpr std::array<std::string_view, 2> kIgnoredNames = {"thumbs.db", "desktop.ini"};

std::size_t extension_start(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return name.size();
  return name.size() - dot > kExtensionBytes ? name.size() : dot;
}

// At most `bytes` of the front, without half of a UTF-8 character at the end.
std::string_view front_of(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<std::uint8_t>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace

bool is_ignored_name(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.back() == '~') return true;
  if (name.starts_with("~$")) return true;
  const std::string lower = to_lower(name);
  return std::ranges::find(kIgnoredNames, lower) != kIgnoredNames.end() ||
         std::ranges::any_of(kIgnoredSuffixes,
                             [&](std::string_view suffix) { return lower.ends_with(suffix); });
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytes && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

std::string fit_name(std::string_view name, std::size_t at_most) {
  DEVICEBATCH_CHECK(at_most >= 64);
  if (name.size() <= at_most) return std::string(name);
  const Digest digest = sha256(name);
  const std::string mark = "~" + to_hex(std::span(digest).first(4));
  const std::string_view extension = name.substr(extension_start(name));
  const std::string_view stem = front_of(name, at_most - mark.size() - extension.size());
  return std::string(stem) + mark + std::string(extension);
}

std::string claim_name_for(std::string_view uuid, std::string_view name) {
  const std::string front = std::string(uuid) + "__";
  return front + fit_name(name, kNameBytes - front.size());
}

std::string archive_tag(std::string_view uuid) {
  return std::string(uuid.substr(uuid.size() - std::min<std::size_t>(uuid.size(), 12)));
}

std::string tagged_name(std::string_view name, std::string_view tag) {
  const std::string fitted = fit_name(name, kNameBytes - tag.size() - 1);
  const std::size_t dot = extension_start(fitted);
  return fitted.substr(0, dot) + "." + std::string(tag) + fitted.substr(dot);
}

std::string receipt_name(std::string_view name, std::string_view suffix) {
  return fit_name(name, kNameBytes - suffix.size()) + std::string(suffix);
}

}  // namespace devicebatch::spool
