// queue/endpoint.hpp - which broker, and how we prove who we are.
//
// Threading: values; any thread.
// Errors:    Errc::bad_config: not amqps://HOST[:PORT] or amqp://HOST[:PORT].
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <functional>
#include <string>

namespace devicebatch::queue {

struct Endpoint {
  std::string host;
  std::string port;  // decimal, or the service's name
  bool has_tls = true;
};

Result<Endpoint> parse_endpoint(const std::string& url);

struct Access {
  std::string user;      // empty: the certificate, or anonymous
  Secret password;       // empty: none
  std::string ca_file;   // empty: the system's
  std::string key_file;  // PEM: certificate and private key; empty: none
};

// Called on the queue's thread before each connection, so that rotated secrets are used.
using ReadAccess = std::function<Result<Access>()>;

struct Broker {
  Endpoint endpoint;
  ReadAccess access;
  std::string container_id;  // our name at the broker
};

}  // namespace devicebatch::queue
