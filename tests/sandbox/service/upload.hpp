// sandbox/service/upload.hpp - the two uploads: create a batch (E1), append to one (E2).
//
// Purpose:   decides an upload, makes it true and writes it down, before the answer leaves.
// Threading: the loop.
// Source:    docs/protocol.md, E1 and E2, "Idempotency".
#pragma once

#include "sandbox/world.hpp"

#include <optional>
#include <string>

namespace devicebatch::sandbox {

struct UploadCall {
  UploadCall(const Request& upload_request, const Misfortune& befallen, std::string customer_id)
      : request(upload_request), fault(befallen), customer(std::move(customer_id)) {}

  const Request& request;
  const Misfortune& fault;
  std::string customer;              // as in the path
  std::optional<std::string> batch;  // as in the path; absent when a batch is created
  std::optional<Answer> denial;      // token or customer are no good: nothing is processed
};

Answer upload(World& world, const UploadCall& call);
// 202 and Location.
Answer accepted(const World& world, const Request& request, const std::string& customer,
                const std::string& tracking_id);
// A fault kept the service from the request: only its id and its body are remembered.
void note_unprocessed(World& world, const UploadCall& call);

}  // namespace devicebatch::sandbox
