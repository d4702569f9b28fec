#include "queue/sections.hpp"

#include <algorithm>

namespace devicebatch::queue {
namespace {

constexpr std::uint8_t kDescribed = 0x00;
constexpr std::uint8_t kSmallUlong = 0x53;
constexpr std::uint8_t kUlong = 0x80;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t number = 0;
  for (std::size_t next = at; next < at + width; ++next)
    number = number << 8 | byte_at(bytes, next);
  return number;
}

struct Extent {
  std::size_t content_at = 0;
  std::size_t end = 0;
};

// The constructor's upper half tells how long a value is.
std::optional<Extent> extent_of(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  constexpr std::size_t kFixed[] = {0, 1, 2, 4, 8, 16};
  const std::uint8_t category = byte_at(bytes, 0) >> 4;
  if (category < 4) return std::nullopt;
  if (category < 0xA) {
    const std::size_t end = 1 + kFixed[category - 4];
    if (bytes.size() < end) return std::nullopt;
    return Extent{1, end};
  }
  const std::size_t width = category % 2 == 0 ? 1 : 4;
  if (bytes.size() < 1 + width) return std::nullopt;
  const std::uint64_t size = number_at(bytes, 1, width);
  if (bytes.size() - 1 - width < size) return std::nullopt;
  return Extent{1 + width, static_cast<std::size_t>(1 + width + size)};
}

}  // namespace

std::optional<Section> take_section(std::string_view& bytes) {
  if (bytes.size() < 3 || byte_at(bytes, 0) != kDescribed) return std::nullopt;
  std::uint64_t descriptor = 0;
  std::size_t at = 0;
  if (byte_at(bytes, 1) == kSmallUlong) {
    descriptor = number_at(bytes, 2, 1);
    at = 3;
  } else if (byte_at(bytes, 1) == kUlong && bytes.size() >= 10) {
    descriptor = number_at(bytes, 2, 8);
    at = 10;
  }
  constexpr auto kFirst = static_cast<std::uint64_t>(SectionKind::header);
  constexpr auto kLast = static_cast<std::uint64_t>(SectionKind::footer);
  if (descriptor < kFirst || descriptor > kLast) return std::nullopt;
  const std::string_view rest = bytes.substr(at);
  const std::optional<Extent> extent = extent_of(rest);
  if (!extent) return std::nullopt;
  Section section;
  section.kind = static_cast<SectionKind>(descriptor);
  section.constructor = byte_at(rest, 0);
  section.value = rest.substr(0, extent->end);
  section.content = rest.substr(extent->content_at, extent->end - extent->content_at);
  bytes.remove_prefix(at + extent->end);
  return section;
}

}  // namespace devicebatch::queue
