#include "format/xml/documents.hpp"

#include "format/encoding.hpp"

#include <utility>

namespace devicebatch::format {
namespace {

// What expat gets at once, and what it may call back about before anybody can stop it.
constexpr std::size_t kPieceBytes = 64 * 1024;

// Where one document ends and the next begins must not be torn apart: what expat has taken cannot
// be given to the next parser.
std::string_view up_to_tag_end(std::string_view text) {
  const std::size_t end = text.rfind('>');
  if (end != std::string_view::npos) return text.substr(0, end + 1);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == 0 ? text : text.substr(0, begin);
}

}  // namespace

XmlDocuments::XmlDocuments(TextWindow& window, XmlHandler& handler, XmlMarkup markup)
    : window_(window),
      handler_(handler),
      markup_(markup),
      parser_(std::make_unique<XmlParser>(handler, markup)) {}

Result<XmlPiece> XmlDocuments::next() {
  window_.skip(std::exchange(pending_, 0));
  if (ended_on_ && !begin_next_document()) {
    return XmlPiece{{}, {XmlFault::Kind::broken, line_of(1), "text behind the end"}, false};
  }
  if (window_.rest().size() < kPieceBytes) {
    auto more = window_.refill();
    if (!more) return fail(std::move(more.error()));
  }
  const std::string_view rest = window_.rest();
  const bool is_last = window_.is_last() && rest.size() <= kPieceBytes;
  const std::string_view text = is_last ? rest : up_to_tag_end(rest.substr(0, kPieceBytes));
  XmlFault fault = parser_->feed(text, is_last);
  if (fault.kind == XmlFault::Kind::next_document) {
    pending_ = fault.offset;
    ended_on_ = fault.line;
    return XmlPiece{text.substr(0, fault.offset), {}, false};
  }
  fault.line = line_of(fault.line);
  if (fault.kind == XmlFault::Kind::none) {
    pending_ = text.size();
    if (!text.empty()) ends_in_break_ = text.back() == '\n';
  }
  return XmlPiece{text, std::move(fault), is_last};
}

std::uint64_t XmlDocuments::lines() const {
  return line_of(parser_->line()) - (ends_in_break_ ? 1 : 0);
}

bool XmlDocuments::begin_next_document() {
  lines_before_ += *std::exchange(ended_on_, std::nullopt) - 1;
  if (window_.rest().starts_with(kByteOrderMark)) window_.skip(kByteOrderMark.size());
  parser_ = std::make_unique<XmlParser>(handler_, markup_);
  return window_.rest().starts_with('<');
}

}  // namespace devicebatch::format
