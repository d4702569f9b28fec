// format/secret_watch.hpp - was there a product key in what nobody reads?
//
// Purpose:   text that is skipped (a record too long, the rest of a refused file) still decides
//            whether the file may be kept as it is.
// Lifecycle: one for a file; remembers the end of a piece, so that a key across two is seen.
// Threading: one thread.
// Source:    docs/formats.md, "The secret". It may see a key where a hash happens to look like one:
//            then a file is handled with more care than it needs.
#pragma once

#include "base/result.hpp"
#include "format/text_window.hpp"

#include <string>
#include <string_view>

namespace devicebatch::format {

class SecretWatch {
 public:
  // The next piece of the text. Nothing is looked at any more once a key was seen.
  void look(std::string_view piece);
  bool has_seen() const { return has_seen_; }

  // Looks at everything that the window still holds or will hold.
  Result<void> look_at_rest(TextWindow& window);

 private:
  std::string tail_;
  bool has_seen_ = false;
};

}  // namespace devicebatch::format
