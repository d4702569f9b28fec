#include "settings/keys.hpp"
#include "settings/load.hpp"
#include "settings/units.hpp"

#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>
#include <yaml-cpp/stlemitter.h>

namespace devicebatch::settings {
namespace {

class Printer {
 public:
  std::string print(const Settings& settings) {
    out_ << YAML::BeginMap;
    for_each_section(settings, [&](const char* name, auto keys, const auto& owner) {
      if (*name == '\0') return write_keys(keys, owner);
      out_ << YAML::Key << name << YAML::Value << YAML::BeginMap;
      write_keys(keys, owner);
      out_ << YAML::EndMap;
    });
    for_each_list(settings, [&](const char* name, auto keys, const auto& items) {
      out_ << YAML::Key << name << YAML::Value << YAML::BeginSeq;
      for (const auto& item : items) {
        out_ << YAML::BeginMap;
        write_keys(keys, item);
        out_ << YAML::EndMap;
      }
      out_ << YAML::EndSeq;
    });
    out_ << YAML::EndMap;
    return std::string(out_.c_str()) + "\n";
  }

 private:
  template <class Owner>
  void write_keys(std::span<const Key<Owner>> keys, const Owner& owner) {
    for (const Key<Owner>& key : keys) {
      std::visit([&](auto member) { write_key(key.name, owner.*member); }, key.member);
    }
  }

  template <class Value>
  void write_key(std::string_view name, const Value& value) {
    // A place that is not set has no text that could be read again.
    if constexpr (std::is_same_v<Value, SecretRef>) {
      if (!value.is_set()) return;
    }
    out_ << YAML::Key << std::string(name) << YAML::Value;
    write(value);
  }

  // Always in quotes, so that no text turns into a number, a null or a comment.
  void write(const std::string& text) { out_ << YAML::DoubleQuoted << text; }
  void write(bool flag) { out_ << (flag ? "true" : "false"); }
  void write(milliseconds duration) { out_ << write_duration(duration); }
  void write(std::uint32_t count) { out_ << std::to_string(count); }
  void write(std::uint64_t bytes) { out_ << std::to_string(bytes); }

  template <class Value>
  requires std::is_enum_v<Value>
  void write(Value value) { out_ << std::string(words_of(value)[static_cast<std::size_t>(value)]); }

  void write(const Texts& texts) {
    out_ << YAML::Flow << YAML::BeginSeq;
    for (const std::string& text : texts) write(text);
    out_ << YAML::EndSeq;
  }
  void write(const TextMap& map) {
    out_ << YAML::Flow << YAML::BeginMap;
    for (const auto& [name, value] : map) {
      out_ << YAML::Key << YAML::DoubleQuoted << name << YAML::Value;
      write(value);
    }
    out_ << YAML::EndMap;
  }

  void write(const SecretRef& reference) {
    out_ << YAML::BeginMap;
    for (const Key<SecretRef>& key : secret_keys()) {
      const std::string& where = reference.*std::get<std::string SecretRef::*>(key.member);
      if (where.empty()) continue;
      out_ << YAML::Key << std::string(key.name) << YAML::Value;
      write(where);
    }
    out_ << YAML::EndMap;
  }

  YAML::Emitter out_;
};

}  // namespace

std::string to_yaml(const Settings& settings) {
  return Printer().print(settings);
}

}  // namespace devicebatch::settings
