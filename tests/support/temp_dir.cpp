#include "support/temp_dir.hpp"

#include "base/check.hpp"

#include <stdlib.h>

#include <fstream>
#include <iterator>

namespace devicebatch::support {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "devicebatch-XXXXXX").string();
  DEVICEBATCH_CHECK(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  DEVICEBATCH_CHECK(file.good());
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  DEVICEBATCH_CHECK(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace devicebatch::support
