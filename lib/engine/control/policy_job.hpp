// engine/control/policy_job.hpp - follows the job of a change until its end.
//
// Purpose:   what E8 answers with: polled as often as the jobs of uploads, for a bounded time. The
//            job goes on without us; its id is in the answer.
// Threading: the loop's thread.
#pragma once

#include "engine/control/service_change.hpp"
#include "engine/control/service_place.hpp"

#include <boost/json/object.hpp>

#include <chrono>

namespace devicebatch::engine {

// {"tracking_id", "is_over", "state", "rows": [...], "done": N, "failed": N}
asio::awaitable<boost::json::object> follow_job(Context& context, const ServicePlace& place,
                                                Uuid tracking_id, std::chrono::milliseconds limit);

}  // namespace devicebatch::engine
