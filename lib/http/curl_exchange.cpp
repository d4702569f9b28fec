#include "http/curl_exchange.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/target_url.hpp"

#include <algorithm>
#include <cstring>

namespace devicebatch::http {

namespace {

// All header lines of a reply. The service sends about 1 KB; servers themselves stop at 8 to 64 KB.
constexpr std::size_t kReplyHeaderBytes = 128 * 1024;

// Idle connections are dropped before the front ends of the service do it (about four minutes): a
// POST on a connection that just died has an unknown fate.
constexpr long kIdleConnectionSeconds = 90;

bool is_header_safe(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

CurlExchange::~CurlExchange() {
  if (has_secret_reply()) wipe(response_.body);
}

template <class T>
void CurlExchange::set(CURLoption option, T value) {
  const CURLcode result = curl_easy_setopt(easy_.get(), option, value);
  if (set_result_ == CURLE_OK) set_result_ = result;
}

Result<void> CurlExchange::prepare(EasyHandle easy, const CurlOptions& options) {
  easy_ = std::move(easy);
  Result<UrlHandle> url = target_url(request_.url, options.allows_plain_http);
  if (!url) return fail(std::move(url.error()));
  url_ = std::move(*url);
  set(CURLOPT_CURLU, url_.get());
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(error_text_));
  set_security(options);
  set_limits(options);
  set_method();
  set(CURLOPT_WRITEFUNCTION, &CurlExchange::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &CurlExchange::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
  if (Result<void> headers = set_headers(); !headers) return headers;
  if (set_result_ != CURLE_OK) {
    return fail(Errc::rejected,
                std::string("the request cannot be set up: ") + curl_easy_strerror(set_result_),
                set_result_);
  }
  return {};
}

void CurlExchange::set_security(const CurlOptions& options) {
  set(CURLOPT_PROTOCOLS_STR, options.allows_plain_http ? "http,https" : "https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    set(CURLOPT_CAINFO, options.ca_file.c_str());
    // Debian's default directory would go on trusting every public authority.
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  // Set in either case, because libcurl asks the environment for what is not set.
  set(CURLOPT_PROXY, options.proxy.c_str());
  set(CURLOPT_NOPROXY, options.proxy.empty() ? "*" : "");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void CurlExchange::set_limits(const CurlOptions& options) {
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.total_timeout.count()));
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.low_speed_time.count()));
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits::kReplyBytes));
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_MAXAGE_CONN, kIdleConnectionSeconds);
}

std::string_view CurlExchange::body_to_send() const {
  return request_.secret_body ? request_.secret_body->reveal() : std::string_view(request_.body);
}

void CurlExchange::set_method() {
  if (request_.method == "GET") {
    set(CURLOPT_HTTPGET, 1L);
    return;
  }
  // A body that is read but cannot be rewound: libcurl repeats a request by itself when a kept
  // connection dies before the reply, POSTs included. Without a way back it reports the loss
  // instead, and what may have had an effect is repeated by nobody but the ledger.
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_to_send().size()));
  set(CURLOPT_READFUNCTION, &CurlExchange::on_read);
  set(CURLOPT_READDATA, static_cast<void*>(this));
  if (request_.method != "POST") set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

Result<void> CurlExchange::set_headers() {
  for (const Header& header : request_.headers) {
    if (!is_header_safe(header.name) || !is_header_safe(header.value)) {
      return fail(Errc::rejected, "a header holds a line break: " + printable(header.name));
    }
    // libcurl takes "Name:" for "leave it out" and "Name;" for an empty value.
    add_header_line(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  if (request_.bearer) {
    const std::string_view token = request_.bearer->reveal();
    if (!is_header_safe(token)) return fail(Errc::rejected, "the token holds a line break");
    std::string line = "Authorization: Bearer ";
    // At once: a buffer that grows leaves copies behind.
    line.reserve(line.size() + token.size());
    line += token;
    add_header_line(std::move(line));
  }
  if (!request_.sends_expect) add_header_line("Expect:");
  set(CURLOPT_HTTPHEADER, header_lines_.get());
  return {};
}

void CurlExchange::add_header_line(std::string&& line) {
  curl_slist* list = curl_slist_append(header_lines_.get(), line.c_str());
  wipe(line);
  if (list == nullptr) {
    set_result_ = CURLE_OUT_OF_MEMORY;
    return;
  }
  (void)header_lines_.release();  // the same list, its head unchanged unless it was empty
  header_lines_.reset(list);
}

std::size_t CurlExchange::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const std::string_view rest = exchange.body_to_send().substr(exchange.body_sent_);
  const std::size_t bytes = std::min(rest.size(), size * count);
  if (bytes > 0) std::memcpy(buffer, rest.data(), bytes);
  exchange.body_sent_ += bytes;
  return bytes;
}

std::size_t CurlExchange::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  const std::string_view piece(bytes, size * count);
  if (exchange.response_.body.size() + piece.size() > limits::kReplyBytes) {
    exchange.is_over_cap_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  exchange.append_to_body(piece);
  return piece.size();
}

void CurlExchange::append_to_body(std::string_view bytes) {
  std::string& body = response_.body;
  const std::size_t needed = body.size() + bytes.size();
  if (has_secret_reply() && needed > body.capacity()) {
    std::string larger;
    larger.reserve(std::max(needed, 2 * body.capacity()));
    larger = body;
    wipe(body);
    body.swap(larger);
  }
  body += bytes;
}

std::size_t CurlExchange::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(bytes, size * count);
  const bool is_taken = static_cast<CurlExchange*>(self)->take_header(line);
  return is_taken ? line.size() : CURL_WRITEFUNC_ERROR;
}

bool CurlExchange::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kReplyHeaderBytes) {
    is_over_cap_ = true;
    return false;
  }
  // A status line begins a reply; what came before it was an interim one.
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();
    is_head_complete_ = false;
    return true;
  }
  if (trim(line).empty()) is_head_complete_ = true;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  response_.headers.emplace_back(std::string(trim(line.substr(0, colon))),
                                 std::string(trim(line.substr(colon + 1))));
  return true;
}

Error CurlExchange::error_of(CURLcode code) const {
  const bool has_text = error_text_[0] != '\0';
  const std::string what = has_text ? std::string(error_text_) : curl_easy_strerror(code);
  std::string message = request_.method + " " + printable(request_.url) + ": " + printable(what);
  if (is_over_cap_ || code == CURLE_FILESIZE_EXCEEDED) {
    message += " (the reply is over its cap)";
    return Error(Errc::rejected, std::move(message), code);
  }
  // Set at the moment when name, connection, proxy and TLS are done and the first byte may leave.
  curl_off_t ready_after_us = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &ready_after_us);
  const bool may_have_left = ready_after_us > 0;
  if (!may_have_left && (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)) {
    return Error(Errc::rejected, std::move(message), code);
  }
  return Error(may_have_left ? Errc::unconfirmed : Errc::transient, std::move(message), code);
}

Result<Response> CurlExchange::finish(CURLcode code) {
  if (code != CURLE_OK) return fail(error_of(code));
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  // libcurl 7.88.1 takes a head that ends with its connection for a whole reply: a 202 without its
  // Location, or an interim reply for the reply.
  if (!is_head_complete_ || status < 200) {
    return fail(Errc::unconfirmed, request_.method + " " + printable(request_.url) +
                                       ": the connection ended within the head of the reply");
  }
  response_.status = static_cast<int>(status);
  return std::move(response_);
}

}  // namespace devicebatch::http
