#include "engine/queue/queues.hpp"

#include "settings/read_secret.hpp"

#include <algorithm>

namespace devicebatch::engine {
namespace {

// Proton wants the name of a file; it reads it itself.
std::string file_of(const settings::SecretRef& reference, const std::string& credentials) {
  if (!reference.credential.empty()) return credentials + "/" + reference.credential;
  return reference.file;
}

Result<queue::Access> read_access(const settings::Queue& config, const std::string& credentials) {
  queue::Access access;
  access.user = config.user;
  access.ca_file = config.ca_file;
  access.key_file = file_of(config.certificate, credentials);
  if (config.password.is_set()) {
    Result<Secret> password = settings::read_secret(config.password, credentials);
    if (!password) return fail(std::move(password.error()));
    access.password = std::move(*password);
  }
  if (config.certificate.is_set()) {
    // Only looked at: permissions that are too wide are refused as those of any secret.
    Result<Secret> key = settings::read_secret(config.certificate, credentials);
    if (!key) return fail(std::move(key.error()));
  }
  return access;
}

settings::Source as_source(const settings::Queue& config, const std::string& destination) {
  settings::Source source;
  static_cast<settings::Reading&>(source) = config;
  source.name = config.name;
  source.path = config.path;
  source.destination = destination;
  return source;
}

}  // namespace

Queues::Queues(Context& context, std::function<void(Destination&)> accepted)
    : context_(context), accepted_(std::move(accepted)) {}

Queues::~Queues() = default;

QueueSources Queues::make_sources(const settings::Queue& config,
                                  const FindDestination& find) const {
  std::vector<std::string> names = config.may_route_to;
  names.push_back(config.destination);
  QueueSources sources;
  for (const std::string& name : names) {
    sources.by_destination.insert_or_assign(
        name, std::make_unique<Source>(as_source(config, name), find));
  }
  sources.own = sources.by_destination.at(config.destination).get();
  return sources;
}

Result<queue::Broker> Queues::make_broker(const settings::Queue& config,
                                          std::string_view purpose) const {
  queue::Broker broker;
  Result<queue::Endpoint> endpoint = queue::parse_endpoint(config.url);
  if (!endpoint) return fail(std::move(endpoint), "queue " + config.name);
  broker.endpoint = std::move(*endpoint);
  broker.container_id =
      "devicebatchd/" + config.name + "/" + std::string(purpose) + "@" + context_.owner;
  const std::string credentials = context_.credentials_directory;
  const settings::Queue* const kept = &config;  // the settings outlive every loop
  broker.access = [kept, credentials] { return read_access(*kept, credentials); };
  return broker;
}

Result<void> Queues::add(const settings::Queue& config, const FindDestination& find) {
  Result<queue::Broker> intake = make_broker(config, "intake");
  if (!intake) return fail(std::move(intake.error()));
  Result<queue::Broker> replies = make_broker(config, "replies");
  if (!replies) return fail(std::move(replies.error()));
  QueueSources sources = make_sources(config, find);
  const std::vector<Destination*> targets = sources.own->reached;
  QueueLoop::Hooks hooks;
  hooks.accepted = [this, targets] {
    for (Destination* const target : targets) accepted_(*target);
  };
  const std::string name = config.name;
  hooks.refused = [this, name](const queue::Message& message, const queue::Refusal& why) {
    replies_->tell_refused(name, message, why);
  };
  loops_.push_back(
      std::make_unique<QueueLoop>(context_, config, std::move(sources), std::move(hooks)));
  loops_.back()->connect(*proactor_, std::move(*intake));
  replies_->add(*proactor_, loops_.back()->source(), std::move(*replies));
  return {};
}

asio::awaitable<Result<void>> Queues::prepare(FindDestination find) {
  if (context_.settings.queues.empty()) co_return Result<void>();
  proactor_ = std::make_unique<queue::Proactor>(context_.clock);
  auto sent = [this](const std::string& name) { note_reply(name); };
  replies_ = std::make_unique<ReplyLoop>(context_, std::move(sent));
  for (const settings::Queue& config : context_.settings.queues) {
    Result<void> added = add(config, find);
    if (!added) co_return added;
    Result<void> opened = co_await loops_.back()->prepare();
    if (!opened) co_return opened;
  }
  co_return Result<void>();
}

void Queues::add_sources(std::map<std::string, Source*>& sources) {
  for (const auto& loop : loops_) sources.emplace(loop->config().name, &loop->source());
}

void Queues::run(const std::function<void(asio::awaitable<void>)>& start) {
  for (const auto& loop : loops_) start(loop->run());
  if (replies_) start(replies_->run());
}

void Queues::stop() {
  for (const auto& loop : loops_) loop->stop();
  if (replies_) replies_->stop();
}

void Queues::look_for_replies() {
  if (replies_) replies_->look_now();
}

void Queues::note_reply(const std::string& name) {
  ++replies_sent_[name];
  context_.observer.queue_messages(name, "replied", 1);
}

bool Queues::is_quiet() const {
  return std::ranges::all_of(loops_, [](const auto& loop) { return loop->is_quiet(); });
}

std::vector<QueueReport> Queues::report() const {
  std::vector<QueueReport> reports;
  for (const auto& loop : loops_) {
    reports.push_back(loop->report());
    const auto sent = replies_sent_.find(loop->config().name);
    if (sent != replies_sent_.end()) reports.back().replies = sent->second;
  }
  return reports;
}

}  // namespace devicebatch::engine
