"""Who may include and link whom. The table of docs/architecture.md, executed."""
import re

BASE = frozenset({'base'})
MODULES = {
    'base': frozenset(),
    'record': BASE,
    'policy': BASE,
    'settings': BASE,
    'format': BASE | {'record'},
    'flow': BASE | {'record', 'policy'},
    'ledger': BASE | {'record', 'policy'},  # policy, for the decision what is a duplicate
    'spool': BASE,
    'queue': BASE,
    'http': BASE,
    'partner_center': BASE | {'record', 'policy', 'http'},
}
MODULES['engine'] = frozenset(MODULES)
# The stand-in must not share the code it judges.
SANDBOX_MAY_NOT = frozenset({'record', 'format', 'http', 'partner_center', 'flow', 'ledger', 'engine'})


def _may_use(path, module):
    if path.startswith('lib/'):
        own = path.split('/')[1]
        return module == own or module in MODULES.get(own, frozenset())
    if path.startswith('tests/sandbox/'):
        return module not in SANDBOX_MAY_NOT
    return True


def _wrong(path, module):
    owner = '/'.join(path.split('/')[:2])
    allowed = MODULES.get(path.split('/')[1], frozenset()) if path.startswith('lib/') else None
    hint = f'it may use {", ".join(sorted(allowed)) or "nothing"}' if allowed is not None else \
        'the sandbox shares no code with what it judges'
    return f'{owner} may not use {module}: {hint}'


def resolve(path, name, files):
    """The project's file behind #include "name", or None."""
    for base in ('lib/', 'tests/', '', path.rsplit('/', 1)[0] + '/'):
        if base + name in files:
            return base + name
    return None


def check_includes(source, files):
    for line, name, quoted in source.includes:
        module = name.split('/')[0]
        if not quoted:
            continue
        is_module = module in MODULES and '/' in name
        if is_module and not _may_use(source.path, module):
            yield line, 'layer', _wrong(source.path, module)
        elif source.path.startswith('lib/') and not is_module:
            yield line, 'layer', f'"{name}": inside lib/ write "module/file.hpp", and only modules of lib/'
        elif source.path.startswith(('lib/', 'daemon/')) and resolve(source.path, name, files) is None:
            yield line, 'include-missing', f'"{name}" is no file of the project; other headers go in < >'


def check_links(path, text):
    """devicebatch_library(...) may link only what its folder may include."""
    if not re.match(r'lib/\w+/CMakeLists\.txt$', path):
        return
    own = path.split('/')[1]
    for number, line in enumerate(text.split('\n'), 1):
        for module in re.findall(r'\bdevicebatch_(\w+)', line.split('#')[0]):
            if module in MODULES and module != own and module not in MODULES.get(own, frozenset()):
                yield number, 'layer', _wrong(path, module)


def check_cycles(sources, files):
    """Yields (path, line, rule, message) for every cycle of includes, once."""
    edges = {s.path: [(line, target) for line, name, quoted in s.includes if quoted
                      and (target := resolve(s.path, name, files))] for s in sources}
    done, trail = set(), []

    def visit(path):
        if path in done:
            return
        trail.append(path)
        for line, target in edges.get(path, ()):
            if target in trail:
                cycle = trail[trail.index(target):] + [target]
                yield path, line, 'include-cycle', ' -> '.join(cycle) + ': move what both need below both'
            else:
                yield from visit(target)
        trail.pop()
        done.add(path)

    for path in sorted(edges):
        yield from visit(path)
