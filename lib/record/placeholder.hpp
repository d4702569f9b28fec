// record/placeholder.hpp - fillers that firmware and tools write where a value should be.
//
// Purpose:   a filler identifies nothing: two devices that share one must not be taken for one
//            device.
// Threading: pure; any thread.
// Source:    docs/formats.md, "Placeholders"; the lists are in lib/record/data/*.txt.
#pragma once

#include "record/identity.hpp"

#include <span>
#include <string_view>

namespace devicebatch::record {

// Compared without case, dots and blanks squeezed. The empty text is one.
bool is_placeholder_serial(std::string_view serial);

// For manufacturer and model.
bool is_placeholder_name(std::string_view name);

// All zero, all ones, or a constant that boards are shipped with.
bool is_placeholder_uuid(const SmbiosUuid& uuid);

// One byte over and over, or an address that adapters are shipped with.
bool is_placeholder_mac(std::span<const std::uint8_t, 6> mac);

// The exact SMBIOS spelling of a manufacturer that people shorten or capitalise; empty when `name`
// is not such a near miss.
std::string_view exact_manufacturer(std::string_view name);

}  // namespace devicebatch::record
