#!/usr/bin/env python3
"""J2: ten thousand open jobs, and a service that refuses most looks at them.

The daemon starts with all of them due at once. While the storm lasts, four of five looks get a 429 or a 5xx;
afterwards all is well. Counted by the sandbox's log of requests: never more looks in a second than
polls_per_second and the few that may go at once allow, and a storm does not make them more. No job is lost, none
gets a verdict that the service did not give, and after the storm they are settled at the configured pace.
"""
import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from fault_world import Failure, Sandbox, Site, customer, programs, wait_for

LOOK = {"method": "GET", "path": "batchJobStatus"}
STORM = [{"match": LOOK, "when": {"probability": 0.4}, "fault": 429, "retry_after": False},
         {"match": LOOK, "when": {"probability": 0.5}, "fault": 503}]
# Looks that may go at once, and second and third tries of those that failed: the budget of an account.
AT_ONCE = 8
TRIES = 500 // 14


def looks(log):
    """Moments of all looks so far, in seconds, oldest first, and how they ended."""
    found = []
    for line in log.read_text().splitlines():
        request = json.loads(line)
        if "batchJobStatus" in request["target"]:
            clock = request["at"][11:23]
            found.append((int(clock[:2]) * 3600 + int(clock[3:5]) * 60 + float(clock[6:]), request["status"]))
    return found


def most_in_a_second(moments):
    window, most = collections.deque(), 0
    for moment in moments:
        window.append(moment)
        while window[0] <= moment - 1:
            window.popleft()
        most = max(most, len(window))
    return most


def judge_records(site, jobs):
    verdicts = site.ask("status")["verdicts"]
    settled = verdicts.get("registered", 0)
    others = {name: count for name, count in verdicts.items() if name not in ("pending", "registered") and count}
    if others or verdicts["pending"] + settled != jobs:
        raise Failure(f"a storm gave verdicts: {verdicts}")
    return settled


def run(arguments):
    base = arguments.work / "site"
    requests = arguments.work / "requests.jsonl"
    theirs = arguments.work / "sandbox.jsonl"
    ours = arguments.work / "ledger.db"
    subprocess.run([arguments.open_jobs, ours, theirs, customer(1), str(arguments.jobs)], check=True)
    with Sandbox(arguments.sandbox, arguments.work / "sandbox",
                 ["--ledger", theirs, "--request-log", requests]) as sandbox:
        sandbox.ask("rules", STORM)
        delivery = {"polls_per_second": arguments.rate, "poll_first": "100ms", "poll_ceiling": "1s",
                    "retry_first": "100ms", "retry_ceiling": "1s", "breaker_probe": "200ms"}
        site = Site(arguments.daemon, base, sandbox.url, [("line", "a1", customer(1))], delivery)
        shutil.copyfile(ours, base / "ledger.db")
        process = site.start()
        try:
            wait_for(60, "first looks", lambda: requests.exists() and len(looks(requests)) > 20)
            time.sleep(arguments.seconds)
            stormy = looks(requests)
            before = judge_records(site, arguments.jobs)
            sandbox.ask("rules", [])
            wait_for(120, "looks that settle after the storm",
                     lambda: judge_records(site, arguments.jobs) > before + arguments.rate * 5)
            process.terminate()
            if process.wait(timeout=60) != 0:
                raise Failure(f"the daemon ended with {process.returncode}: {site.log.read_text()[-1000:]}")
        finally:
            process.kill()
            process.wait()
        settled = judge_records(site, arguments.jobs)
    every = looks(requests)
    most = most_in_a_second([moment for moment, _ in every])
    if most > arguments.rate * 1.1 + AT_ONCE + TRIES:
        raise Failure(f"{most} looks in one second, where {arguments.rate} are allowed")
    refused = sum(1 for _, status in every if status in (429, 503))
    return (f"jobs={arguments.jobs} looks={len(every)} stormy={len(stormy)} refused={refused} "
            f"most_in_a_second={most} allowed={arguments.rate} settled={settled} lost=0")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    programs(parser)
    parser.add_argument("--open-jobs", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=50, help="polls_per_second")
    parser.add_argument("--seconds", type=float, default=8, help="how long the storm lasts")
    arguments = parser.parse_args()
    arguments.work = pathlib.Path(tempfile.mkdtemp(prefix="poll-storm-"))
    try:
        print("poll-storm: ok " + run(arguments))
    except Failure as failure:
        print(f"poll-storm: FAILED {failure} (kept in {arguments.work})")
        return 1
    shutil.rmtree(arguments.work, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
