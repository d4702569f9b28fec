#include "daemon/operator/service_pages.hpp"

#include "daemon/json_text.hpp"
#include "partner_center/pages.hpp"

namespace devicebatch::daemon {

namespace json = boost::json;

namespace {

// 100 devices a page: more devices than any batch will have.
constexpr std::size_t kPagesMax = 100'000;

}  // namespace

Result<void> read_service_pages(ControlDesk& desk, json::object request,
                                const std::function<Result<void>(const json::array&)>& take) {
  partner_center::PageGuard guard(kPagesMax);
  std::string next;
  do {
    if (!next.empty()) request["next"] = next;
    Result<json::object> page = desk.ask(request);
    if (!page) return fail(std::move(page.error()));
    Result<void> taken = take(array_of(*page, "rows"));
    if (!taken) return taken;
    next = text_of(*page, "next");
  } while (guard.is_new(next));
  if (guard.is_cut()) {
    return fail(Errc::corrupt, "the listing is not whole: the service's pages do not end");
  }
  return {};
}

}  // namespace devicebatch::daemon
