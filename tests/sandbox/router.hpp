// sandbox/router.hpp - one request in, one answer out.
//
// Purpose:   picks the endpoint, lets the fault rules spoil the answer, and dresses it as the
//            service does: BOM, MS-* headers, Date.
// Threading: the loop.
#pragma once

#include "sandbox/web/session.hpp"
#include "sandbox/world.hpp"

namespace devicebatch::sandbox {

class Router final : public Responder {
 public:
  explicit Router(World& world) : world_(world) {}

  std::optional<std::uint64_t> begin(Request& request) override;
  Answer answer(Request& request) override;
  void note_refused(const Request& request, const Answer& answer) override;

 private:
  World& world_;
};

}  // namespace devicebatch::sandbox
