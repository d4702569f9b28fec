#include "queue/decode_message.hpp"

#include "base/text.hpp"

#include "queue/amqp_value.hpp"
#include "queue/sections.hpp"

#include <algorithm>
#include <vector>

namespace devicebatch::queue {
namespace {

// Places in the list of the standard.
constexpr std::size_t kFirstAcquirer = 3;
constexpr std::size_t kDeliveryCount = 4;
constexpr std::size_t kMessageId = 0;
constexpr std::size_t kReplyTo = 4;
constexpr std::size_t kCorrelationId = 5;
constexpr std::size_t kContentType = 6;

constexpr std::uint8_t kShortBinary = 0xA0;
constexpr std::uint8_t kShortString = 0xA1;
constexpr std::uint8_t kLongBinary = 0xB0;
constexpr std::uint8_t kLongString = 0xB1;

Refusal undecodable(const std::string& what) {
  return {"devicebatchd:undecodable-message", "the message is not AMQP 1.0: " + what};
}

Refusal unusable(const std::string& property) {
  return {"devicebatchd:unusable-property",
          "the property " + property + " is of a wrong type, longer than " +
              std::to_string(kPropertyBytes) + " bytes or has control characters"};
}

Refusal too_large(std::size_t max_body_bytes) {
  return {"devicebatchd:message-too-large", "the message has more than " +
                                                std::to_string(max_body_bytes) +
                                                " bytes: split it, or raise max_message_bytes"};
}

bool is_plain(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; };
  return text.size() <= kPropertyBytes && std::none_of(text.begin(), text.end(), is_control);
}

class Decoding {
 public:
  explicit Decoding(Decoded& decoded) : decoded_(decoded) {}

  void read(const Section& section) {
    switch (section.kind) {
      case SectionKind::header:
        return read_header(section);
      case SectionKind::properties:
        return read_properties(section);
      case SectionKind::application_properties:
        return read_application_properties(section);
      default:
        return;  // annotations and footers mean nothing to us
    }
  }

 private:
  void refuse(Refusal refusal) {
    if (!decoded_.refusal) decoded_.refusal = std::move(refusal);
  }

  // Calls `use` for each element of a list, with its place.
  template <class Use>
  void each_of_list(const Section& section, Use use) {
    const DataHandle data = decode_value(section.value);
    if (!data || pn_data_type(data.get()) != PN_LIST) {
      return refuse(undecodable("a list of properties is damaged"));
    }
    pn_data_enter(data.get());
    for (std::size_t place = 0; pn_data_next(data.get()); ++place) use(place, data.get());
  }

  void read_header(const Section& section) {
    Message& message = decoded_.message;
    each_of_list(section, [&message](std::size_t place, pn_data_t* data) {
      if (place == kFirstAcquirer && pn_data_type(data) == PN_BOOL) {
        // False also when the broker does not know; then it is only a hint for the log.
        message.was_delivered_before = !pn_data_get_bool(data);
      }
      if (place == kDeliveryCount && pn_data_type(data) == PN_UINT) {
        message.failed_deliveries = pn_data_get_uint(data);
      }
    });
  }

  void take(std::optional<std::string> value, std::string& into, const char* name) {
    if (value && is_plain(*value)) {
      into = std::move(*value);
    } else {
      refuse(unusable(name));
    }
  }

  void read_properties(const Section& section) {
    Message& message = decoded_.message;
    each_of_list(section, [this, &message](std::size_t place, pn_data_t* data) {
      if (pn_data_is_null(data)) return;
      if (place == kMessageId) take(id_of(data), message.id, "message-id");
      if (place == kReplyTo) take(text_of(data), message.reply_to, "reply-to");
      if (place == kCorrelationId) take(id_of(data), message.correlation_id, "correlation-id");
      if (place == kContentType) take(text_of(data), message.content_type, "content-type");
    });
  }

  void read_application_properties(const Section& section) {
    const DataHandle data = decode_value(section.value);
    if (!data || pn_data_type(data.get()) != PN_MAP) {
      return refuse(undecodable("the application properties are damaged"));
    }
    pn_data_enter(data.get());
    while (pn_data_next(data.get())) {
      const std::optional<std::string> key = text_of(data.get());
      if (!pn_data_next(data.get())) break;
      if (key != "destination" || pn_data_is_null(data.get())) continue;
      take(text_of(data.get()), decoded_.message.destination, "destination");
    }
  }

  Decoded& decoded_;
};

bool is_body(SectionKind kind) {
  return kind == SectionKind::data || kind == SectionKind::sequence || kind == SectionKind::value;
}

bool is_binary(const Section& section) {
  return section.constructor == kShortBinary || section.constructor == kLongBinary;
}

bool is_text(const Section& section) {
  return section.constructor == kShortString || section.constructor == kLongString;
}

// Any mixture of data, or one value.
bool may_follow(const std::vector<Section>& body, const Section& next) {
  if (next.kind == SectionKind::data) {
    return is_binary(next) && (body.empty() || body.front().kind == SectionKind::data);
  }
  return next.kind == SectionKind::value && body.empty() && (is_binary(next) || is_text(next));
}

// Cuts the body out of the bytes that its sections are in.
void cut_out(const std::vector<Section>& body, std::string& bytes) {
  if (body.size() > 1) {
    std::string joined;
    for (const Section& section : body) joined += section.content;
    bytes = std::move(joined);
    return;
  }
  const auto at = static_cast<std::size_t>(body.front().content.data() - bytes.data());
  bytes.resize(at + body.front().content.size());
  bytes.erase(0, at);
}

// Reads up to the body; the rest of `bytes` begins with it.
void read_envelope(std::string_view& bytes, Decoded& decoded) {
  Decoding decoding(decoded);
  for (std::string_view rest = bytes; !rest.empty(); bytes = rest) {
    const std::optional<Section> section = take_section(rest);
    if (!section || is_body(section->kind)) return;
    if (section->value.size() > kEnvelopeBytes) {
      if (!decoded.refusal) decoded.refusal = undecodable("its properties are too large");
      return;
    }
    decoding.read(*section);
  }
}

}  // namespace

Decoded decode_message(std::string bytes, std::size_t max_body_bytes) {
  Decoded decoded;
  std::string_view rest = bytes;
  read_envelope(rest, decoded);
  if (decoded.refusal) return decoded;
  std::vector<Section> body;
  std::size_t body_bytes = 0;
  while (!rest.empty()) {
    const std::optional<Section> section = take_section(rest);
    if (!section) {
      decoded.refusal = undecodable("a section is damaged or cut off");
      return decoded;
    }
    if (section->kind == SectionKind::footer) continue;
    if (!may_follow(body, *section)) {
      decoded.refusal = Refusal{"devicebatchd:unsupported-body",
                                "the body must be data, or one value that is a string or binary"};
      return decoded;
    }
    body_bytes += section->content.size();
    body.push_back(*section);
  }
  if (body_bytes > max_body_bytes) {
    decoded.refusal = too_large(max_body_bytes);
  } else if (body_bytes == 0) {
    decoded.refusal = Refusal{"devicebatchd:empty-message", "the message has no body"};
  } else {
    cut_out(body, bytes);
    decoded.message.body = std::move(bytes);
  }
  return decoded;
}

Decoded decode_beginning(std::string_view bytes, std::size_t max_body_bytes) {
  Decoded decoded;
  read_envelope(bytes, decoded);
  decoded.refusal = too_large(max_body_bytes);
  return decoded;
}

}  // namespace devicebatch::queue
