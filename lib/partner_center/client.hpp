// partner_center/client.hpp - the service as a tree of things to call, for tools and examples.
//
// Purpose:   client.customers().by_id(C).device_batches().by_id(B).devices().create(devices), as
//            the documentation writes it. The daemon does not use it: it keeps every step in its
//            ledger.
// Lifecycle: the transport outlives the client and all that came from it; these are values that may
//            be copied and kept.
// Threading: one thread at a time; every call blocks it until its answer is there.
// Errors:    one call is one request, and nothing is repeated (listings ask for all their pages,
//            wait() asks again). Errc::unconfirmed: it may have happened; to be safe, repeat it
//            with the same request id, or list. throttled: see retry_after. unauthorized: the
//            token. forbidden: a person must act. not_found: the batch, the device, the job. busy:
//            a batch of that id exists. rejected: the request is wrong. corrupt: the reply is.
// Source:    docs/protocol.md.
#pragma once

#include "base/secret.hpp"
#include "http/transport.hpp"
#include "partner_center/api.hpp"
#include "partner_center/change_bodies.hpp"
#include "partner_center/encode.hpp"
#include "partner_center/replies.hpp"
#include "partner_center/token.hpp"
#include "record/device.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace devicebatch::partner_center {

// Asked before each request. It may keep a token for as long as it lives.
using TokenProvider = std::function<Result<std::shared_ptr<const Secret>>()>;
// Sleeps for so long; false: stop waiting.
using Pause = std::function<bool(std::chrono::milliseconds)>;

// Tokens of an application with a client secret, each used until a minute before its end.
TokenProvider app_only_tokens(http::Transport& transport, TokenOptions options, Secret secret);

// What the service does after it has accepted devices or assignments.
struct Job {
  Uuid customer;
  Uuid tracking_id;
};

class Call;  // what all of the following share; in client.cpp

class Device {
 public:
  // The service replaces the device: begin with what all() gave.
  Result<void> update(const DeviceListing& device) const;
  Result<void> remove() const;

 private:
  friend class Devices;
  Device(std::shared_ptr<Call> call, DevicePlace place)
      : call_(std::move(call)), place_(std::move(place)) {}
  std::shared_ptr<Call> call_;
  DevicePlace place_;
};

class Devices {
 public:
  // Appends to the batch. `request_id` is for a repetition: the id of the call that is repeated.
  Result<Job> create(std::span<const record::Device> devices,
                     std::optional<Uuid> request_id = std::nullopt) const;
  Result<std::vector<DeviceListing>> all() const;
  Device by_id(std::string device_id) const {
    return {call_, {customer_, batch_, std::move(device_id)}};
  }

 private:
  friend class DeviceBatch;
  Devices(std::shared_ptr<Call> call, const Uuid& customer, std::string batch)
      : call_(std::move(call)), customer_(customer), batch_(std::move(batch)) {}
  std::shared_ptr<Call> call_;
  Uuid customer_;
  std::string batch_;
};

class DeviceBatch {
 public:
  Devices devices() const { return {call_, customer_, batch_}; }

 private:
  friend class DeviceBatches;
  DeviceBatch(std::shared_ptr<Call> call, const Uuid& customer, std::string batch)
      : call_(std::move(call)), customer_(customer), batch_(std::move(batch)) {}
  std::shared_ptr<Call> call_;
  Uuid customer_;
  std::string batch_;
};

class DeviceBatches {
 public:
  DeviceBatch by_id(std::string batch) const { return {call_, customer_, std::move(batch)}; }
  // A new batch with its first devices. Its id becomes the group tag of them all.
  Result<Job> create(std::string_view batch, std::span<const record::Device> devices,
                     std::optional<Uuid> request_id = std::nullopt) const;
  Result<std::vector<BatchSummary>> all() const;

 private:
  friend class Customer;
  DeviceBatches(std::shared_ptr<Call> call, const Uuid& customer)
      : call_(std::move(call)), customer_(customer) {}
  std::shared_ptr<Call> call_;
  Uuid customer_;
};

class Policies {
 public:
  Result<std::vector<ConfigurationPolicy>> all() const;
  Result<ConfigurationPolicy> get(std::string_view policy_id) const;
  Result<ConfigurationPolicy> create(const ConfigurationPolicy& policy) const;
  Result<void> update(const ConfigurationPolicy& policy) const;
  Result<void> remove(std::string_view policy_id) const;
  Result<Job> assign(std::span<const PolicyAssignment> assignments) const;

 private:
  friend class Customer;
  Policies(std::shared_ptr<Call> call, const Uuid& customer)
      : call_(std::move(call)), customer_(customer) {}
  std::shared_ptr<Call> call_;
  Uuid customer_;
};

class Customer {
 public:
  DeviceBatches device_batches() const { return {call_, id_}; }
  Policies policies() const { return {call_, id_}; }

 private:
  friend class Customers;
  Customer(std::shared_ptr<Call> call, const Uuid& id) : call_(std::move(call)), id_(id) {}
  std::shared_ptr<Call> call_;
  Uuid id_;
};

class Customers {
 public:
  Customer by_id(const Uuid& tenant) const { return {call_, tenant}; }

 private:
  friend class Client;
  explicit Customers(std::shared_ptr<Call> call) : call_(std::move(call)) {}
  std::shared_ptr<Call> call_;
};

class Client {
 public:
  Client(http::Transport& transport, TokenProvider tokens, ApiOptions options = {},
         WireBody body = WireBody::minimal);

  Customers customers() const { return Customers(call_); }

  Result<JobStatus> status(const Job& job) const;
  // Pauses and looks, at growing intervals, until the job has ended. A job that is not known yet
  // and trouble that passes are waited out, so that how long it takes is up to `pause`:
  // Errc::cancelled when it says so. What has ended may have failed: look at each device.
  Result<JobStatus> wait(const Job& job, std::chrono::milliseconds first_interval,
                         const Pause& pause) const;

 private:
  std::shared_ptr<Call> call_;
};

}  // namespace devicebatch::partner_center
