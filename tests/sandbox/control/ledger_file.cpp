#include "sandbox/control/ledger_file.hpp"

#include "base/check.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

struct Replayed {
  std::size_t unreadable = 0;
  bool ends_with_newline = true;
};

Replayed replay_lines(const std::string& path,
                      const std::function<void(const json::object&)>& replay) {
  Replayed result;
  std::ifstream file(path, std::ios::binary);
  std::string line;
  while (std::getline(file, line)) {
    result.ends_with_newline = !file.eof();
    json::error_code error;
    const json::value event = json::parse(line, error);
    if (!error && event.is_object()) {
      replay(event.get_object());
    } else if (!line.empty()) {
      ++result.unreadable;
    }
  }
  return result;
}

}  // namespace

LedgerFile::~LedgerFile() {
  if (file_ >= 0) ::close(file_);
}

Result<std::size_t> LedgerFile::open(const std::string& path,
                                     const std::function<void(const json::object&)>& replay) {
  const Replayed replayed = replay_lines(path, replay);
  if (auto opened = open(path); !opened) return fail(opened.error());
  if (!replayed.ends_with_newline) write_all("\n");
  return replayed.unreadable;
}

Result<void> LedgerFile::open(const std::string& path) {
  file_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) return fail(system_error(errno, path));
  return {};
}

void LedgerFile::append(const json::object& event) {
  if (file_ >= 0) write_all(json::serialize(event) + '\n');
}

void LedgerFile::write_all(const std::string& bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = ::write(file_, bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    DEVICEBATCH_CHECK(count > 0);
    written += static_cast<std::size_t>(count);
  }
}

}  // namespace devicebatch::sandbox
