#!/usr/bin/env python3
"""The look for secrets finds each kind of leak, and nothing in what may be there."""
import pathlib
import subprocess
import sys
import tempfile

CANARY = pathlib.Path(__file__).with_name("canary.py")
KEY = "BCDFG-HJKMP-QRTVW-XY234-6789B"
HASH = "T0EF" + "A" * 2000
JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.x"
ALLOWED = {"client-secret": "a-client-secret\n", "daemon-1.log": '{"event":"service.ready"}\n', "ledger.db": HASH,
           "drop/waiting.csv": KEY, "drop/done/a.csv": HASH, "drop/done/a.rejects.csv": HASH,
           "drop/done/a.csv.result.json": "{}", "sandbox.log": JWT}
LEAKS = {"daemon-1.log": ["a-client-secret", HASH, JWT, "Authorization: Bearer 0123456789abcdef", KEY, KEY.lower()],
         "commands.out": [HASH, KEY], "ledger.db": ["a-client-secret", KEY, JWT],
         "drop/done/a.csv.result.json": [HASH, KEY, "a-client-secret"], "drop/done/a.csv": [KEY],
         "drop/quarantine/a.csv": [KEY, "".join(c + "\0" for c in KEY)], "drop/rejected/a.rejects.csv": [KEY]}


def run(files):
    with tempfile.TemporaryDirectory() as kept:
        for name, content in files.items():
            path = pathlib.Path(kept) / "site" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return subprocess.run([sys.executable, CANARY, kept], stdout=subprocess.PIPE, text=True, check=False)


def main():
    done = run(ALLOWED)
    assert done.returncode == 0, done.stdout
    assert run({"nothing.txt": "x"}).returncode == 1, "nothing was looked at"
    for name, contents in LEAKS.items():
        for content in contents:
            done = run({**ALLOWED, name: content})
            assert done.returncode == 1 and f"canary: site/{name}: " in done.stdout, (name, content[:40], done.stdout)
    print("canary_test: ok")


if __name__ == "__main__":
    main()
