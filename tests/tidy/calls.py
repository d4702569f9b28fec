"""Calls, headers and marks that have no place here, each with what to use instead."""
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Ban:
    rule: str
    pattern: str
    instead: str
    inside: tuple = ('lib/', 'daemon/', 'tests/')
    outside: tuple = ()

    def applies_to(self, path):
        return path.startswith(self.inside) and not path.startswith(self.outside or ('\0',))


_PRODUCT = ('lib/', 'daemon/')
_NOT_MEMBER = r'(?<![\w.>:])(?:std::|::)?'

CALLS = (
    Ban('clock', r'\b(?:system|steady|high_resolution)_clock\s*::\s*now\b',
        'take the time as an argument, or from the Clock of base/clock.hpp',
        outside=('lib/base/clock.cpp',)),
    Ban('clock', _NOT_MEMBER + r'(?:time\s*\(\s*(?:nullptr|NULL|0|&)|gettimeofday\s*\(|clock_gettime\s*\()',
        'use the Clock of base/clock.hpp', outside=('lib/base/clock.cpp',)),
    Ban('random', _NOT_MEMBER + r's?rand\s*\(|\brandom_device\b',
        'use the Random of base/random.hpp, which a test can seed', outside=('lib/base/random.cpp',)),
    Ban('sleep', r'\bsleep_(?:for|until)\b|' + _NOT_MEMBER + r'(?:usleep|nanosleep|sleep)\s*\(',
        'wait for the condition itself, with a deadline', outside=('lib/base/clock.cpp',)),
    Ban('output', r'\bstd::c(?:out|err|log)\b|' + _NOT_MEMBER + r'(?:printf|fprintf|puts|fputs|perror)\s*\(',
        'return a Result or log through base/log.hpp; only daemon/ writes to the terminal',
        inside=('lib/',), outside=('lib/base/check.cpp',)),
    Ban('detached', r'\basio::detached\b|\.\s*detach\s*\(\s*\)',
        'spawn() of engine/async.hpp, which reports how it ended'),
    Ban('shell', _NOT_MEMBER + r'(?:system|popen)\s*\(', 'start no shell', inside=_PRODUCT),
    Ban('unsafe-c', _NOT_MEMBER + r'(?:strcpy|strcat|sprintf|vsprintf|strtok|gets|tmpnam|mktemp|ato[ifl]l?)\s*\(',
        'use std::string, fmt or std::from_chars'),
    Ban('assert', _NOT_MEMBER + r'assert\s*\(',
        'use DEVICEBATCH_CHECK, which is there in a release too', inside=_PRODUCT),
)

HEADERS = (
    Ban('include-asio', r'boost/asio\.hpp$|boost/beast\.hpp$',
        'include the narrow headers (boost/asio/awaitable.hpp ...): four times as fast to compile'),
    Ban('include-asio', r'boost/(?:asio|beast)(?:/|\.hpp)', 'only lib/engine and daemon/ know Asio',
        inside=_PRODUCT, outside=('lib/engine/', 'daemon/')),
    Ban('include-spdlog', r'spdlog/', 'log through base/log.hpp; spdlog lives in daemon/log_spdlog.cpp',
        outside=('daemon/log_spdlog',)),
    Ban('include-sqlite', r'sqlite3\.h$', 'use the verbs of lib/ledger', inside=_PRODUCT,
        outside=('lib/ledger/',)),
    Ban('include-curl', r'curl/', 'use the Transport of lib/http', inside=_PRODUCT,
        outside=('lib/http/',)),
    Ban('include-yaml', r'yaml-cpp/', 'add the key to lib/settings', inside=_PRODUCT,
        outside=('lib/settings/',)),
    Ban('include-prometheus', r'prometheus/', 'metrics are made in daemon/', inside=_PRODUCT,
        outside=('lib/engine/', 'daemon/')),
    Ban('include-systemd', r'systemd/', 'systemd is the business of daemon/', inside=_PRODUCT,
        outside=('daemon/',)),
    Ban('assert', r'(?:cassert|assert\.h)$', 'use DEVICEBATCH_CHECK of base/check.hpp', inside=_PRODUCT),
)

MARKS = (
    ('mark', re.compile(r'\b(?:TODO|FIXME|XXX)\b'), 'finish it, or open an issue and say here what holds'),
    ('merge', re.compile(r'^(?:<<<<<<<|>>>>>>>)(?: |$)'), 'resolve the conflict'),
    ('outside-path', re.compile(r'(?:^|[^\w.}/-])/(?:work|farm|root)/|\.\./shared/'),
     'the project stands alone: name nothing outside it'),
)


def check_cpp(source):
    for ban in CALLS:
        if ban.applies_to(source.path):
            for m in re.finditer(ban.pattern, source.code):
                yield source.line_at(m.start()), ban.rule, f'{m.group(0).strip()}: {ban.instead}'
    for line, name, _ in source.includes:
        for ban in HEADERS:
            if ban.applies_to(source.path) and re.match(ban.pattern, name):
                yield line, ban.rule, f'<{name}>: {ban.instead}'
                break


def check_marks(lines):
    for number, line in enumerate(lines, 1):
        for rule, pattern, instead in MARKS:
            if pattern.search(line):
                yield number, rule, instead
