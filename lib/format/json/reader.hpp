// format/json/reader.hpp - JSON of every shape to checked records.
//
// Purpose:   Partner Center's batches and lists, Graph's identities, arrays, bare objects, JSON
//            Lines, and the mismatch data of an enrolled device.
// Lifecycle: made for one file, run once.
// Threading: the caller's thread.
// Errors:    of window and sink, handed through; FileReport::refusal for a text that is broken or
//            no list of devices.
// Source:    docs/formats.md, "JSON".
#pragma once

#include "format/json/object.hpp"
#include "format/json/splitter.hpp"
#include "format/record_feed.hpp"
#include "format/submission_reader.hpp"
#include "format/text_window.hpp"

#include <string>
#include <vector>

namespace devicebatch::format {

class JsonReader {
 public:
  JsonReader(TextWindow& window, const record::RowChecker& checker, const ReadOptions& options,
             const BatchSink& sink, FileReport& report);

  Result<void> run();

 private:
  Result<void> take(JsonSplitter::Step step);
  void take_record();
  void take_members(const std::vector<JsonMember>& members);
  void take_mismatch_data(const JsonMember& current);
  void take_fault();
  void take_list();
  void take_list_end();
  // What surrounds a list: its names once, and the batch that its records are for.
  void take_surroundings(std::string_view head, std::string_view tail);
  void take_surrounding(const JsonMember& member, bool is_behind);

  // Puts a member where the record keeps it; a finding when it cannot be one.
  std::optional<record::Finding> put(const JsonMember& member, Column column, record::RawRow& row);
  std::optional<record::Finding> put_all(const std::vector<JsonMember>& members,
                                         record::RawRow& row);
  Column column_of(std::size_t at, std::string_view name);
  // Not a device, and nothing before it was one: says what it is instead.
  bool is_other_object();
  void name_dialect();
  Result<void> finish();

  TextWindow& window_;
  FileReport& report_;
  JsonSplitter splitter_;
  RecordFeed feed_;
  JsonObject object_;
  std::vector<std::string> known_names_;  // of the record before, by position
  std::vector<Column> known_columns_;
  std::vector<std::string> outer_names_;  // of the object around the list in hand
  std::string batch_id_;
  std::uint64_t top_values_ = 0;
};

}  // namespace devicebatch::format
