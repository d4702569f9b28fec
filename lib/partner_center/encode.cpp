#include "partner_center/encode.hpp"

#include "base/check.hpp"
#include "record/hardware_hash.hpp"

#include <algorithm>

namespace devicebatch::partner_center {

namespace {

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u00";
  out += kDigits[static_cast<unsigned char>(c) >> 4];
  out += kDigits[static_cast<unsigned char>(c) & 0x0F];
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto stop = std::find_if(text.begin(), text.end(), needs_escape);
    const auto plain = static_cast<std::size_t>(stop - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    append_escape(out, text.front());
    text.remove_prefix(1);
  }
  out += '"';
}

bool has_hash(const record::Device& device) {
  return device.hash_form != record::HashForm::none && !device.hash.empty();
}

std::string_view verbatim_text(const record::Device& device) {
  // char may alias any object; the bytes are the text of the row.
  return {reinterpret_cast<const char*>(device.hash.data()), device.hash.size()};
}

void append_hash(std::string& out, const record::Device& device) {
  if (device.hash_form == record::HashForm::verbatim) {
    append_string(out, verbatim_text(device));
    return;
  }
  // Base64 of our own making: nothing in it needs an escape.
  out += '"';
  out += record::wire_text(device.hash);
  out += '"';
}

std::size_t value_bytes(const record::Device& device) {
  const std::size_t hash = device.hash_form == record::HashForm::canonical
                               ? record::wire_text_length(device.hash.size())
                               : device.hash.size();
  return hash + device.serial.size() + device.pkid.size() + device.manufacturer.size() +
         device.model.size();
}

std::size_t expected_bytes(WireBody form, std::span<const record::Device> devices) {
  std::size_t bytes = 2;
  for (const record::Device& device : devices) {
    bytes += value_bytes(device) + encoding_overhead(form);
  }
  return bytes;
}

// Writes members of one object, commas included.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }

  void name(std::string_view member) {
    if (!is_first_) out_ += ',';
    is_first_ = false;
    out_ += '"';
    out_ += member;
    out_ += "\":";
  }
  void text_unless_empty(std::string_view member, std::string_view value) {
    if (!value.empty()) text(member, value);
  }
  void text(std::string_view member, std::string_view value) {
    name(member);
    append_string(out_, value);
  }
  void null(std::string_view member) {
    name(member);
    out_ += "null";
  }
  void text_or_null(std::string_view member, std::string_view value) {
    value.empty() ? null(member) : text(member, value);
  }
  void object_type(std::string_view value) {
    name("Attributes");
    Members attributes(out_);
    attributes.text("ObjectType", value);
    attributes.end();
  }

 private:
  std::string& out_;
  bool is_first_ = true;
};

void append_minimal(std::string& out, const record::Device& device) {
  Members members(out);
  members.text_unless_empty("serialNumber", device.serial);
  members.text_unless_empty("productKey", device.pkid);
  if (has_hash(device)) {
    members.name("hardwareHash");
    append_hash(out, device);
  } else {
    members.text_unless_empty("oemManufacturerName", device.manufacturer);
    members.text_unless_empty("modelName", device.model);
  }
  // No policies: an empty array there is answered with HTTP 500.
  members.end();
}

void append_sdk(std::string& out, const record::Device& device) {
  Members members(out);
  members.null("Id");
  members.text_or_null("SerialNumber", device.serial);
  members.text_or_null("ProductKey", device.pkid);
  if (has_hash(device)) {
    members.name("HardwareHash");
    append_hash(out, device);
  } else {
    members.null("HardwareHash");
    members.text_unless_empty("ModelName", device.model);
    members.text_unless_empty("OemManufacturerName", device.manufacturer);
  }
  members.null("Policies");
  members.null("CreatedBy");
  members.text("UploadedDate", "0001-01-01T00:00:00");
  members.null("AllowedOperations");
  members.object_type("Device");
  members.end();
}

void append_array(std::string& out, WireBody form, std::span<const record::Device> devices) {
  out += '[';
  bool is_first = true;
  for (const record::Device& device : devices) {
    if (!is_first) out += ',';
    is_first = false;
    form == WireBody::sdk ? append_sdk(out, device) : append_minimal(out, device);
  }
  out += ']';
}

}  // namespace

std::size_t encoding_overhead(WireBody form) {
  constexpr std::string_view kMinimal =
      R"({"serialNumber":"","productKey":"","oemManufacturerName":"","modelName":""},)";
  constexpr std::string_view kSdk =
      R"({"Id":null,"SerialNumber":null,"ProductKey":null,"HardwareHash":null,"ModelName":"",)"
      R"("OemManufacturerName":"","Policies":null,"CreatedBy":null,)"
      R"("UploadedDate":"0001-01-01T00:00:00","AllowedOperations":null,)"
      R"("Attributes":{"ObjectType":"Device"}},)";
  return form == WireBody::sdk ? kSdk.size() : kMinimal.size();
}

std::string encode_devices(WireBody form, std::span<const record::Device> devices) {
  std::string body;
  body.reserve(expected_bytes(form, devices));
  append_array(body, form, devices);
  return body;
}

std::string encode_batch(WireBody form, std::string_view batch,
                         std::span<const record::Device> devices) {
  std::string body;
  // The members around the array are 90 bytes at most.
  body.reserve(expected_bytes(form, devices) + batch.size() + 100);
  Members members(body);
  members.text(form == WireBody::sdk ? "BatchId" : "batchId", batch);
  members.name(form == WireBody::sdk ? "Devices" : "devices");
  append_array(body, form, devices);
  if (form == WireBody::sdk) members.object_type("DeviceBatchCreationRequest");
  members.end();
  return body;
}

}  // namespace devicebatch::partner_center
