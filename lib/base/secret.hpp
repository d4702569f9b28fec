// base/secret.hpp - bytes that must not be printed, copied or left in memory.
//
// Purpose:   client secrets and access tokens (promise I8).
// Lifecycle: moves only; the bytes are wiped when the owner dies or is moved from.
// Threading: a value; one thread at a time. To share one, hold it in std::shared_ptr<const Secret>.
#pragma once

#include <string>
#include <string_view>

namespace devicebatch {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string&& value);  // wipes what it takes
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  bool is_empty() const { return value_.empty(); }
  // The only way to the value. A search for this name finds every place that handles it.
  std::string_view reveal() const { return value_; }
  // "sha256:ab12cd34": tells two secrets apart without showing either.
  std::string fingerprint() const;

 private:
  std::string value_;
};

// Overwrites the whole buffer of a string that held a secret, then empties it.
void wipe(std::string& text);

}  // namespace devicebatch
