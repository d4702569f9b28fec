# Turns the data files of this folder into one C++ source: cmake -DDATA=<folder> -DOUT=<file> -P compile.cmake

# Lines without comments and blanks, in order.
function(read_lines name result)
  file(STRINGS ${DATA}/${name}.txt lines)
  set(kept "")
  foreach(line IN LISTS lines)
    string(STRIP "${line}" line)
    if(NOT line STREQUAL "" AND NOT line MATCHES "^#")
      if(line MATCHES "[\"\\\\]")
        message(FATAL_ERROR "${name}.txt: quotes and backslashes are not possible: ${line}")
      endif()
      list(APPEND kept "${line}")
    endif()
  endforeach()
  set(${result} "${kept}" PARENT_SCOPE)
endfunction()

# As placeholder.cpp compares texts.
function(text_table name symbol)
  read_lines(${name} lines)
  set(code "constexpr std::string_view k${symbol}[] = {\n")
  foreach(line IN LISTS lines)
    string(TOLOWER "${line}" line)
    string(REGEX REPLACE "[-._ \t]" "" line "${line}")
    string(APPEND code "    \"${line}\",\n")
  endforeach()
  set(source "${source}${code}};\n" PARENT_SCOPE)
endfunction()

function(hex_bytes text result)
  string(REGEX REPLACE "[^0-9A-Fa-f]" "" digits "${text}")
  string(REGEX REPLACE "(..)" "0x\\1, " bytes "${digits}")
  set(${result} "${bytes}" PARENT_SCOPE)
endfunction()

function(bytes_table name symbol size)
  read_lines(${name} lines)
  set(code "constexpr std::array<std::uint8_t, ${size}> k${symbol}[] = {\n")
  foreach(line IN LISTS lines)
    hex_bytes("${line}" bytes)
    string(APPEND code "    {${bytes}},\n")
  endforeach()
  set(source "${source}${code}};\n" PARENT_SCOPE)
endfunction()

function(spelling_table name symbol)
  read_lines(${name} lines)
  set(code "constexpr Spelling k${symbol}[] = {\n")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^(.*[^ ]) *= *([^ =].*)$")
      message(FATAL_ERROR "${name}.txt: not `written = exact`: ${line}")
    endif()
    string(APPEND code "    {\"${CMAKE_MATCH_1}\", \"${CMAKE_MATCH_2}\"},\n")
  endforeach()
  set(source "${source}${code}};\n" PARENT_SCOPE)
endfunction()

set(source "")
text_table(placeholder_serials Serials)
text_table(placeholder_names Names)
bytes_table(placeholder_uuids Uuids 16)
bytes_table(placeholder_macs Macs 6)
spelling_table(manufacturer_spellings Manufacturers)
file(WRITE ${OUT} "// Made from lib/record/data/*.txt by compile.cmake.
#include \"record/placeholder_table.hpp\"

namespace devicebatch::record::table {
namespace {
${source}}  // namespace

std::span<const std::string_view> serials() { return kSerials; }
std::span<const std::string_view> names() { return kNames; }
std::span<const std::array<std::uint8_t, 16>> uuids() { return kUuids; }
std::span<const std::array<std::uint8_t, 6>> macs() { return kMacs; }
std::span<const Spelling> manufacturers() { return kManufacturers; }
}  // namespace devicebatch::record::table
")
