#include "base/secret.hpp"

#include "base/hex.hpp"
#include "base/sha256.hpp"

#include <string.h>

#include <span>

namespace devicebatch {

void wipe(std::string& text) {
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

// A copy, not a move: moving a short string would leave its bytes in the moved-from object.
Secret::Secret(std::string&& value) : value_(value) {
  wipe(value);
}

Secret::Secret(Secret&& other) noexcept : value_(other.value_) {
  wipe(other.value_);
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe(value_);
  value_ = other.value_;
  wipe(other.value_);
  return *this;
}

Secret::~Secret() {
  wipe(value_);
}

std::string Secret::fingerprint() const {
  const Digest digest = sha256(std::string_view(value_));
  return "sha256:" + to_hex(std::span(digest).first(4));
}

}  // namespace devicebatch
