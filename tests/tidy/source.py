"""One C++ file as tidy sees it: text, code without comments and strings, brackets, functions."""
import re
from functools import cached_property

_LEXEME = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"([^\s()\\]*)\(.*?\)\1"'
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|\b[0-9](?:'?[\w.])*"  # a number, so that the separator in 1'000 is no quote
    r"|'(?:[^'\\\n]|\\.)*'",
    re.S)
_PREPROCESSOR = re.compile(r'^[ \t]*#(?:[^\n\\]|\\.)*', re.M | re.S)
_BRACKET = re.compile(r'[{}()\[\];]')
_CONTROL = re.compile(r'\b(?:if|for|while|switch|catch|constexpr)\s*$')
_SPECIFIERS = re.compile(
    r'(?:\s*\b(?:mutable|const|noexcept|override|final|constexpr)\b|\s*&&?|\s*noexcept\s*\([^()]*\))+$')
_TYPE_TEXT = re.compile(r'[\w:<>,&*\s()\[\]]*$')
_TYPE_HEAD = re.compile(r'(?:^|[\s>\]])(?:class|struct|union|enum)\b')
_INIT_LIST = re.compile(r'\)\s*(?:noexcept\s*)?:(?!:)')


def _blank(text):
    return re.sub(r'[^\n]', ' ', text)


def _blank_lexeme(match):
    text = match.group(0)
    if text.startswith('/'):
        return _blank(text)
    if text[0].isdigit():
        return text
    body = _blank(text[1:-1])  # the quotes stay: a string is still an operand
    return text[0].replace('R', '"') + body + text[-1]


def matching_open(code, close):
    """Index of the bracket that code[close] closes, or -1."""
    pairs = {')': '(', ']': '[', '}': '{', '>': '<'}
    opener, closer, depth = pairs[code[close]], code[close], 0
    for i in range(close, -1, -1):
        if code[i] == closer:
            depth += 1
        elif code[i] == opener:
            depth -= 1
            if depth == 0:
                return i
    return -1


def split_arguments(text):
    """The top-level, comma-separated parts of a parameter list."""
    parts, depth, begin = [], 0, 0
    for i, c in enumerate(text):
        if c in '(<[{':
            depth += 1
        elif c in ')]}' or (c == '>' and text[i - 1] != '-'):
            depth -= 1
        elif c == ',' and depth == 0:
            parts.append(text[begin:i])
            begin = i + 1
    parts.append(text[begin:])
    return [part.strip() for part in parts if part.strip()]


class Node:
    """A bracket pair. A brace is a namespace, type, function, control, lambda, block or init."""

    def __init__(self, kind, head, begin, parent):
        self.kind, self.head, self.begin, self.parent = kind, head, begin, parent
        self.end = -1
        self.children = []
        self.statement = begin + 1  # where the statement that is being read began

    def at_file_scope(self):
        return self.kind in ('file', 'namespace', 'type')


def _lambda_captures(head):
    """The captures of the lambda whose body follows `head`, or None if it is no lambda."""
    text = head.rstrip()
    arrow = text.rfind('->')
    if arrow > 0 and _TYPE_TEXT.match(text, arrow + 2):
        before = _SPECIFIERS.sub('', text[:arrow].rstrip()).rstrip()
        if before.endswith((')', ']')):
            text = before
    text = _SPECIFIERS.sub('', text).rstrip()
    if text.endswith(')'):
        opened = matching_open(text, len(text) - 1)
        if opened < 0:
            return None
        text = text[:opened].rstrip()
        if text.endswith('>') and not text.endswith('->'):
            text = text[:max(matching_open(text, len(text) - 1), 0)].rstrip()
    if not text.endswith(']'):
        return None
    opened = matching_open(text, len(text) - 1)
    before = text[:max(opened, 0)].rstrip()
    if opened < 0 or re.search(r'[\w)\]]$', before) and not re.search(r'\b(?:co_)?return$', before):
        return None
    return text[opened + 1:-1]


def _classify(head, parent):
    text = head.strip()
    outer = parent.at_file_scope()
    if not text:
        return 'init' if parent.kind in ('(', 'init') else 'block'
    if _lambda_captures(text) is not None:
        return 'lambda'
    if outer and re.search(r'\bnamespace\b|^extern\s+"', text):
        return 'namespace'
    if _INIT_LIST.search(text) and outer:
        return 'function' if text[-1] in ')}' else 'init'
    if text.endswith(':'):  # of a label, or of a range-for over a braced list
        return 'init' if parent.kind == '(' else 'block'
    if re.search(r'\b(?:else|do|try)$', text):
        return 'control'
    bare = _SPECIFIERS.sub('', text).rstrip()
    if bare.endswith(')'):
        before = bare[:max(matching_open(bare, len(bare) - 1), 0)].rstrip()
        if _CONTROL.search(before):
            return 'control'
        return 'function' if outer else 'block'
    if _TYPE_HEAD.search(re.sub(r'<[^<>]*>', '', text)) and '(' not in text and '=' not in text:
        return 'type'
    if outer and ')' in text and '=' not in re.sub(r'\([^()]*\)|operator\W+', '', text):
        return 'function'
    return 'init'


class Source:
    def __init__(self, path, text):
        self.path, self.text = path, text
        self.lines = text.split('\n')

    @cached_property
    def code(self):
        """Same length as the text; comments, string bodies and preprocessor lines are blank."""
        plain = _LEXEME.sub(_blank_lexeme, self.text)
        return _PREPROCESSOR.sub(lambda m: _blank(m.group(0)), plain)

    @cached_property
    def without_comments(self):
        """Strings and preprocessor lines stay."""
        return _LEXEME.sub(
            lambda m: _blank(m.group(0)) if m.group(0).startswith('/') else m.group(0), self.text)

    @cached_property
    def includes(self):
        """(line, name, is_quoted) of every #include."""
        found = []
        for m in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)', self.without_comments, re.M):
            found.append((self.line_at(m.start(1)), m.group(2), m.group(1) == '"'))
        return found

    def line_at(self, offset):
        return self.text.count('\n', 0, offset) + 1

    @cached_property
    def tree(self):
        root = Node('file', '', -1, None)
        stack = [root]
        for m in _BRACKET.finditer(self.code):
            c, at, top = m.group(0), m.start(), stack[-1]
            if c == ';':
                top.statement = at + 1
            elif c in '([':
                stack.append(Node(c, '', at, top))
            elif c == '{':
                head = self.code[top.statement:at]
                stack.append(Node(_classify(head, top), head, at, top))
            elif len(stack) > 1:
                node = stack.pop()
                node.end = at
                node.parent.children.append(node)
                if node.kind in ('namespace', 'function', 'control', 'block'):
                    node.parent.statement = at + 1
        return root

    def nodes(self, node=None):
        for child in (node or self.tree).children:
            yield child
            yield from self.nodes(child)

    @cached_property
    def functions(self):
        return [n for n in self.nodes() if n.kind == 'function']


def captures_of(node):
    return _lambda_captures(node.head)


def parameters_of(head):
    """The parameters in a function's head, or None if none is found."""
    for m in re.finditer(r'([\w~]+|operator\s*\S+?)\s*\(', head):
        if m.group(1) in ('decltype', 'alignas', 'noexcept', 'requires', 'explicit', 'static_assert'):
            continue
        depth, begin = 0, m.end()
        for i in range(begin - 1, len(head)):
            depth += {'(': 1, ')': -1}.get(head[i], 0)
            if depth == 0:
                return split_arguments(head[begin:i])
    return None
