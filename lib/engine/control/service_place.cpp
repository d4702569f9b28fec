#include "engine/control/service_place.hpp"

#include "base/text.hpp"
#include "engine/control/request_fields.hpp"

namespace devicebatch::engine {
namespace {

namespace json = boost::json;

// Whose token is used for a customer: that of a destination of the same customer, else the account
// that was named, else the only one.
Result<Account*> account_for(Engine& engine, const Uuid& customer, const std::string& wanted) {
  if (!wanted.empty()) {
    Account* account = engine.delivery().account(wanted);
    if (account != nullptr) return account;
    return fail(Errc::not_found, "no account \"" + printable(wanted) + "\" in the settings");
  }
  for (const auto& destination : engine.delivery().destinations()) {
    if (destination->customer == customer) return &destination->account;
  }
  const auto& accounts = engine.delivery().accounts();
  if (accounts.size() == 1) return accounts.front().get();
  return fail(Errc::rejected,
              "no destination is of this customer; say with --account whose customer it is");
}

Result<ServicePlace> place_of_customer(Context& context, Engine& engine, const Uuid& customer,
                                       const json::object& request) {
  Result<Account*> account = account_for(engine, customer, text_field(request, "account"));
  if (!account) return fail(std::move(account.error()));
  settings::Destination config;
  config.name = customer.to_string();
  config.account = (*account)->name();
  config.customer = customer.to_string();
  config.batch = text_field(request, "batch");
  ServicePlace place;
  place.own = std::make_unique<Destination>(context, config, DestinationId{}, **account);
  place.label = "customer " + customer.to_string();
  place.batch = config.batch;
  return place;
}

}  // namespace

asio::awaitable<Result<ServicePlace>> find_place(Context& context, Engine& engine,
                                                 const ControlCall& call) {
  const std::string name = text_field(call.request, "destination");
  Destination* known = engine.destination(std::string_view(name));
  if (known == nullptr) {
    const std::optional<Uuid> customer = Uuid::parse(name);
    if (customer) co_return place_of_customer(context, engine, *customer, call.request);
    const std::string why =
        "\"" + printable(name) + "\" is no destination of the settings and no customer id";
    co_return fail(Errc::not_found, why);
  }
  LedgerPort ledger(context.ledger_queue, context.log);
  const DestinationId id = known->id;
  std::function<Result<ledger::DestinationRow>(ledger::Ledger&)> read =
      [id](ledger::Ledger& verbs) { return verbs.delivery().destination(id); };
  Result<ledger::DestinationRow> row = co_await ledger.ask<ledger::DestinationRow>(read);
  if (!row) co_return fail(std::move(row.error()));
  ServicePlace place;
  place.known = known;
  place.label = "destination " + known->name;
  place.batch = row->spelling.empty() ? known->batch : row->spelling;
  co_return place;
}

}  // namespace devicebatch::engine
