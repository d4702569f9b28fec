"""Forms of co_await that g++ 12.2 compiled wrongly, and forms that it compiled well.

Each was a small program of its own, run with AddressSanitizer at -O0 and -O2.
"""

BAD = (
    'co_await call([t] { return t; });',
    'co_await call_any([t = std::move(t)]() mutable { use(t); });',
    'co_await call_function(std::function<void()>([t] { use(t); }));',
    'co_await asio::co_spawn(ex, [t]() -> awaitable<void> { co_return; }, use_awaitable);',
    'co_await [t]() -> awaitable<void> { co_await g(t); }();',
    'co_await asio::async_initiate<T, void()>([t](auto handler) { start(t, std::move(handler)); }, token);',
    'co_await call(Request{.url = "x"});',
    'auto r = co_await call(Request{a, b});',
    'co_await call({.url = "x"});',
    'co_await call(count(Request{a}));',
    'Pair p{co_await make(), 5};',
    'auto s = c ? co_await a() : co_await b();',
    'auto s = c ? co_await a() : std::string();',
    'co_await call({"a", "b"});',
    'co_await call({{"k", "v"}});',
    'if (c) co_await call(Request{a});',
    'while (co_await next(Request{a})) { step(); }',
    'co_return co_await call([=] { return t; });',
    'co_await call([*this] { return t_; });',
    'co_yield Request{a};',
)

GOOD = (
    'co_await timer.async_wait(use_awaitable);',
    'auto f = [t] { return t; }; co_await call(std::move(f));',
    'Request q{.url = "x"}; co_await call(std::move(q));',
    'co_await call([&] { return t; });',
    'co_await call([&t, this] { return t; });',
    'co_await call([] { return Request{1}; });',
    'co_await call(Text("a", 2));',
    'co_await call(std::string("a"));',
    'co_await call(std::make_unique<int>(3));',
    'co_await call();',
    'if (co_await a() && co_await b()) { Request{1}; }',
    'while (co_await more()) { const Request q{1}; use(q ? 1 : 2); }',
    'if (auto x = co_await a(); x) { return_it({x}); } else { y = x ? 1 : 2; }',
    'for (auto& x : co_await all()) { use({x}); }',
    'auto [a, b] = co_await both();',
    'auto [error, size] = co_await read(as_tuple(use_awaitable));',
    'auto op = start(deferred); co_await std::move(op);',
    'co_await f(co_await g());',
    'co_return Request{a, b};',
    'auto r = co_await (timer() || work());',
    'co_await (a() && b());',
    'try { co_await a(); } catch (const Error& e) { failed = {1}; }',
    'Result<int> r = co_await a(); const auto v = r ? *r : 0;',
    'switch (co_await a()) { case 1: { b({1}); } break; default: c(); }',
    'const auto x = c ? 1 : 2; co_await a(x);',
    'auto g = [t]() -> awaitable<void> { const Request q{t}; co_await call(q); }; start(std::move(g));',
    'co_await asio::post(pool, use_awaitable);',
    'struct Row { int a; }; const Row rows[] = {{1}, {2}}; for (const Row& row : rows) co_await a(row);',
)


def in_function(text):
    return 'namespace n {\nasio::awaitable<void> f(T t) {\n  before({1});\n  ' + text + '\n}\n}  // namespace n\n'
