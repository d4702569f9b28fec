#include "daemon/doctor/site_checks.hpp"

#include "base/text.hpp"
#include "daemon/control_client.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/json_text.hpp"

#include <boost/json/array.hpp>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <set>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;
using Diagnoses = std::vector<Diagnosis>;

constexpr std::uint64_t kMegabyte = 1'000'000;
// A day's files and their place in the ledger; below the second nothing is taken any more.
constexpr std::uint64_t kRoomToMind = 1'000 * kMegabyte;
constexpr std::uint64_t kRoomToWork = 100 * kMegabyte;

class FolderCheck {
 public:
  explicit FolderCheck(Diagnoses& found) : found_(found) {}

  void check_drop_folder(const std::string& about, const std::string& path, bool allows_anybody) {
    struct stat status {};
    if (!is_folder(about, path, status)) return;
    const bool is_open_to_all = (status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0;
    if (is_open_to_all && !allows_anybody) {
      return add(Health::wrong, about,
                 "anybody may take files out of " + printable(path) + " or change them",
                 "chmod o-w " + printable(path) + ", or chmod +t where everybody drops files");
    }
    add(Health::good, about, printable(path) + " is there", "");
    check_room(path);
  }

  // The folder of a file that the service writes.
  void check_home(const std::string& about, const std::string& file) {
    const std::string folder = std::filesystem::path(file).parent_path().string();
    struct stat status {};
    if (!is_folder(about, folder, status)) return;
    if ((status.st_mode & S_IWOTH) != 0) {
      return add(Health::wrong, about, "anybody may write to " + printable(folder),
                 "chmod o-w " + printable(folder));
    }
    add(Health::good, about, printable(folder) + " is there", "");
    check_room(folder);
  }

 private:
  void add(Health health, const std::string& about, std::string sentence, std::string fix) {
    const int exit_code = health == Health::wrong ? kBadConfig : kOk;
    found_.push_back({health, about, std::move(sentence), std::move(fix), exit_code});
  }

  bool is_folder(const std::string& about, const std::string& path, struct stat& status) {
    if (::stat(path.c_str(), &status) != 0) {
      add(Health::wrong, about, system_error(errno, printable(path)).message(),
          "make the folder, owned by the service's user: install -d -m 2770 -o devicebatchd " +
              printable(path));
      return false;
    }
    if (S_ISDIR(status.st_mode)) return true;
    add(Health::wrong, about, printable(path) + " is not a folder", "move it away");
    return false;
  }

  // Once for each file system.
  void check_room(const std::string& path) {
    struct stat status {};
    struct statvfs room {};
    if (::stat(path.c_str(), &status) != 0 || ::statvfs(path.c_str(), &room) != 0) return;
    if (!looked_at_.insert(status.st_dev).second) return;
    const std::uint64_t bytes = std::uint64_t{room.f_bavail} * room.f_frsize;
    const std::string sentence = std::to_string(bytes / kMegabyte) + " MB are free at " +
                                 printable(path) + ", " + std::to_string(room.f_favail) +
                                 " more files fit";
    const bool has_names = room.f_files == 0 || room.f_favail > 10'000;
    if (bytes < kRoomToWork || !has_names) {
      add(Health::wrong, "disk", sentence,
          "make room: keep_done and keep_quarantine clear old files");
    } else {
      add(bytes < kRoomToMind ? Health::mind : Health::good, "disk", sentence,
          bytes < kRoomToMind ? "make room: a full disk stops intake, nothing is lost" : "");
    }
  }

  Diagnoses& found_;
  std::set<dev_t> looked_at_;
};

json::object request_of(std::string_view verb) {
  json::object request;
  request["verb"] = verb;
  return request;
}

std::uint64_t count_of(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member != nullptr && member->is_number() ? member->to_number<std::uint64_t>() : 0;
}

}  // namespace

Diagnoses check_folders(const settings::Settings& all, const DoctorOptions&) {
  Diagnoses found;
  FolderCheck check(found);
  for (const settings::Source& source : all.sources) {
    check.check_drop_folder("source " + source.name, source.path, source.allow_insecure_folder);
  }
  for (const settings::Queue& queue : all.queues) {
    check.check_drop_folder("queue " + queue.name, queue.path, false);
  }
  check.check_home("ledger", all.ledger_path);
  if (all.sources.empty() && all.queues.empty()) {
    found.push_back({Health::wrong, "sources", "nothing is watched", "add a source", kBadConfig});
  }
  return found;
}

Diagnoses check_service(const settings::Settings& all, const DoctorOptions&) {
  const Result<json::object> answer = ask_daemon(all.control_socket, request_of("status"));
  if (answer) {
    return {{Health::good, "service", "it answers, and this user may pause and change", "", kOk}};
  }
  const bool is_forbidden = answer.error().code() == Errc::forbidden;
  return {{is_forbidden ? Health::mind : Health::wrong, "service", answer.error().message(),
           is_forbidden
               ? "a roll-back needs its group: run as root or in group devicebatchd"
               : "systemctl enable --now devicebatchd; journalctl -u devicebatchd says why "
                 "it does not start",
           is_forbidden ? kOk : kUnavailable}};
}

Diagnoses check_first_batch(const settings::Settings& all, const DoctorOptions&) {
  const Result<json::object> answer = ask_daemon_or_ledger(all, request_of("status"));
  if (!answer) return {{Health::mind, "first batch", answer.error().message(), "", kOk}};
  const json::object& verdicts = object_of(*answer, "verdicts");
  const std::uint64_t registered =
      count_of(verdicts, "registered") + count_of(verdicts, "already_registered");
  const std::uint64_t waiting = count_of(verdicts, "pending");
  const std::uint64_t failed = count_of(verdicts, "failed");
  const std::string counts = std::to_string(registered) + " devices are registered, " +
                             std::to_string(waiting) + " wait, " + std::to_string(failed) +
                             " failed";
  if (registered == 0) {
    return {{Health::mind, "first batch", counts,
             waiting + failed == 0
                 ? "drop the file of one machine that you can reset"
                 : "devicebatchd status and explain SERIAL say what they wait for",
             kOk}};
  }
  Diagnoses found{{Health::good, "first batch", counts, "", kOk}};
  if (failed > 0) {
    found.push_back({Health::mind, "first batch", "the service refused some devices",
                     "devicebatchd dead-letter list", kOk});
  }
  return found;
}

}  // namespace devicebatch::daemon
