// format/xml/documents.hpp - the XML documents of a file, one after another, through one handler.
//
// Purpose:   a file may hold several reports, each a document of its own; whoever reads the file
//            sees their elements as if it were one. The reader and the copier of rejected records
//            see the same records with the same numbers.
// Lifecycle: next() until a fault or the last piece. What it says is valid until the next call.
// Threading: one thread; calls the handler from next().
// Units:     memory is bounded as in parser.hpp.
// Errors:    of the window, handed through; XmlFault for what is no XML.
// Source:    docs/formats.md, "OA3 and its relatives".
#pragma once

#include "base/text.hpp"
#include "format/text_window.hpp"
#include "format/xml/dialects.hpp"
#include "format/xml/parser.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace devicebatch::format {

struct XmlPiece {
  std::string_view text = {};
  XmlFault fault = {};
  bool is_last = false;
};

class XmlDocuments {
 public:
  XmlDocuments(TextWindow& window, XmlHandler& handler, XmlMarkup markup = XmlMarkup::dropped);

  // Feeds on; the window still holds the piece until the next call. The lines of a fault are those
  // of the file.
  Result<XmlPiece> next();

  // The line of the file for one that the handler was told.
  std::uint64_t line_of(std::uint64_t line) const { return lines_before_ + line; }
  // Physical lines up to here.
  std::uint64_t lines() const;

 private:
  // False: what stands behind a document is none.
  bool begin_next_document();

  TextWindow& window_;
  XmlHandler& handler_;
  const XmlMarkup markup_;
  std::unique_ptr<XmlParser> parser_;
  std::uint64_t lines_before_ = 0;         // of the documents before this one
  std::size_t pending_ = 0;                // bytes that the next call leaves behind
  std::optional<std::uint64_t> ended_on_;  // the line of a document that is over
  bool ends_in_break_ = false;
};

// Where in a document a parser is. The handler tells it of every element.
class XmlPlace {
 public:
  // True: a record begins with this element.
  bool open(std::string_view name) {
    if (++depth_ == 1) kind_ = xml_kind_of(name);
    if (is_in_record() || !equals_ignoring_case(name, record_element_of(kind_))) return false;
    record_depth_ = depth_;
    return true;
  }
  // True: the record ends with it.
  bool close() {
    const bool is_end = depth_-- == record_depth_;
    if (is_end) record_depth_ = 0;
    return is_end;
  }

  XmlKind kind() const { return kind_; }
  bool is_root() const { return depth_ == 1; }
  bool is_in_record() const { return record_depth_ != 0; }
  // An element of which a record is made.
  bool is_part() const { return is_in_record() && depth_ == record_depth_ + 1; }

 private:
  XmlKind kind_ = XmlKind::unknown;
  std::size_t depth_ = 0;
  std::size_t record_depth_ = 0;  // 0: outside of records
};

}  // namespace devicebatch::format
