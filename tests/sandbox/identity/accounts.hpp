// sandbox/identity/accounts.hpp - the partners that may ask for tokens.
//
// Purpose:   several partners in one sandbox, each with customers of its own. While none is listed,
//            every tenant and client is known and serves every customer.
// Threading: the loop.
#pragma once

#include "base/result.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace devicebatch::sandbox {

struct Account {
  std::string tenant;                         // lower case
  std::string client_id;                      // empty: any
  std::vector<std::string> secrets;           // empty: those of the options
  std::unordered_set<std::string> customers;  // lower case; empty: all
};

class Accounts {
 public:
  // [{tenant, client_id, client_secrets: [...], customers: [...]}]
  static Result<Accounts> parse(const boost::json::value& list);

  bool is_open() const { return accounts_.empty(); }
  const Account* find(const std::string& tenant) const;  // nullptr when it is not listed
  // May this tenant act for the customer, both in lower case?
  bool serves(const std::string& tenant, const std::string& customer) const;

 private:
  std::unordered_map<std::string, Account> accounts_;
};

}  // namespace devicebatch::sandbox
