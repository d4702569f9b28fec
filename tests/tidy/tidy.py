#!/usr/bin/env python3
"""Checks the rules of the house that no compiler knows. Run by ctest as `tidy`.

    tests/tidy/tidy.py [root] [--allow FILE]

Prints one line for each finding, `file:line: rule: what to do instead`, and exits 1 if there is one.
An exception is a line `path rule reason` in tests/tidy/allow.txt; one that excuses nothing is an error.
"""
import argparse
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import calls  # noqa: E402
import coroutines  # noqa: E402
import documents  # noqa: E402
import layers  # noqa: E402
import shape  # noqa: E402
from source import Source  # noqa: E402

SKIPPED_FOLDERS = {'.git', 'build', '.cache', '__pycache__', 'corpus'}
TEXT = re.compile(r'\.(?:cpp|hpp|py|txt|cmake|md|yaml|yml|json|service|sysusers|tmpfiles|conf|in)$')
DATA = re.compile(r'^tests/.*\.(?:txt|json|yaml|md)$')  # fixtures may hold anything


def project_files(root):
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        relative = os.path.relpath(folder, root)
        found += [os.path.normpath(os.path.join(relative, name)) for name in names]
    return sorted(found)


def is_script(path):
    return path.endswith('.py') or re.match(r'(?:scripts|\.ci)/[^/.]+$', path) is not None


def check_file(path, text, tree):
    """Findings of one file as (line, rule, message)."""
    own = path.startswith('tests/tidy/')  # these files must name what they forbid
    lines = text.split('\n')
    if path.endswith(('.cpp', '.hpp')):
        source = tree.sources[path]
        yield from shape.check(source)
        yield from calls.check_cpp(source)
        yield from coroutines.check(source)
        yield from layers.check_includes(source, tree.files)
        if path.endswith('.cpp') and path.startswith(('lib/', 'daemon/', 'tests/')):
            yield from documents.check_built(path, tree.build_files)
    if is_script(path):
        yield from shape.check_script(path, text)
    if path.endswith('CMakeLists.txt'):
        yield from layers.check_links(path, text)
    if path.endswith('.md') and not path.startswith('tests/'):
        yield from documents.check_document(path, text, tree.exists, layers.MODULES)
    if tree.metrics and re.match(r'config/monitoring/|docs/|README', path):
        yield from documents.check_metrics(lines, tree.metrics)
    if not own and not DATA.match(path):
        yield from calls.check_marks(lines)
        yield from documents.check_mentions(lines, tree.exists)


class Tree:
    def __init__(self, root):
        self.root = root
        self.files = set(project_files(root))
        self.texts, self.sources, self.build_files = {}, {}, {}
        for path in sorted(self.files):
            if TEXT.search(path) or is_script(path):
                with open(os.path.join(root, path), encoding='utf-8', errors='replace', newline='') as f:
                    self.texts[path] = f.read()
        for path, text in self.texts.items():
            if path.endswith(('.cpp', '.hpp')):
                self.sources[path] = Source(path, text)
            elif path.endswith('CMakeLists.txt'):
                self.build_files[path] = text
        self.metrics = documents.metrics_of(self.sources.values())

    def exists(self, path):
        return os.path.exists(os.path.join(self.root, path))

    def findings(self):
        for path, text in self.texts.items():
            for line, rule, message in check_file(path, text, self):
                yield path, line, rule, message
        yield from layers.check_cycles(self.sources.values(), self.files)
        yield from shape.check_folders(self.files)


def read_allowed(name):
    """{(path, rule): line} of the exceptions."""
    allowed, broken = {}, []
    if os.path.exists(name):
        with open(name, encoding='utf-8') as f:
            for number, line in enumerate(f, 1):
                words = line.split('#')[0].split()
                if 0 < len(words) < 3:
                    broken.append((number, 'an exception is: path rule reason'))
                elif words:
                    allowed[words[0], words[1]] = number
    return allowed, broken


def main(arguments):
    parser = argparse.ArgumentParser(description='Checks the rules of the house.')
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument('root', nargs='?', default=os.path.dirname(os.path.dirname(here)))
    parser.add_argument('--allow', help='the exceptions, by default tests/tidy/allow.txt of the root')
    options = parser.parse_args(arguments)
    allow_name = options.allow or os.path.join(options.root, 'tests/tidy/allow.txt')
    allowed, broken = read_allowed(allow_name)
    used, count = set(), 0
    for path, line, rule, message in sorted(set(Tree(options.root).findings())):
        if (path, rule) in allowed:
            used.add((path, rule))
            continue
        count += 1
        print(f'{path}:{line}: {rule}: {message}')
    broken += [(allowed[key], f'{" ".join(key)} excuses nothing: delete the line')
               for key in allowed.keys() - used]
    for line, message in sorted(broken):
        count += 1
        print(f'tests/tidy/allow.txt:{line}: allow: {message}')
    if count:
        print(f'tidy: {count} findings')
    return 1 if count else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
