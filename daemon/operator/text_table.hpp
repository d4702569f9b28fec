// daemon/operator/text_table.hpp - rows of words in columns, for a terminal.
//
// Threading: pure.
#pragma once

#include <string>
#include <vector>

namespace devicebatch::daemon {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Each column as wide as its widest cell; the last one ends where its text does.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace devicebatch::daemon
