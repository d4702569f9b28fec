#include "settings/cross_checks.hpp"

#include "base/text.hpp"
#include "settings/nearest.hpp"
#include "settings/text_rules.hpp"
#include "settings/units.hpp"

#include <algorithm>
#include <filesystem>

namespace devicebatch::settings {
namespace {

// "/a//b/./c/" as "/a/b/c/": with the slash at the end, one lies in another when it begins with it.
std::string folder_of(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  if (!normal.ends_with('/')) normal += '/';
  return normal;
}

class Checker {
 public:
  Checker(Loaded& loaded, const Lines& lines) : loaded_(loaded), lines_(lines) {}

  void check() {
    check_names("accounts", all().accounts);
    check_names("destinations", all().destinations);
    check_names("sources", all().sources);
    check_names("queues", all().queues);
    check_names_of_intake();
    check_references("destinations", all().destinations, &Destination::account, "account",
                     all().accounts);
    check_references("sources", all().sources, &Source::destination, "destination",
                     all().destinations);
    check_references("queues", all().queues, &Queue::destination, "destination",
                     all().destinations);
    check_routes("sources", all().sources);
    check_routes("queues", all().queues);
    check_queues();
    check_accounts();
    check_destinations();
    check_folders();
    check_urls();
    check_order();
    check_sockets();
  }

 private:
  const Settings& all() const { return loaded_.settings; }

  static std::string path_of(std::string_view list, std::size_t at, std::string_view key) {
    return std::string(list) + "[" + std::to_string(at) + "]." + std::string(key);
  }

  // 0 for a value that is not in the file.
  int line_of(const std::string& path) const {
    const auto at = lines_.find(path);
    return at == lines_.end() ? 0 : at->second;
  }

  void report(const std::string& path, const std::string& what) {
    loaded_.problems.push_back({line_of(path), path + " " + what});
  }

  // Names that differ in case only would be mixed up by the people who use them.
  template <class Item>
  void check_names(std::string_view list, const std::vector<Item>& items) {
    std::map<std::string, std::size_t> seen;
    for (std::size_t at = 0; at < items.size(); ++at) {
      if (items[at].name.empty()) continue;
      const auto [first, is_first] = seen.try_emplace(to_lower(items[at].name), at);
      if (is_first) continue;
      report(path_of(list, at, "name"),
             "is the name of another one, at line " +
                 std::to_string(line_of(path_of(list, first->second, "name"))));
    }
  }

  template <class Item, class Target>
  void check_references(std::string_view list, const std::vector<Item>& items,
                        std::string Item::*member, std::string_view key,
                        const std::vector<Target>& targets) {
    std::vector<std::string_view> names;
    for (const Target& target : targets) names.push_back(target.name);
    for (std::size_t at = 0; at < items.size(); ++at) {
      const std::string& wanted = items[at].*member;
      if (wanted.empty() || std::ranges::find(names, wanted) != names.end()) continue;
      report(path_of(list, at, key), "names " + printable(wanted, 60) + ", which does not exist" +
                                         suggestion(wanted, names));
    }
  }

  bool is_in_file(std::string_view list, std::size_t at, std::string_view key) const {
    return lines_.contains(path_of(list, at, key));
  }

  void check_accounts() {
    for (std::size_t at = 0; at < all().accounts.size(); ++at) {
      check_identity(at);
      check_refresh_token(at);
    }
  }

  // A key that is there but wrong was reported already.
  void check_identity(std::size_t at) {
    const bool has_secret = is_in_file("accounts", at, "client_secret");
    const bool has_certificate = is_in_file("accounts", at, "certificate");
    const std::string item = "accounts[" + std::to_string(at) + "]";
    if (!has_secret && !has_certificate) {
      report(item, "needs client_secret or certificate");
    } else if (has_secret && has_certificate) {
      report(path_of("accounts", at, "certificate"),
             "and client_secret are both there; only one can prove who we are");
    }
  }

  void check_refresh_token(std::size_t at) {
    const Account& account = all().accounts[at];
    const std::string key_path = path_of("accounts", at, "refresh_token");
    const bool has_token = is_in_file("accounts", at, "refresh_token");
    const bool is_app_user = account.mode == AccountMode::app_user;
    if (is_app_user && !has_token) {
      report(path_of("accounts", at, "mode"),
             "app_user needs refresh_token: {file: /PATH}, which `login` writes");
    } else if (!is_app_user && has_token) {
      report(key_path, "is only for mode: app_user");
    } else if (account.refresh_token.file.empty() && account.refresh_token.is_set()) {
      report(key_path, "needs file: a credential cannot be written, only be the first token");
    }
    check_not_above(path_of("accounts", at, "keep_alive"), account.keep_alive,
                    "refresh_token_max_age", account.refresh_token_max_age);
    check_own_file(at);
  }

  // Two rotations into one file would destroy each other's token.
  void check_own_file(std::size_t at) {
    const std::string& file = all().accounts[at].refresh_token.file;
    if (file.empty()) return;
    const std::string key_path = path_of("accounts", at, "refresh_token.file");
    for (std::size_t other = 0; other < all().accounts.size(); ++other) {
      const Account& each = all().accounts[other];
      const bool is_taken = file == each.client_secret.file || file == each.certificate.file ||
                            (other < at && file == each.refresh_token.file);
      if (is_taken) report(key_path, "is a file of account " + printable(each.name, 60) + " too");
    }
  }

  // Both are sources to whoever reads logs, and `submit` names either.
  void check_names_of_intake() {
    for (std::size_t at = 0; at < all().queues.size(); ++at) {
      for (const Source& source : all().sources) {
        if (!equals_ignoring_case(source.name, all().queues[at].name)) continue;
        report(path_of("queues", at, "name"), "is the name of a source too");
      }
    }
  }

  // Rows that leave a file by their group tag stay with its customer: whose devices a file holds is
  // said once.
  template <class Item>
  void check_routes(std::string_view list, const std::vector<Item>& items) {
    for (std::size_t at = 0; at < items.size(); ++at) {
      const Destination* own = all().destination(items[at].destination);
      for (const auto& [tag, name] : items[at].group_tags) {
        const std::string path = path_of(list, at, "group_tags") + "." + tag;
        const Destination* target = check_target(path, name);
        if (target == nullptr || own == nullptr) continue;
        if (!equals_ignoring_case(target->customer, own->customer)) {
          report(path, "leads to another customer than destination " + printable(own->name, 60));
        }
      }
      for (std::size_t route = 0; route < items[at].may_route_to.size(); ++route) {
        check_target(path_of(list, at, "may_route_to") + "[" + std::to_string(route) + "]",
                     items[at].may_route_to[route]);
      }
    }
  }

  const Destination* check_target(const std::string& path, const std::string& name) {
    const Destination* target = all().destination(name);
    if (target == nullptr && !name.empty()) {
      report(path, "names " + printable(name, 60) + ", which does not exist");
    }
    return target;
  }

  void check_queues() {
    for (std::size_t at = 0; at < all().queues.size(); ++at) {
      const Queue& queue = all().queues[at];
      const std::string key_path = path_of("queues", at, "url");
      if (queue.url.starts_with("amqp://")) {
        const std::string as_web = "http" + queue.url.substr(queue.url.find(':'));
        if (!queue.allow_plain) {
          report(key_path, "must begin with amqps://; amqp:// needs allow_plain and this machine");
        } else if (!is_loopback(as_web)) {
          report(key_path, "may use amqp:// only to this machine (127.0.0.1, [::1] or localhost)");
        }
      }
      if (queue.user.empty() && queue.password.is_set()) {
        report(path_of("queues", at, "password"), "needs user");
      }
    }
  }

  // Two names for one customer and batch would be two stories about the same devices.
  void check_destinations() {
    std::map<std::string, std::size_t> seen;
    for (std::size_t at = 0; at < all().destinations.size(); ++at) {
      const Destination& each = all().destinations[at];
      if (each.customer.empty() || each.batch.empty()) continue;
      const bool is_any = all().service.batch_names == BatchNames::any;
      const std::string unsafe = is_any ? std::string() : unsafe_batch(each.batch);
      if (!unsafe.empty()) {
        report(path_of("destinations", at, "batch"),
               unsafe + "; partner_center.batch_names: any allows others");
      }
      const auto [first, is_first] =
          seen.try_emplace(to_lower(each.customer) + "/" + to_lower(each.batch), at);
      if (is_first) continue;
      report(path_of("destinations", at, "batch"),
             "is the same customer and batch as in " +
                 printable(all().destinations[first->second].name, 60));
    }
  }

  struct Folder {
    Folder(std::string folder, std::string key)
        : path(std::move(folder)), key_path(std::move(key)) {}
    std::string path;
    std::string key_path;
  };

  void check_folders() {
    std::vector<Folder> folders;
    const auto add = [&](std::string_view list, std::size_t at, std::string_view key,
                         const std::string& path) {
      if (path.starts_with('/')) folders.emplace_back(folder_of(path), path_of(list, at, key));
    };
    for (std::size_t at = 0; at < all().sources.size(); ++at) {
      add("sources", at, "path", all().sources[at].path);
      add("sources", at, "archive_path", all().sources[at].archive_path);
    }
    for (std::size_t at = 0; at < all().queues.size(); ++at) {
      add("queues", at, "path", all().queues[at].path);
    }
    std::ranges::stable_sort(folders, {}, &Folder::path);
    const Folder* above = nullptr;
    for (const Folder& folder : folders) {
      if (above == nullptr || !folder.path.starts_with(above->path)) {
        above = &folder;
      } else {
        report_overlap(*above, folder);
      }
    }
    check_outside("ledger.path", all().ledger_path, folders);
    check_outside("control.socket", all().control_socket, folders);
    for (std::size_t at = 0; at < all().accounts.size(); ++at) {
      const Account& account = all().accounts[at];
      check_outside(path_of("accounts", at, "client_secret.file"), account.client_secret.file,
                    folders);
      check_outside(path_of("accounts", at, "certificate.file"), account.certificate.file, folders);
      check_outside(path_of("accounts", at, "refresh_token.file"), account.refresh_token.file,
                    folders);
    }
  }

  // At the inner one, or at the later of two equal ones.
  void report_overlap(const Folder& outer, const Folder& inner) {
    if (outer.path == inner.path) {
      report(inner.key_path, "is the folder of another source too, at line " +
                                 std::to_string(line_of(outer.key_path)));
    } else {
      report(inner.key_path, "lies inside the folder of another source, at line " +
                                 std::to_string(line_of(outer.key_path)));
    }
  }

  void check_outside(const std::string& key_path, const std::string& file,
                     const std::vector<Folder>& folders) {
    for (const Folder& folder : folders) {
      if (folder_of(file).starts_with(folder.path)) report(key_path, "lies inside a drop folder");
    }
  }

  void check_urls() {
    check_plain_http("partner_center.base_url", all().service.base_url);
    check_plain_http("partner_center.authority_url", all().service.authority_url);
    const std::string& base = all().service.base_url;
    if (base.ends_with("/v1") || base.ends_with("/v1/")) {
      report("partner_center.base_url", "must be given without /v1");
    }
  }

  void check_plain_http(const std::string& key_path, const std::string& url) {
    if (!wrong_url(url).empty() || is_https(url)) return;
    if (!all().service.allow_plain_http) {
      report(key_path,
             "must begin with https://; plain http needs allow_plain_http and this machine");
    } else if (!is_loopback(url)) {
      report(key_path, "may use plain http only to this machine (127.0.0.1, [::1] or localhost)");
    }
  }

  void check_order() {
    const Delivery& delivery = all().delivery;
    check_not_above("delivery.retry_first", delivery.retry_first, "retry_ceiling",
                    delivery.retry_ceiling);
    check_not_above("delivery.poll_first", delivery.poll_first, "poll_ceiling",
                    delivery.poll_ceiling);
    check_not_above("delivery.reconcile_first", delivery.reconcile_first, "reconcile_wait",
                    delivery.reconcile_wait);
    if (delivery.in_flight_min > delivery.in_flight) {
      report("delivery.in_flight_min", "is above in_flight");
    }
    check_not_above("partner_center.connect_timeout", all().service.connect_timeout,
                    "request_timeout", all().service.request_timeout);
  }

  void check_sockets() {
    if (all().monitor_socket == all().control_socket) {
      report("control.monitor_socket", "is the control socket itself; name another, or \"\"");
    }
  }

  void check_not_above(const std::string& key_path, milliseconds value, std::string_view limit_key,
                       milliseconds limit) {
    if (value <= limit) return;
    report(key_path, "(" + write_duration(value) + ") is longer than " + std::string(limit_key) +
                         " (" + write_duration(limit) + ")");
  }

  Loaded& loaded_;
  const Lines& lines_;
};

}  // namespace

void check_across(Loaded& loaded, const Lines& lines) {
  Checker(loaded, lines).check();
}

}  // namespace devicebatch::settings
