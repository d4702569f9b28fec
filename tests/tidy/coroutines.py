"""The house form of statements with co_await: g++ 12 destroys some temporaries of the others twice.

In a statement that contains co_await every operand is a named variable, a std::move of one, or a
scalar: no braced temporary, no conditional operator, no lambda that captures by value.
"""
import re

from source import captures_of

ALLOWED_FOLDERS = ('lib/engine/', 'daemon/', 'tests/')
_AWAIT = re.compile(r'\bco_(?:await|yield)\b')
_BY_REFERENCE = re.compile(r'^(?:&|this|&\s*\w+(?:\s*=\s*[^,]*)?)$')
_SCOPES = ('file', 'namespace', 'type', 'function', 'control', 'block', 'lambda')


def _statement_ranges(source, scope):
    """[begin, end) of each statement directly in `scope`; the blocks that end one are outside it."""
    begin = scope.begin + 1
    end = scope.end if scope.end >= 0 else len(source.code)
    inside = [(c.begin, c) for c in scope.children]
    at = begin
    for _, child in sorted(inside, key=lambda pair: pair[0]):
        while (cut := source.code.find(';', at, child.begin)) >= 0:
            yield begin, cut
            begin = at = cut + 1
        at = child.end + 1
        if child.kind in _SCOPES and child.kind != 'lambda':
            yield begin, child.begin
            begin = at
    while (cut := source.code.find(';', at, end)) >= 0:
        yield begin, cut
        begin = at = cut + 1
    yield begin, end


def _parts(node, begin, end):
    """Every bracket of a statement, without the insides of its lambdas."""
    for child in node.children:
        if begin <= child.begin < end:
            yield child
            if child.kind not in _SCOPES:
                yield from _parts(child, begin, end)


def check(source):
    """Yields (line, rule, what to do instead)."""
    if not _AWAIT.search(source.code):
        return
    if not source.path.startswith(ALLOWED_FOLDERS):
        first = _AWAIT.search(source.code).start()
        yield (source.line_at(first), 'coroutine-place',
               'co_await belongs to lib/engine: return an action and let the engine perform it')
    scopes = [source.tree] + [n for n in source.nodes() if n.kind in _SCOPES]
    for scope in scopes:
        for begin, end in _statement_ranges(source, scope):
            yield from _check_statement(source, scope, begin, end)


def _check_statement(source, scope, begin, end):
    parts = list(_parts(scope, begin, end))
    text = source.code[begin:end]
    for lambda_body in (p for p in parts if p.kind == 'lambda'):
        a, b = lambda_body.begin + 1 - begin, lambda_body.end - begin
        text = text[:a] + ' ' * (b - a) + text[b:]
    awaited = _AWAIT.search(text)
    if not awaited:
        return
    line = source.line_at(begin + awaited.start())
    if '?' in text:
        yield line, 'coroutine-form', 'no ?: in a statement with co_await: use if and else'
    for part in parts:
        if part.kind in ('init', 'block'):
            yield (line, 'coroutine-form',
                   'no { } in a statement with co_await: give the value a name first and move it in')
        elif part.kind == 'lambda' and not _is_harmless(captures_of(part)):
            yield (line, 'coroutine-form', 'no lambda that captures by value in a statement with '
                   'co_await: give the lambda a name first and move it in')


def _is_harmless(captures):
    text = (captures or '').strip()
    return not text or all(_BY_REFERENCE.match(c.strip()) for c in text.split(','))
