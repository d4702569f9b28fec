// queue/sections.hpp - the sections of an encoded message, without copying its body.
//
// Purpose:   a body of 100 MB is looked at where it lies; the library's own decoder would hold it
//            three times.
// Threading: pure; any thread.
// Errors:    nullopt at the first byte that is not a section as the standard has it.
// Source:    AMQP 1.0, 1.2 (encodings) and 3.2 (sections).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace devicebatch::queue {

enum class SectionKind : std::uint8_t {
  header = 0x70,
  delivery_annotations = 0x71,
  message_annotations = 0x72,
  properties = 0x73,
  application_properties = 0x74,
  data = 0x75,
  sequence = 0x76,
  value = 0x77,
  footer = 0x78,
};

struct Section {
  SectionKind kind = SectionKind::header;
  std::uint8_t constructor = 0;  // of the value
  std::string_view value;        // with its constructor, as the library's decoder wants it
  std::string_view content;      // of a value with variable width: what is behind its size
};

// Takes the first section off `bytes`.
std::optional<Section> take_section(std::string_view& bytes);

}  // namespace devicebatch::queue
