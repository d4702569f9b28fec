"""Sizes and names: what keeps a file readable in one sitting."""
import re

from source import parameters_of

SOURCE_LINES, HEADER_LINES, SCRIPT_LINES = 500, 400, 400
FUNCTION_LINES, PARAMETERS, NESTING, COLUMNS, FOLDER_THINGS = 70, 5, 4, 100, 24


def check(source):
    yield from _check_size(source)
    yield from _check_names(source)
    if source.path.endswith('.hpp'):
        yield from _check_header(source)
    for function in source.functions:
        yield from _check_function(source, function)


def _check_size(source):
    header = source.path.endswith('.hpp')
    limit = HEADER_LINES if header else SOURCE_LINES
    count = source.text.count('\n')
    if count > limit:
        yield count, 'file-size', f'{count} lines, at most {limit}: split it by purpose'
    for number, line in enumerate(source.lines, 1):
        if len(line) > COLUMNS:
            yield number, 'line-length', f'{len(line)} columns, at most {COLUMNS}: scripts/format, or split it'


def _check_names(source):
    name = source.path.rsplit('/', 1)[-1]
    if not re.fullmatch(r'[a-z0-9_]+\.[ch]pp', name):
        yield 1, 'file-name', f'{name}: lower case, digits and underscores'
    if re.search(r'(?:manager|helper|util|utils|misc|common)\.[ch]pp$', name):
        yield 1, 'file-name', f'{name}: name it after what it knows, not after being useful'
    has_tests = re.search(r'^(?:TEST_CASE|SCENARIO|TEMPLATE_TEST_CASE)\b', source.code, re.M)
    if source.path.startswith('tests/') and has_tests and not name.endswith('_test.cpp'):
        yield 1, 'file-name', f'{name} holds tests: call it ..._test.cpp'
    if source.path.startswith('lib/') and has_tests:
        yield 1, 'file-name', 'tests live in tests/'


def _check_header(source):
    expected = f'// {source.path.removeprefix("lib/")} - '
    if source.path.startswith(('lib/', 'daemon/')) and not source.lines[0].startswith(expected):
        yield 1, 'header-form', f'begin with "{expected}" and say in one sentence what it is'
    if not re.search(r'^#pragma once$', source.text, re.M):
        yield 1, 'header-form', 'add #pragma once'
    for m in re.finditer(r'\busing\s+namespace\b', source.code):
        yield source.line_at(m.start()), 'header-form', 'no using namespace in a header'


def _check_function(source, function):
    head_begin = function.begin - len(function.head.lstrip())
    first, last = source.line_at(head_begin), source.line_at(function.end)
    lines = last - first + 1 - _table_lines(source, function)
    if lines > FUNCTION_LINES:
        yield first, 'function-size', (f'{lines} lines, at most {FUNCTION_LINES}: '
                                       'tell the story in one function and the steps in others')
    parameters = parameters_of(function.head) or []
    if len(parameters) > PARAMETERS:
        yield first, 'parameters', (f'{len(parameters)} parameters, at most {PARAMETERS}: '
                                    'some of them are one thing that has a name')
    depth, where = _depth(function)
    if depth > NESTING:
        yield source.line_at(where), 'nesting', (f'{depth} levels, at most {NESTING}: '
                                                 'return early or name the inner loop')


def _table_lines(source, node):
    """Lines of the braced tables inside node: data is not told step by step."""
    count = 0
    for child in node.children:
        if child.kind == 'init':
            count += source.line_at(child.end) - source.line_at(child.begin)
        else:
            count += _table_lines(source, child)
    return count


def _depth(node):
    """(levels of control blocks and lambdas inside node, where the deepest begins)."""
    deepest, where = 0, node.begin
    for child in node.children:
        depth, at = _depth(child)
        depth += child.kind in ('control', 'lambda')
        if depth > deepest:
            deepest, where = depth, at
    return deepest, where


def check_folders(paths):
    """Yields (folder, line, rule, message). A header and its source are one thing to know."""
    things = {}
    for path in paths:
        if re.match(r'(?:lib|daemon)/.*\.[ch]pp$', path):
            folder, name = path.rsplit('/', 1)
            things.setdefault(folder, set()).add(name.split('.')[0])
    for folder, names in sorted(things.items()):
        if len(names) > FOLDER_THINGS:
            yield folder, 1, 'folder-size', (f'{len(names)} headers with their sources, at most '
                                             f'{FOLDER_THINGS}: there are two modules in it')


def check_script(path, text):
    count = text.count('\n')
    if count > SCRIPT_LINES:
        yield count, 'file-size', f'{count} lines, at most {SCRIPT_LINES}: split it by purpose'
