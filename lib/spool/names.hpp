// spool/names.hpp - the names of files that belong together.
//
// Purpose:   a submission's claim, receipts and archived input are found again by name, also after
//            a crash, so each name is a function of the dropped name and the submission's id.
// Threading: pure; any thread.
// Units:     bytes. A file system takes 255 of them; a longer result is cut in front of its
//            extension and gets "~" and 8 hexadecimal digits of its digest, so that two cut names
//            stay apart.
// Source:    docs/operations.md, "The drop folder".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace devicebatch::spool {

inline constexpr std::size_t kNameBytes = 255;

// Can be a file of one directory: not empty, not "." or "..", no slash, no NUL, at most 255 bytes.
bool is_plain_name(std::string_view name);

// `name` when it has at most `at_most` bytes (at least 64), else cut as described above.
std::string fit_name(std::string_view name, std::size_t at_most = kNameBytes);

// "UUID__NAME".
std::string claim_name_for(std::string_view uuid, std::string_view name);

// What tells the files of two submissions of one name apart: the last 12 digits of the UUID. The
// first ones are time and the same for files that arrive together.
std::string archive_tag(std::string_view uuid);

// "x.csv" and "12ab" make "x.12ab.csv"; a name without an extension gets the tag at its end.
std::string tagged_name(std::string_view name, std::string_view tag);

// "x.csv" and ".ack.json" make "x.csv.ack.json". The suffix is never cut.
std::string receipt_name(std::string_view name, std::string_view suffix);

inline constexpr std::string_view kAckSuffix = ".ack.json";
inline constexpr std::string_view kResultCsvSuffix = ".result.csv";
inline constexpr std::string_view kResultJsonSuffix = ".result.json";
// "x.csv" and this make "x.rejects.csv", rows to be corrected and dropped again: the only one of
// our files that is input.
inline constexpr std::string_view kRejectsTag = "rejects";

}  // namespace devicebatch::spool
