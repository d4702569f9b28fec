#include "sandbox/identity/accounts.hpp"

#include "base/text.hpp"
#include "sandbox/control/document.hpp"

#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

Result<std::vector<std::string>> read_texts(std::string_view name, const json::value& value) {
  if (!value.is_array()) return wrong(name, "a list is expected");
  std::vector<std::string> texts;
  for (const json::value& each : value.get_array()) {
    if (!read_text(each, texts.emplace_back())) return wrong(name, "texts are expected");
  }
  return texts;
}

Result<void> read_member(std::string_view name, const json::value& value, Account& account) {
  std::string text;
  if (name == "tenant" || name == "client_id") {
    if (!read_text(value, text)) return wrong(name, "a text is expected");
    (name == "tenant" ? account.tenant : account.client_id) = to_lower(text);
    return {};
  }
  if (name != "client_secrets" && name != "customers") {
    return wrong(name, "only tenant, client_id, client_secrets and customers are known here");
  }
  auto texts = read_texts(name, value);
  if (!texts) return fail(texts.error());
  if (name == "client_secrets")
    account.secrets = std::move(*texts);
  else
    for (const std::string& each : *texts) account.customers.insert(to_lower(each));
  return {};
}

Result<Account> read_account(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return fail(Errc::bad_config, "an object is expected");
  Account account;
  for (const auto& [name, each] : *object) {
    if (auto read = read_member(name, each, account); !read) return fail(read.error());
  }
  if (account.tenant.empty()) return fail(Errc::bad_config, "`tenant` is missing");
  return account;
}

}  // namespace

Result<Accounts> Accounts::parse(const json::value& list) {
  Accounts parsed;
  if (list.is_null()) return parsed;
  if (!list.is_array()) return fail(Errc::bad_config, "a list of accounts is expected");
  std::size_t number = 0;
  for (const json::value& each : list.get_array()) {
    auto account = read_account(each);
    if (!account) return inside(std::to_string(number), account.error());
    const std::string tenant = account->tenant;
    if (!parsed.accounts_.emplace(tenant, std::move(*account)).second) {
      return wrong(std::to_string(number), "this tenant stands twice");
    }
    ++number;
  }
  return parsed;
}

const Account* Accounts::find(const std::string& tenant) const {
  const auto found = accounts_.find(tenant);
  return found == accounts_.end() ? nullptr : &found->second;
}

bool Accounts::serves(const std::string& tenant, const std::string& customer) const {
  if (is_open()) return true;
  const Account* account = find(tenant);
  return account && (account->customers.empty() || account->customers.contains(customer));
}

}  // namespace devicebatch::sandbox
