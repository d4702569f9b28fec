// Deprecated names on purpose: see the header.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/sha256.hpp"

#include <openssl/sha.h>

namespace devicebatch {

struct Sha256::Context {
  SHA256_CTX state;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  SHA256_Init(&context_->state);
}
Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::uint8_t> bytes) {
  SHA256_Update(&context_->state, bytes.data(), bytes.size());
}

void Sha256::add(std::string_view text) {
  SHA256_Update(&context_->state, text.data(), text.size());
}

Digest Sha256::finish() {
  Digest digest;
  SHA256_Final(digest.data(), &context_->state);
  return digest;
}

Digest sha256(std::span<const std::uint8_t> bytes) {
  // Not SHA256(): that looks its algorithm up, under a lock, for every call.
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, bytes.data(), bytes.size());
  Digest digest;
  SHA256_Final(digest.data(), &state);
  return digest;
}

Digest sha256(std::string_view text) {
  return sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace devicebatch
