"""What documents and build files say about the tree must be true of the tree."""
import re

_TOP = ('lib', 'daemon', 'tests', 'docs', 'scripts', 'config', 'systemd', 'packaging', 'cmake', '.ci')
_CODE_SPAN = re.compile(r'`([^`\n]+)`')
_LINK = re.compile(r'\]\(([^)\s]+)\)')
_PATTERN = re.compile(r'[<>*{}$…|]|\.\.\.|\b[A-Z]{2,}\b(?!\.|Lists)')
_DOCUMENT = re.compile(r'(?<![\w/.-])docs/[\w/-]+\.md\b')


def _names_repository_path(word, modules):
    first = word.split('/')[0]
    if '/' not in word or _PATTERN.search(word):
        return None
    if first in _TOP:
        return word
    if first in modules and re.search(r'\.[ch]pp$', word):
        return 'lib/' + word
    return None


def check_document(path, text, exists, modules):
    fenced = False
    for number, line in enumerate(text.split('\n'), 1):
        if line.lstrip().startswith('```'):
            fenced = not fenced
        words = [w for span in _CODE_SPAN.findall(line) for w in span.split()[:1]]
        if fenced:
            words += re.findall(r'(?<![\w/.-])(?:\./)?(scripts/[\w-]+|\.ci/[\w-]+)', line)
        for word in words:
            name = _names_repository_path(word.removeprefix('./').rstrip('/.,:;'), modules)
            if name and not exists(name):
                yield number, 'document-path', f'{name} does not exist: mend the name or the tree'
        for target in ([] if fenced else _LINK.findall(line)):
            if re.match(r'[a-z]+:|#', target):
                continue
            folder = path.rsplit('/', 1)[0] + '/' if '/' in path else ''
            if not exists(_normal(folder + target.split('#')[0])):
                yield number, 'document-path', f'the link {target} leads nowhere'


def _normal(path):
    parts = []
    for part in path.split('/'):
        if part == '..' and parts:
            parts.pop()
        elif part not in ('', '.'):
            parts.append(part)
    return '/'.join(parts)


def check_mentions(lines, exists):
    """Documents named in comments and messages of code exist."""
    for number, line in enumerate(lines, 1):
        for name in _DOCUMENT.findall(line):
            if not exists(name):
                yield number, 'document-path', f'{name} does not exist: write it or mend the name'


def check_built(path, build_files):
    """Every source is listed in a CMakeLists.txt of its folder or of one above."""
    folder, name = path.rsplit('/', 1)
    while True:
        text = build_files.get((folder + '/' if folder else '') + 'CMakeLists.txt', '')
        if re.search(r'(?<![\w.-])' + re.escape(name) + r'(?![\w.-])', text):
            return
        if not folder:
            break
        folder = folder.rpartition('/')[0]
    yield 1, 'not-built', 'no CMakeLists.txt lists it: add it there or delete it'


_METRIC = re.compile(r'\bdevicebatchd_[a-z_]+')
_REGISTERED = re.compile(r'\b(?:counter|gauge|histogram)\(\s*registry_,\s*"([a-z_]+)"')


def metrics_of(sources):
    """The names of the metrics that the daemon registers."""
    return {'devicebatchd_' + name for s in sources if s.path.startswith('daemon/')
            for name in _REGISTERED.findall(s.without_comments)}


def check_metrics(lines, exported):
    """Alerts, dashboards and documents ask for metrics that are exported."""
    for number, line in enumerate(lines, 1):
        for name in _METRIC.findall(line):
            if re.sub('_(?:bucket|sum|count)$', '', name) not in exported and name not in exported:
                yield number, 'metric-name', f'{name} is exported by nothing in daemon/'
