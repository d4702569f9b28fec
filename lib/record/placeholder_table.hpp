// record/placeholder_table.hpp - the data of placeholder.cpp: known fillers and near misses.
//
// Purpose:   one place to add what turns up on a line. Lower case; dots, dashes, underscores and
//            blanks left out, because both sides are compared that way.
// Source:    docs/formats.md, "Placeholders".
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace devicebatch::record::table {

inline constexpr std::string_view kSerials[] = {
    "tobefilledbyoem",
    "defaultstring",
    "systemserialnumber",
    "serialnumber",
    "notspecified",
    "notapplicable",
    "notavailable",
    "n/a",
    "na",
    "none",
    "null",
    "unknown",
    "invalid",
    "oem",
    "empty",
    "default",
    "chassisserialnumber",
    "baseboardserialnumber",
    "smbiosstringindex0",
    "123456789",
    "0123456789",
    "1234567890",
    "12345678",
    "012345678",
    "123456789012345",
};

inline constexpr std::string_view kNames[] = {
    "systemmanufacturer",
    "systemproductname",
    "tobefilledbyoem",
    "defaultstring",
    "oem",
    "n/a",
    "na",
    "none",
    "null",
    "unknown",
    "invalid",
    "notspecified",
    "notapplicable",
    "smbiosstringindex0",
    "empty",
};

// In the byte order of the hash: the first three groups little-endian.
// 03000200-0400-0500-0006-000700080009, written in either byte order by different boards.
inline constexpr std::array<std::uint8_t, 16> kUuids[] = {
    {0x00, 0x02, 0x00, 0x03, 0x00, 0x04, 0x00, 0x05, 0x00, 0x06, 0x00, 0x07, 0x00, 0x08, 0x00,
     0x09},
    {0x03, 0x00, 0x02, 0x00, 0x04, 0x00, 0x05, 0x00, 0x00, 0x06, 0x00, 0x07, 0x00, 0x08, 0x00,
     0x09},
};

// Written by people, and what the firmware says. Compared without case; an exact match is no near
// miss.
struct Spelling {
  std::string_view written;
  std::string_view exact;
};
inline constexpr Spelling kManufacturers[] = {
    {"Lenovo", "LENOVO"},
    {"Dell", "Dell Inc."},
    {"Dell Inc", "Dell Inc."},
    {"Microsoft", "Microsoft Corporation"},
    {"ASUS", "ASUSTeK COMPUTER INC."},
    {"ASUSTeK", "ASUSTeK COMPUTER INC."},
    {"VMware", "VMware, Inc."},
};

}  // namespace devicebatch::record::table
