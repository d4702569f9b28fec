#include "engine/control/operator_name.hpp"

#include "base/text.hpp"

#include <pwd.h>

#include <vector>

namespace devicebatch::engine {

std::string operator_name(uid_t uid) {
  const std::string number = "uid " + std::to_string(uid);
  std::vector<char> room(64 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, room.data(), room.size(), &found) != 0) return number;
  if (found == nullptr || found->pw_name == nullptr) return number;
  return printable(found->pw_name) + " (" + number + ")";
}

}  // namespace devicebatch::engine
