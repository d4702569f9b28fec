#!/usr/bin/env python3
"""Looks for secrets in everything that the integration tests left behind.

Each folder below KEPT is one site: settings, ledger, logs, drop folders, answers of commands. Canaries are

- what the files with secrets hold: client secrets, refresh tokens, passwords, private keys
- access tokens: every JWT
- 25-character product keys, in letters of any case
- whole hardware hashes: base64 of more than a thousand characters

None of them may stand in a log, a receipt, an answer or the ledger. Hashes may be in the ledger and in NAME.rejects.*,
which is the input once more; product keys may be in inputs that wait in a drop folder, and in no archive.
The sandbox's own files say what was sent to it and are not ours.
"""
import argparse
import pathlib
import re
import sys

SECRET_FILES = re.compile(r"(^|/)(client-secret|other-secret|second-secret|token|[^/]*refresh-token|[^/]*password|[^/]*\.pem)$")
SANDBOX = re.compile(r"(^|/)sandbox[.-]")
LEDGER = re.compile(r"(^|/)ledger\.db(-wal|-shm)?$")
RECEIPT = re.compile(r"\.(ack\.json|result\.csv|result\.json)$")
REJECTS = re.compile(r"\.rejects(\.[^/]*)?$")
ARCHIVE = re.compile(r"(^|/)(done|done-with-issues|rejected|quarantine)/[^/]*$")
OUTPUT = re.compile(r"(^|/)([^/]*\.log|commands\.out)$")

JWT = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")
BEARER = re.compile(rb"(?i)bearer [A-Za-z0-9._~+/-]{16,}")
PRODUCT_KEY = re.compile(rb"(?i)(?<![A-Z0-9-])[BCDFGHJKMPQRTVWXYN2346789]{5}(-[BCDFGHJKMPQRTVWXYN2346789]{5}){4}(?![A-Z0-9-])")
HASH = re.compile(rb"T0[EFGH][A-Za-z0-9+/]{1000,}")


def plain(content):
    """The same without the zero bytes of UTF-16."""
    return content.replace(b"\0", b"") if b"\0" in content[:4096] else content


def kind_of(name):
    if SECRET_FILES.search(name) or SANDBOX.search(name):
        return None
    if LEDGER.search(name):
        return "ledger"
    if RECEIPT.search(name) or OUTPUT.search(name):
        return "output"
    if REJECTS.search(name):
        return "rejects"
    return "archive" if ARCHIVE.search(name) else None


def canaries_of(site):
    found = set()
    for path in site.rglob("*"):
        name = str(path.relative_to(site))
        if path.is_file() and SECRET_FILES.search(name) and not ARCHIVE.search(name):
            content = path.read_bytes().strip()
            lines = [line for line in content.splitlines() if len(line) >= 8 and b"CERTIFICATE" not in line]
            found.update(lines[1:-1] if content.startswith(b"-----") else lines)
    return found


def look_into(kind, content, canaries):
    text = plain(content)
    for what, pattern in (("an access token", JWT), ("a bearer", BEARER), ("a product key", PRODUCT_KEY)):
        if kind == "archive" and what != "a product key":
            continue
        if pattern.search(text) and not (kind == "ledger" and what == "a bearer"):
            yield what
    if kind == "output" and HASH.search(text):
        yield "a whole hash"
    if kind != "archive" and any(canary in text for canary in canaries):
        yield "a secret of the settings"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kept", type=pathlib.Path)
    arguments = parser.parse_args()
    sites = files = canaries = 0
    leaks = []
    for site in sorted(path for path in arguments.kept.iterdir() if path.is_dir()):
        sites += 1
        secrets = canaries_of(site)
        canaries += len(secrets)
        for path in sorted(site.rglob("*")):
            name = str(path.relative_to(site))
            kind = kind_of(name) if path.is_file() else None
            if kind is None:
                continue
            files += 1
            leaks += [f"{site.name}/{name}: {what}" for what in look_into(kind, path.read_bytes(), secrets)]
    for leak in leaks:
        print(f"canary: {leak}")
    is_enough = sites > 0 and files > sites and canaries > 0
    verdict = "ok" if is_enough and not leaks else "FAILED"
    print(f"canary: {verdict} sites={sites} files={files} canaries={canaries} leaks={len(leaks)}")
    return 0 if verdict == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
