// base/sha256.hpp - SHA-256 over OpenSSL.
//
// Purpose:   the checksum inside a hardware hash, the identity of a file, the digest of a body.
// Threading: Sha256 objects belong to one thread; the free functions may be called by any.
// Source:    the low-level SHA256_* calls were 4 % faster than EVP for 1 KB inputs
//            (docs/performance.md) and need no allocation; they are deprecated in OpenSSL 3, not
//            removed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace devicebatch {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::span<const std::uint8_t> bytes);
Digest sha256(std::string_view text);

// For input that arrives in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::span<const std::uint8_t> bytes);
  void add(std::string_view text);
  // Ends the computation; the object must not be used afterwards.
  Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace devicebatch
