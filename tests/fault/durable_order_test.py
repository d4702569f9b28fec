#!/usr/bin/env python3
"""Promise I4: nothing can be seen from outside before the state that explains it is durable.

Runs the daemon over one small file under strace and reads the order of the calls: whenever a file is
claimed, a receipt appears, the input is archived or a POST leaves, every byte written to the ledger before
must have been synced.

  durable_order_test.py DAEMON SANDBOX MAKE_FILES [--sabotage]

--sabotage drops every sync of the ledger from the trace and expects the check to fail: a check that cannot
fail proves nothing.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import crash_sweep  # noqa: E402  (its neighbour)

CALLS = "pwrite64,write,writev,fdatasync,fsync,renameat2,renameat,rename,sendto,sendmsg"
PLACES = (".claimed", "acks", "done", "done-with-issues", "rejected")
RENAME = re.compile(r'\d+<[^>]*>, "[^"]*"\.*, \d+<(?P<target>[^>]*)>')
LINE = re.compile(r"^\d+ +(?P<call>\w+)\((?P<rest>.*)$")


def seen_outside(call, rest):
    """What somebody outside could notice, or None."""
    renamed = RENAME.search(rest) if call.startswith("rename") else None
    if renamed and pathlib.Path(renamed["target"]).name in PLACES:
        return f"rename into {pathlib.Path(renamed['target']).name}"
    if call in ("sendto", "sendmsg", "write", "writev") and '"POST /v1' in rest:
        return "POST"
    return None


def check(trace):
    """The events in their order, and those that came too early."""
    unsynced = 0
    events, early = [], []
    for line in trace.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        call, rest = match["call"], match["rest"]
        if "ledger.db" in rest.partition(",")[0]:
            if call == "pwrite64":
                unsynced += 1
            elif call in ("fdatasync", "fsync") and "ledger.db-journal" not in rest:
                unsynced = 0
            continue
        event = seen_outside(call, rest)
        if event is None:
            continue
        events.append(event)
        if unsynced:
            early.append(f"{event} with {unsynced} writes to the ledger unsynced: {line[:200]}")
    return events, early


class Arguments:
    def __init__(self, daemon, work):
        self.daemon = daemon
        self.work = work
        self.devices = 0


def main():
    daemon, sandbox_program, make_files = sys.argv[1:4]
    work = pathlib.Path(tempfile.mkdtemp(prefix="durable-order-"))
    folder = work / "sandbox"
    folder.mkdir()
    sandbox = crash_sweep.Sandbox(sandbox_program, folder)
    try:
        inputs_folder = work / "inputs"
        inputs_folder.mkdir()
        subprocess.run([make_files, "--kind", "partner", "--rows", "2", "--out", inputs_folder / "a.csv"], check=True)
        case = crash_sweep.Case(Arguments(daemon, work), sandbox, {"a.csv": (inputs_folder / "a.csv").read_bytes()})
        trace_file = work / "trace"
        status = subprocess.run(["strace", "-f", "-y", "-qq", "-s", "64", "-o", trace_file, "-e", f"trace={CALLS}"]
                                + case.daemon("run", "--once"), timeout=100).returncode
        if status != 0:
            print(f"the daemon ended with {status}")
            return 1
        trace = trace_file.read_text(errors="replace")
    finally:
        sandbox.stop()
    if "--sabotage" in sys.argv:
        trace = re.sub(r"^\d+ +f(data)?sync\(.*ledger\.db>.*$", "", trace, flags=re.M)
    events, early = check(trace)
    print(f"{len(events)} events: {', '.join(events)}")
    wanted = {"rename into .claimed", "rename into acks", "rename into done", "POST"}
    missing = wanted - set(events)
    if missing:
        print(f"the trace does not show: {', '.join(sorted(missing))}")
        return 1
    print("\n".join(early) if early else "everything durable before it could be seen")
    shutil.rmtree(work, ignore_errors=True)
    if "--sabotage" in sys.argv:
        return 0 if early else 1
    return 1 if early else 0


if __name__ == "__main__":
    sys.exit(main())
