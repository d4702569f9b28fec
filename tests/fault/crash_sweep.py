#!/usr/bin/env python3
"""Kills the daemon, or fails a call under it, at one system call after another, and judges what is left.

A point is (system call, fault, n): the n-th such call of a thread is where the process is killed or where
the call fails with ENOSPC or EIO. After each point the daemon is started again without a fault and must
finish everything. The oracle then reads the sandbox's ledger, the drop folder and our own ledger:

  I1  every row has exactly one verdict, and the ledger's own balance holds (status --verify)
  I2  every device is registered exactly once
  I3  every input is in exactly one place, byte for byte
  I5  no request id was used for two bodies
  I7  the second start finishes within its deadline

See docs/reliability.md. strace counts calls per thread, so a point hits the first thread to get there.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

KILLS = ["openat", "write", "pwrite64", "writev", "fdatasync", "fsync", "syncfs", "ftruncate", "unlink",
         "unlinkat", "renameat", "renameat2", "rename", "mkdirat", "fchmod", "sendto", "sendmsg", "connect",
         "sync_file_range", "fallocate", "linkat"]
NO_SPACE = ["openat", "write", "pwrite64", "ftruncate", "mkdirat", "renameat", "renameat2"]
IO_ERROR = ["write", "pwrite64", "pread64", "fdatasync", "fsync", "syncfs", "ftruncate", "read"]
# I7 asks for 30 s; a machine under load gets twice that.
DEADLINE_S = 60


@dataclasses.dataclass(frozen=True)
class Point:
    call: str
    fault: str  # "signal=KILL", "error=ENOSPC", "error=EIO"
    nth: int

    def __str__(self):
        return f"{self.call}:{self.fault}:when={self.nth}"


class Failure(Exception):
    pass


class Sandbox:
    """One stand-in for each worker; reset between points."""

    def __init__(self, program, folder):
        self.folder = folder
        port_file = folder / "port"
        self.process = subprocess.Popen(
            [program, "--listen", "127.0.0.1:0", "--port-file", port_file, "--job-ms", "20", "--seed", "1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not port_file.exists():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise Failure("the sandbox did not start")
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{port_file.read_text().strip()}"

    def reset(self):
        request = urllib.request.Request(self.url + "/sandbox/reset", data=b"", method="POST")
        urllib.request.urlopen(request, timeout=10).read()

    def ledger(self):
        with urllib.request.urlopen(self.url + "/sandbox/ledger", timeout=10) as reply:
            return json.loads(reply.read().decode("utf-8-sig"))

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


def make_inputs(make_files, folder):
    """A few files that use every part of the way: rows of all kinds, a duplicate file, several chunks."""
    folder.mkdir()
    subprocess.run([make_files, "--kind", "bad", "--start", "100", "--out", folder / "bad.csv"], check=True)
    subprocess.run([make_files, "--kind", "autopilot", "--rows", "7", "--start", "1", "--out", folder / "a.csv"],
                   check=True)
    subprocess.run([make_files, "--kind", "partner", "--rows", "3", "--start", "50", "--out", folder / "b.csv"],
                   check=True)
    shutil.copyfile(folder / "a.csv", folder / "again.csv")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# LeakSanitizer cannot look at a process that strace holds, and ends it.
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="detect_leaks=0:" + os.environ.get("ASAN_OPTIONS", ""))

CONFIG = """
ledger: {{path: {base}/ledger.db}}
control: {{socket: {base}/control.sock}}
metrics: {{listen: ""}}
log: {{level: info}}
drain_deadline: 5s
partner_center: {{base_url: {url}, authority_url: {url}, allow_plain_http: true}}
delivery: {{chunk_devices: 4, poll_first: 10ms, poll_ceiling: 50ms, retry_first: 10ms, retry_ceiling: 50ms, linger: 0s}}
accounts:
  - {{name: contoso, tenant: contoso.onmicrosoft.com, client_id: 11111111-2222-3333-4444-555555555555, client_secret: {{file: {base}/secret}}}}
destinations:
  - {{name: line, account: contoso, customer: 66666666-7777-8888-9999-000000000000, batch: LINE}}
sources:
  - {{name: line, path: {base}/drop, destination: line, settle: 0s, rescan: 200ms}}
"""


RESULT_PLACES = ("done", "done-with-issues", "rejected")
PRODUCT_KEY = re.compile(rb"[A-Z0-9]{5}(-[A-Z0-9]{5}){4}")


def without_keys(content):
    """As a file with product keys is kept."""
    return PRODUCT_KEY.sub(lambda key: re.sub(rb"[A-Z0-9]", b"*", key.group()), content)


class Case:
    """One run of the daemon over one copy of the inputs."""

    def __init__(self, arguments, sandbox, inputs):
        self.arguments = arguments
        self.sandbox = sandbox
        self.inputs = inputs
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="sweep-", dir=arguments.work))
        self.drop = self.base / "drop"
        self.strace = self.base / "strace"
        self.drop.mkdir()
        secret = self.base / "secret"
        secret.write_text("sandbox-secret\n")
        secret.chmod(0o600)
        self.config = self.base / "config.yaml"
        self.config.write_text(CONFIG.format(base=self.base, url=sandbox.url))
        for name, content in inputs.items():
            (self.drop / name).write_bytes(content)

    def daemon(self, *verb):
        return [str(self.arguments.daemon), *verb, "--config", str(self.config)]

    def run(self, point, timeout=DEADLINE_S):
        """Exit status of `run --once`; None when it hung and had to be killed."""
        command = self.daemon("run", "--once")
        if point is not None:
            command = ["strace", "-f", "-qq", "-y", "-o", str(self.strace), "-e", f"trace={point.call}",
                       "-e", f"inject={point}"] + command
        with open(self.base / "log", "ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, env=ENVIRONMENT)
            try:
                return process.wait(timeout=timeout)
            except subprocess.TimeoutExpired:
                self.kill_group(process)
                return None

    @staticmethod
    def kill_group(process):
        """strace dies first; the daemon under it takes a moment longer."""
        while True:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            process.poll()
            time.sleep(0.01)

    def hit_an_eventfd(self):
        """A wake-up of a thread failed, which Linux never does (eventfd(2): EAGAIN and EINVAL only)."""
        return any("[eventfd]" in line and "(INJECTED)" in line for line in self.strace.read_text().splitlines())

    def judge(self):
        self.judge_folder()
        self.judge_service()
        self.judge_ledger()

    def judge_folder(self):
        places = {}
        for path in self.drop.rglob("*"):
            if path.is_file():
                places.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), []).append(path)
        wanted = collections.Counter((hashlib.sha256(without_keys(content)).hexdigest(), without_keys(content) != content)
                                     for content in self.inputs.values())
        for (digest, is_hidden), count in wanted.items():
            homes = ("quarantine",) if is_hidden else RESULT_PLACES
            found = [p for p in places.get(digest, []) if p.parent.name in homes]
            if len(found) != count or len(places.get(digest, [])) != count:
                raise Failure(f"I3: {count} copies of an input expected, found {places.get(digest)}")
            for path in found:
                results = [self.drop / place / (path.name + ".result.json") for place in RESULT_PLACES]
                result = next((each for each in results if each.exists()), None)
                if result is None or not result.with_suffix(".csv").exists():
                    raise Failure(f"no results for {path}")
                self.judge_result(result)
        left = [p for p in self.drop.rglob("*") if p.is_file() and (p.name.startswith(".") or p.parent.name == ".claimed")]
        if left:
            raise Failure(f"left behind: {left}")

    def judge_result(self, path):
        for row in json.loads(path.read_text())["rows"]:
            if row["verdict"] in ("pending", "failed", "conflict", "superseded"):
                raise Failure(f"I1: {path.name} line {row['line']} is {row['verdict']} {row.get('code')}")

    def judge_service(self):
        ledger = self.sandbox.ledger()
        for device in ledger["devices"]:
            if device["registered"] != 1:
                raise Failure(f"I2: registered {device['registered']} times: {device['key']}")
        if ledger["violations"]:
            raise Failure(f"I5: {ledger['violations'][:3]}")
        if len(ledger["devices"]) != self.arguments.devices:
            raise Failure(f"I2: {len(ledger['devices'])} devices registered, not {self.arguments.devices}")

    def judge_ledger(self):
        verified = subprocess.run(self.daemon("status", "--verify"), capture_output=True, text=True)
        if verified.returncode != 0:
            raise Failure(f"I1: {verified.stdout}{verified.stderr}")

    def clean_up(self):
        shutil.rmtree(self.base, ignore_errors=True)


class Sweep:
    def __init__(self, arguments):
        self.arguments = arguments
        self.local = threading.local()
        self.sandboxes = []
        self.lock = threading.Lock()
        self.counts = {"points": 0, "ended the daemon": 0, "survived": 0}
        self.failures = []

    def sandbox(self):
        if not hasattr(self.local, "sandbox"):
            folder = pathlib.Path(tempfile.mkdtemp(prefix="sandbox-", dir=self.arguments.work))
            self.local.sandbox = Sandbox(self.arguments.sandbox, folder)
            with self.lock:
                self.sandboxes.append(self.local.sandbox)
        return self.local.sandbox

    def count_calls(self, inputs):
        """How often a clean run makes each call, per thread at most: the points there are."""
        sandbox = self.sandbox()
        sandbox.reset()
        case = Case(self.arguments, sandbox, inputs)
        trace = case.base / "trace"
        calls = sorted(set(KILLS + NO_SPACE + IO_ERROR))
        command = ["strace", "-f", "-qq", "-o", trace, "-e", "trace=" + ",".join(calls)] + case.daemon("run", "--once")
        status = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
                                env=ENVIRONMENT).returncode
        if status != 0:
            raise Failure(f"a clean run ends with {status}")
        self.arguments.devices = len(sandbox.ledger()["devices"])
        case.judge()
        per_thread = {}
        for line in trace.read_text(errors="replace").splitlines():
            thread, _, rest = line.partition(" ")
            call = rest.strip().partition("(")[0]
            if call in calls:
                per_thread[(thread, call)] = per_thread.get((thread, call), 0) + 1
        case.clean_up()
        most = {}
        for (_, call), count in per_thread.items():
            most[call] = max(most.get(call, 0), count)
        return most

    def points(self, most):
        points = []
        for fault, calls in (("signal=KILL", KILLS), ("error=ENOSPC", NO_SPACE), ("error=EIO", IO_ERROR)):
            for call in calls:
                points += [Point(call, fault, nth) for nth in range(1, most.get(call, 0) + 1)]
        return points

    def sample(self, points):
        """Always half of it where a commit fails or only seems to: both faults the sweep found were there."""
        chosen = random.Random(self.arguments.seed)
        commits = [point for point in points if point.call == "fdatasync" and point.fault == "error=EIO"]
        others = [point for point in points if point not in commits]
        half = min(len(commits), self.arguments.points // 2)
        return chosen.sample(commits, half) + chosen.sample(others, self.arguments.points - half)

    def try_point(self, point, inputs):
        sandbox = self.sandbox()
        sandbox.reset()
        case = Case(self.arguments, sandbox, inputs)
        try:
            status = case.run(point, timeout=30)
            # A thread that no kernel would leave asleep may sleep; what the next start finds still counts.
            if status is None and not case.hit_an_eventfd():
                raise Failure("I7: neither finished nor ended within 30 s of the fault")
            again = case.run(None)
            if again != 0:
                raise Failure(f"I7: the second start ended with {again}")
            case.judge()
            with self.lock:
                self.counts["points"] += 1
                self.counts["ended the daemon" if status != 0 else "survived"] += 1
            case.clean_up()
        except Failure as failure:
            with self.lock:
                self.counts["points"] += 1
                self.failures.append(f"{point}: {failure} (kept in {case.base})")
                print(f"FAILED {self.failures[-1]}", flush=True)

    def run(self):
        arguments = self.arguments
        inputs = make_inputs(arguments.make_files, arguments.work / "inputs")
        most = self.count_calls(inputs)
        points = self.points(most)
        print(f"crash-sweep: {len(points)} points in {len(most)} system calls: "
              + ", ".join(f"{call} {count}" for call, count in sorted(most.items())), flush=True)
        if arguments.points and arguments.points < len(points):
            points = self.sample(points)
            print(f"crash-sweep: a sample of {len(points)}, seed {arguments.seed}", flush=True)
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            pending = [pool.submit(self.try_point, point, inputs) for point in points]
            for done, future in enumerate(concurrent.futures.as_completed(pending), 1):
                future.result()
                if done % 100 == 0:
                    print(f"crash-sweep: {done} of {len(points)}, {len(self.failures)} failed, "
                          f"{time.monotonic() - begin:.0f} s", flush=True)
                if arguments.seconds and time.monotonic() - begin > arguments.seconds:
                    for other in pending:
                        other.cancel()
                    print("crash-sweep: out of time", flush=True)
                    break
        return time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--daemon", type=pathlib.Path, required=True)
    parser.add_argument("--sandbox", type=pathlib.Path, required=True)
    parser.add_argument("--make-files", type=pathlib.Path, required=True)
    parser.add_argument("--points", type=int, default=0, help="a sample of so many; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=0, help="stop after so long; 0: never")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    arguments = parser.parse_args()
    arguments.devices = 0
    arguments.work = pathlib.Path(tempfile.mkdtemp(prefix="crash-sweep-"))
    sweep = Sweep(arguments)
    try:
        took = sweep.run()
    finally:
        for sandbox in sweep.sandboxes:
            sandbox.stop()
    counts = ", ".join(f"{count} {what}" for what, count in sweep.counts.items())
    print(f"crash-sweep: {counts}; {len(sweep.failures)} failed; {took:.0f} s")
    if sweep.failures:
        print("\n".join(sweep.failures))
        return 1
    shutil.rmtree(arguments.work, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
