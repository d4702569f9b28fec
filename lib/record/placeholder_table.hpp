// record/placeholder_table.hpp - the data of placeholder.cpp: known fillers and near misses.
//
// Purpose:   what lib/record/data/*.txt says, compiled in: a daemon that starts has its rules, and
//            no file can be missing. One place to add what turns up on a line is those files.
// Threading: constant data; any thread.
// Source:    docs/formats.md, "Placeholders". Texts are in lower case, without dots, dashes,
//            underscores and blanks, because both sides are compared that way.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace devicebatch::record::table {

// Written by people, and what the firmware says. Compared without case; an exact match is no near
// miss.
struct Spelling {
  std::string_view written;
  std::string_view exact;
};

std::span<const std::string_view> serials();
std::span<const std::string_view> names();
std::span<const std::array<std::uint8_t, 16>> uuids();  // in the order of the printed form
std::span<const std::array<std::uint8_t, 6>> macs();
std::span<const Spelling> manufacturers();

}  // namespace devicebatch::record::table
