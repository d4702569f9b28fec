#include "format/xml/parser.hpp"

#include <expat.h>

#include <algorithm>
#include <new>

namespace devicebatch::format {
namespace {

using Kind = XmlFault::Kind;

// No name of an element has a vertical tab.
constexpr char kNamespaceEnd = '\v';

std::string_view local_name(const char* name) {
  const std::string_view whole(name);
  return whole.substr(whole.rfind(kNamespaceEnd) + 1);
}

}  // namespace

struct XmlParser::State {
  State(XmlHandler& events, XmlMarkup markup)
      : handler(events), expat(XML_ParserCreateNS("UTF-8", kNamespaceEnd)) {
    if (expat == nullptr) throw std::bad_alloc();
    XML_SetUserData(expat, this);
    XML_SetElementHandler(expat, on_open, on_close);
    XML_SetCharacterDataHandler(expat, on_text);
    XML_SetCommentHandler(expat, on_comment);
    XML_SetProcessingInstructionHandler(expat, on_instruction);
    XML_SetStartDoctypeDeclHandler(expat, on_doctype);
    XML_SetParamEntityParsing(expat, XML_PARAM_ENTITY_PARSING_NEVER);
    if (markup == XmlMarkup::told) XML_SetDefaultHandlerExpand(expat, on_markup);
  }
  ~State() { XML_ParserFree(expat); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void stop(Kind kind, std::string why = {}) {
    if (fault.kind != Kind::none) return;
    fault = {kind, XML_GetCurrentLineNumber(expat), std::move(why), 0};
    XML_StopParser(expat, XML_FALSE);
  }

  static State& of(void* data) { return *static_cast<State*>(data); }
  static std::size_t size_of(int length) { return static_cast<std::size_t>(length); }

  static void on_open(void* data, const char* name, const char** attributes) {
    State& state = of(data);
    if (state.fault.kind != Kind::none) return;
    XML_DefaultCurrent(state.expat);
    if (++state.depth > kXmlDepth) return state.stop(Kind::too_complex, "elements are too deep");
    state.handler.open(local_name(name), XML_GetCurrentLineNumber(state.expat));
    std::size_t count = 0;
    for (const char** at = attributes; *at != nullptr; at += 2) {
      if (++count > kXmlAttributes) return state.stop(Kind::too_complex, "too many attributes");
      state.handler.aside(at[1]);
    }
  }
  static void on_close(void* data, const char* name) {
    State& state = of(data);
    if (state.fault.kind != Kind::none) return;
    XML_DefaultCurrent(state.expat);
    state.is_root_closed = --state.depth == 0;
    state.handler.close(local_name(name));
  }
  static void on_text(void* data, const char* text, int length) {
    State& state = of(data);
    if (state.fault.kind != Kind::none) return;
    XML_DefaultCurrent(state.expat);
    state.handler.text({text, size_of(length)});
  }
  static void on_comment(void* data, const char* text) {
    XML_DefaultCurrent(of(data).expat);
    of(data).handler.aside(text);
  }
  static void on_instruction(void* data, const char*, const char* text) { on_comment(data, text); }
  // What has no handler of its own, and what XML_DefaultCurrent hands on.
  static void on_markup(void* data, const char* bytes, int length) {
    State& state = of(data);
    if (state.fault.kind == Kind::none) state.handler.markup({bytes, size_of(length)});
  }
  static void on_doctype(void* data, const char*, const char*, const char*, int) {
    of(data).stop(Kind::doctype);
  }

  XmlHandler& handler;
  XML_Parser expat;
  XmlFault fault;
  std::size_t depth = 0;
  bool is_root_closed = false;
  std::uint64_t fed = 0;
};

XmlParser::XmlParser(XmlHandler& handler, XmlMarkup markup)
    : state_(std::make_unique<State>(handler, markup)) {}
XmlParser::~XmlParser() = default;

std::uint64_t XmlParser::line() const {
  return XML_GetCurrentLineNumber(state_->expat);
}

XmlFault XmlParser::feed(std::string_view piece, bool is_last) {
  State& state = *state_;
  const std::uint64_t before = state.fed;
  const auto size = static_cast<int>(piece.size());
  const XML_Status status = XML_Parse(state.expat, piece.data(), size, is_last ? 1 : 0);
  state.fed += piece.size();
  if (state.fault.kind != Kind::none) return state.fault;
  const auto at =
      static_cast<std::uint64_t>(std::max<XML_Index>(XML_GetCurrentByteIndex(state.expat), 0));
  if (status != XML_STATUS_ERROR) {
    // Behind the last event lies an unfinished tag, which expat keeps whole.
    if (state.fed - std::min(at, state.fed) > kXmlTokenBytes) {
      return {Kind::too_complex, line(), "a tag or comment is too long", 0};
    }
    return {};
  }
  const XML_Error error = XML_GetErrorCode(state.expat);
  switch (error) {
    case XML_ERROR_JUNK_AFTER_DOC_ELEMENT:
    case XML_ERROR_MISPLACED_XML_PI:
    case XML_ERROR_INVALID_TOKEN:  // a byte order mark
      if (at < before || !state.is_root_closed) break;
      return {Kind::next_document, line(), {}, static_cast<std::size_t>(at - before)};
    case XML_ERROR_NO_ELEMENTS:
    case XML_ERROR_UNCLOSED_TOKEN:
    case XML_ERROR_PARTIAL_CHAR:
    case XML_ERROR_UNCLOSED_CDATA_SECTION:
      return {Kind::cut_off, line(), {}, 0};
    case XML_ERROR_NO_MEMORY:
      throw std::bad_alloc();
    default:
      break;
  }
  return {Kind::broken, line(), XML_ErrorString(error), 0};
}

}  // namespace devicebatch::format
