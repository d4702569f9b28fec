#!/usr/bin/env python3
"""A bad day: everything goes wrong at once, the daemon is killed every few seconds, and at the end all is well.

Of all requests, tokens and looks included, 5 % are reset, 5 % get a 5xx (some although the work was done), some a
429; 2 % of the uploads lose their reply after the work is done. Jobs are late, lost, unknown, without some of their
devices, or nobody says where they are. Every few seconds the service refuses all uploads for a while. Tokens live 60 s.
Files come all day, some of them twice, to ten customers of two accounts.

At the end the ledger of the sandbox and ours must agree device by device: registered exactly once, by one upload;
every record `registered` (or the `duplicate` of one that is); every input archived byte for byte; no request id with two bodies.

With --sabotage the service takes a repeated upload every time, and the daemon is told that it does not: that must be
noticed.
"""
import argparse
import collections
import hashlib
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from fault_world import Failure, Sandbox, Site, customer, programs, wait_for

# Name, account and customer of each line.
LINES = [(f"line-{number}", "contoso" if number % 3 else "fabrikam", customer(number)) for number in range(1, 11)]
POST = {"method": "POST", "path": "deviceBatches"}
LOOK = {"path": "batchJobStatus"}


def rule(probability, fault, match=None, **members):
    return {"match": match or {}, "when": {"probability": probability}, "fault": fault, **members}


# In this order: the first that fires decides how a request ends.
RESETS = [rule(0.03, "reset"), rule(0.02, "reset_after")]
ERRORS = [rule(0.02, 500), rule(0.015, 503, retry_after=1), rule(0.005, 504), rule(0.01, 504, POST, commit=True),
          rule(0.005, "html", commit=True)]
LOST = [rule(0.02, "drop_after", POST)]
THROTTLED = [rule(0.01, 429, retry_after=1)]
JOBS = [rule(0.05, "job_slow", POST, ms=8000), rule(0.02, "job_lost", POST, ms=500), rule(0.03, "job_hidden", POST, ms=400),
        rule(0.03, "job_unknown", POST, ms=1000), rule(0.02, "job_omits", POST, count=3), rule(0.02, "job_backwards", POST),
        rule(0.02, "no_location", POST), rule(0.02, "truncated", LOOK), rule(0.02, "cut_answer", {"method": "GET"})]

DELIVERY = {"in_flight": 8, "linger": "50ms", "retry_first": "50ms", "retry_ceiling": "3s", "poll_first": "200ms",
            "poll_ceiling": "2s", "polls_per_second": 50, "job_grace": "2s", "reconcile_first": "300ms",
            "reconcile_wait": "1m", "breaker_probe": "1s", "token_margin": "10s"}


class BadDay:
    def __init__(self, arguments):
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.inputs = []  # (line, name, content) still to come
        self.dropped = collections.Counter()  # by (line, SHA-256)
        self.kills = 0
        self.rows = 0

    def make_inputs(self):
        """Files of one to some hundred rows, of every dialect; every eighth comes again under another name."""
        folder = self.arguments.work / "inputs"
        folder.mkdir()
        largest = max(2, self.arguments.devices // 25)
        start = 1
        while start <= self.arguments.devices:
            rows = min(self.random.randint(1, largest), self.arguments.devices - start + 1)
            kind = self.random.choice(["bulk", "autopilot", "partner"])
            path = folder / f"{kind}-{start}.csv"
            subprocess.run([self.arguments.make_files, "--kind", kind, "--rows", str(rows), "--start", str(start),
                            "--out", path], check=True)
            line = self.random.choice(LINES)[0]
            self.inputs.append((line, path.name, path))
            if self.random.random() < 0.125:
                self.inputs.append((line, f"again-{path.name}", path))
            start += rows

    def drop(self, site, count):
        for _ in range(min(count, len(self.inputs))):
            line, name, path = self.inputs.pop(0)
            content = path.read_bytes()
            part = site.folder(line) / f".{name}.part"
            part.write_bytes(content)
            part.rename(site.folder(line) / name)
            self.dropped[line, hashlib.sha256(content).hexdigest()] += 1

    def is_done(self, site):
        if self.inputs:
            return False
        receipts = sum(1 for _ in (site.base / "drop").rglob("*.result.json"))
        return receipts == sum(self.dropped.values())

    def live_through(self, sandbox, site):
        """Start, some seconds, kill -9; until nothing is left to do."""
        deadline = time.monotonic() + self.arguments.timeout
        share = len(self.inputs) // 10 + 1
        self.drop(site, len(self.inputs) // 2)
        while True:
            process = site.start()
            until = time.monotonic() + self.random.uniform(*self.arguments.period)
            while time.monotonic() < until and not self.is_done(site):
                time.sleep(0.1)
                if process.poll() is not None:
                    raise Failure(f"the daemon ended with {process.returncode}: {site.log.read_text()[-2000:]}")
            if self.is_done(site):
                process.terminate()
                if process.wait(timeout=60) != 0:
                    raise Failure(f"a quiet end is {process.returncode}: {site.log.read_text()[-2000:]}")
                return
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise Failure(f"not done after {self.arguments.timeout} s: {site.ask('status')}")
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.kills += 1
            self.drop(site, share)
            # Every other time the service is full when the next daemon comes, and has room a little later.
            is_full = self.kills % 2 == 1
            sandbox.ask("options", {"capacity": 1 if is_full else 0, "capacity_queue": 0, "capacity_refusal": "429"})

    def judge_service(self, sandbox, ours):
        ledger = sandbox.ask("ledger")
        twice = [device for device in ledger["devices"] if device["registered"] > 1 or device["already"] > 0]
        theirs = {device["serial"] for device in ledger["devices"] if device["registered"] == 1}
        lost = sorted(set(ours) - theirs)
        strangers = sorted(theirs - set(ours))
        if twice or lost or strangers:
            raise Failure(f"{len(twice)} twice {twice[:2]}, {len(lost)} lost {lost[:5]}, strangers {strangers[:5]}")
        summary = ledger["summary"]
        for count in ("registered_twice", "violations", "repeated_bodies"):
            if summary[count] != 0:
                raise Failure(f"{summary[count]} {count}: {ledger['violations'][:3]}")
        return summary

    def judge_ours(self, site):
        """The verdict of every device, by serial number."""
        ours = {}
        for path, row in site.results():
            self.rows += 1
            if row["verdict"] == "registered":
                ours[row["serial"]] = path
            elif row["verdict"] != "duplicate":  # of a file that came twice
                raise Failure(f"{path}: {row}")
        if len(ours) != self.arguments.devices:
            raise Failure(f"{len(ours)} devices have receipts, not {self.arguments.devices}")
        archived = collections.Counter()
        for line, _, _ in LINES:
            for path in (site.folder(line) / "done").glob("*.csv"):
                if not path.name.endswith(".result.csv"):
                    archived[line, hashlib.sha256(path.read_bytes()).hexdigest()] += 1
        if archived != self.dropped:
            raise Failure(f"archived {archived - self.dropped} too much, {self.dropped - archived} too little")
        if not site.ask("status", "--verify")["is_sound"]:
            raise Failure("the ledger is not sound")
        return ours

    def run(self):
        self.make_inputs()
        rules = RESETS + ERRORS + LOST + THROTTLED + JOBS
        options = ["--seed", self.arguments.seed, "--latency-ms", 30, "--job-ms", 1000, "--token-seconds", 60,
                   "--status-style", "strict"]
        service = {}
        if self.arguments.sabotage:
            options += ["--replay", "ignore", "--detects-registered", "no"]
            service = {"server_honours_request_id": "yes"}
        delivery = dict(DELIVERY, chunk_devices=max(20, self.arguments.devices // 1000))
        with Sandbox(self.arguments.sandbox, self.arguments.work / "sandbox", options) as sandbox:
            sandbox.ask("rules", rules)
            site = Site(self.arguments.daemon, self.arguments.work / "site", sandbox.url, LINES, delivery, service)
            self.live_through(sandbox, site)
            ours = self.judge_ours(site)
            summary = self.judge_service(sandbox, ours)
            fired = [each["fired"] for each in sandbox.ask("rules")["rules"]]
        names = [str(each["fault"]) for each in rules]
        print("bad-day: " + ", ".join(f"{count} {name}" for name, count in zip(names, fired))
              + f", {summary['capacity_refused']} refused for want of room")
        return {"devices": len(ours), "rows": self.rows, "kills": self.kills, "resets": sum(fired[:len(RESETS)]),
                "errors": sum(fired[len(RESETS):len(RESETS + ERRORS)]), "registered": summary["registered"],
                "uploads": summary["accepted"], "twice": 0, "lost": 0}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    programs(parser)
    parser.add_argument("--make-files", type=pathlib.Path, required=True)
    parser.add_argument("--devices", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--period", type=float, nargs=2, default=(2.0, 6.0), help="seconds between two kills")
    parser.add_argument("--timeout", type=int, default=1800, help="seconds for the whole day")
    parser.add_argument("--sabotage", action="store_true", help="can this fail?")
    arguments = parser.parse_args()
    arguments.work = pathlib.Path(tempfile.mkdtemp(prefix="bad-day-"))
    begin = time.monotonic()
    try:
        counts = BadDay(arguments).run()
    except Failure as failure:
        print(f"bad-day: FAILED seed={arguments.seed} {failure} (kept in {arguments.work})")
        return 1
    print("bad-day: ok " + " ".join(f"{name}={count}" for name, count in counts.items())
          + f" took={time.monotonic() - begin:.0f}s")
    shutil.rmtree(arguments.work, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
