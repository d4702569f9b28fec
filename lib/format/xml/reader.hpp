// format/xml/reader.hpp - OA3Tool reports and their relatives to checked records.
//
// Purpose:   reports become records; everything with a product key, and everything that is no
//            device, is refused with a word for what it is and what to send instead. Exports of
//            keys and build reports are taken when the source allows it, without the keys.
// Lifecycle: made for one file, run once. A file may hold several documents one after another.
// Threading: the caller's thread.
// Units:     a field is kept up to limits::kFieldBytes; the text of a ProductKey element never is.
// Errors:    of window and sink, handed through; FileReport::refusal for everything else.
// Source:    docs/formats.md, "OA3 and its relatives".
#pragma once

#include "format/record_feed.hpp"
#include "format/secret_watch.hpp"
#include "format/submission_reader.hpp"
#include "format/text_window.hpp"
#include "format/xml/documents.hpp"

#include <array>
#include <string>

namespace devicebatch::format {

class XmlReader final : private XmlHandler {
 public:
  XmlReader(TextWindow& window, const record::RowChecker& checker, const ReadOptions& options,
            const BatchSink& sink, FileReport& report);

  Result<void> run();

 private:
  enum Part : std::size_t { pkid, state, hash, serial, product_key, other };

  void open(std::string_view name, std::uint64_t line) override;
  void text(std::string_view piece) override;
  void aside(std::string_view text) override;
  void close(std::string_view name) override;

  void open_root(std::string_view name);
  void open_record(std::uint64_t line);
  void end_record();
  void judge_record();
  void end_other_text();
  void look_into_long_text();
  void note_secret();
  // What a product key in the file makes of it comes before `finding`.
  void refuse(record::Finding finding);
  void refuse_fault(const XmlFault& fault, std::string_view piece);

  Result<void> read_documents();
  Result<void> finish();

  bool is_over() const { return report_.refusal.has_value(); }
  static Part part_named(std::string_view name);

  TextWindow& window_;
  const bool may_extract_;
  const bool is_masked_;
  FileReport& report_;
  RecordFeed feed_;
  RecordNumbers numbers_;
  XmlDocuments documents_;
  XmlPlace place_;
  Part part_ = Part::other;
  std::array<std::string, Part::product_key> parts_;
  std::string other_text_;  // of an element that is no part, looked into for product keys only
  bool has_product_key_ = false;
  bool is_filler_key_ = false;     // XXXXX-XXXXX-XXXXX-XXXXX-XXXXX
  bool has_secret_ = false;        // anywhere else in the record
  bool has_stray_secret_ = false;  // where it refuses the file, not a record
  bool is_too_long_ = false;
};

}  // namespace devicebatch::format
