// format/xml/parser.hpp - XML of hostile origin, in pieces and in bounded memory.
//
// Purpose:   elements, attributes and text of a document, nothing else: a document type declaration
//            ends it, so there are no entities to expand and nothing to fetch.
// Lifecycle: one for a document. feed() until it says something or the last piece was taken.
// Threading: one thread; calls the handler from feed().
// Units:     what expat keeps is bounded: a tag, comment or instruction of kXmlTokenBytes, elements
//            kXmlDepth deep. Text is handed on in pieces of any size.
// Errors:    XmlFault.
// Source:    XML 1.0; libexpat. The text is UTF-8 already, whatever its declaration says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace devicebatch::format {

inline constexpr std::size_t kXmlTokenBytes = 128 * 1024;
inline constexpr std::size_t kXmlDepth = 64;
inline constexpr std::size_t kXmlAttributes = 64;

class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  // Names come without their namespace prefix. `line` counts from 1 in this document.
  virtual void open(std::string_view name, std::uint64_t line) = 0;
  virtual void text(std::string_view piece) = 0;
  // An attribute's value, a comment, a processing instruction.
  virtual void aside(std::string_view text) = 0;
  virtual void close(std::string_view name) = 0;
  // The bytes of the event that follows, as they stand in the document; with XmlMarkup::told.
  virtual void markup(std::string_view) {}
};

enum class XmlMarkup { dropped, told };

struct XmlFault {
  enum class Kind {
    none,
    broken,
    cut_off,
    doctype,
    too_complex,
    next_document,  // not a fault: the document is whole, and another begins at `offset`
  };
  Kind kind = Kind::none;
  std::uint64_t line = 0;
  std::string why = {};
  std::size_t offset = 0;  // next_document: in the piece that was fed
};

class XmlParser {
 public:
  explicit XmlParser(XmlHandler& handler, XmlMarkup markup = XmlMarkup::dropped);
  ~XmlParser();
  XmlParser(const XmlParser&) = delete;
  XmlParser& operator=(const XmlParser&) = delete;

  XmlFault feed(std::string_view piece, bool is_last);
  // Where the parser is, from 1.
  std::uint64_t line() const;

 private:
  struct State;  // keeps expat's header out of this one
  std::unique_ptr<State> state_;
};

}  // namespace devicebatch::format
