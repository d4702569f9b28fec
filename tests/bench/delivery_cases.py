"""How fast devices are delivered, and how many uploads at once turn out to be right."""
import dataclasses
import math
import os
import pathlib
import subprocess
import time

from daemon_cases import create_batch
from daemon_world import Daemon, Sandbox, seconds_of
from measuring import MB_IN_KB, Row, Unusable, median, settle_disk, status_number

LATENCY_S = 0.2
JOB_S = 5
DEVICES = 500
# The defaults look at a job after 2 s, then less and less often, and at most at ten jobs a second: right for a
# factory, but then the pace of the looks would be measured here.
LOOKS = {"poll_first": "400ms", "poll_ceiling": "400ms", "polls_per_second": 500}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Delivery:
    posted: float  # seconds from the first POST to the last answer
    finished: float  # and to the last verdict
    lead: float  # from `resume` to the first POST
    peak: float  # MB
    daemon_cpu: float  # seconds a device
    sandbox_cpu: float


def wait_for_backlog(bench, daemon, csv):
    """Everything is in the ledger, the destination is paused."""
    daemon.start()
    create_batch(bench, daemon)
    daemon.ask("pause", "line", "--reason", "a benchmark")
    daemon.drop(csv, "batch.csv")
    daemon.wait_events("submission.accepted", 2, 300)
    settle_disk()


def moments_of_posts(sandbox):
    return [seconds_of(request["at"]) for request in sandbox.requests()
            if request["method"] == "POST" and request["body_bytes"] > 100_000]


def deliver(bench, in_flight, looks):
    devices = bench.chunks * DEVICES
    delivery = dict(looks, in_flight=in_flight, in_flight_min=in_flight)
    with Sandbox(bench, latency_ms=round(LATENCY_S * 1000), job_ms=JOB_S * 1000) as sandbox, \
            Daemon(bench, sandbox, delivery=delivery) as daemon:
        wait_for_backlog(bench, daemon, bench.csv(devices))
        processes = (daemon.process.pid, sandbox.process.pid)
        cpu = [cpu_seconds(pid) for pid in processes]
        daemon.ask("resume", "line", "--reason", "a benchmark")
        submitted = daemon.wait_events("chunk.submitted", 1 + bench.chunks, 300)[1:]
        settled = daemon.wait_events("chunk.settled", 1 + bench.chunks, 300)[1:]
        cpu = [(cpu_seconds(pid) - before) / devices for pid, before in zip(processes, cpu)]
        if any(event["devices"] != DEVICES for event in submitted) or len(submitted) != bench.chunks:
            raise Unusable(f"{len(submitted)} chunks instead of {bench.chunks} of {DEVICES}")
        posts = moments_of_posts(sandbox)
        if len(posts) != bench.chunks:
            raise Unusable(f"{len(posts)} POSTs for {bench.chunks} chunks")
        peak = status_number(daemon.process.pid, "VmHWM") / MB_IN_KB
        resumed = seconds_of(daemon.events("destination.resumed")[-1]["ts"])
        summary = sandbox.ask("summary")
        if summary["registered"] != devices + 1 or summary["registered_twice"] or summary["already"]:
            raise Unusable(f"not each device once: {summary}")
    first = min(posts)
    last = [max(seconds_of(event["ts"]) for event in events) for events in (submitted, settled)]
    return Delivery(last[0] - first, last[1] - first, first - resumed, peak, *cpu)


def texts(values, form):
    return " / ".join(format(value, form) for value in values)


def delivery_case(bench):
    limits = (1, 4, 8)
    ideals = [math.ceil(bench.chunks / limit) * LATENCY_S for limit in limits]
    runs = {limit: [deliver(bench, limit, LOOKS) for _ in range(1 if bench.quick else min(3, bench.pairs))]
            for limit in limits}
    rows = []
    for what, of, ideal in (
            (f"{bench.chunks} chunks of {DEVICES}, {LATENCY_S * 1000:.0f} ms a POST, 1/4/8 in flight: submitted",
             lambda run: run.posted, ideals),
            (f"the same, jobs of {JOB_S} s: every device has its verdict",
             lambda run: run.finished, [seconds + JOB_S for seconds in ideals])):
        took = [median([of(run) for run in runs[limit]]) for limit in limits]
        ratios = [seconds / best for seconds, best in zip(took, ideal)]
        row = Row(what, "chunks x latency / in flight: " + texts(ideal, ".1f") + " s", "within 1.10", "within 1.05",
                  ours=texts(took, ".2f") + " s", ratio=texts(ratios, ".3f"))
        row.judge((max(ratios), 1.10, 1.05))
        rows.append(row)
        bench.say(f"delivery: {what}: {row.ours}, {row.ratio} of the ideal")
    rows[1].against = "that and a job's time: " + rows[1].against.rpartition(": ")[2]
    rows.append(cost_row(bench, [run for limit in limits for run in runs[limit]]))
    return rows


def cost_row(bench, runs):
    cpu = [run.daemon_cpu * 1e6 for run in runs]
    peak = max(run.peak for run in runs)
    row = Row("the same: CPU a device, peak memory", "", "100 us, 64 MB", "50 us, 48 MB",
              ours=f"{median(cpu):.0f} us, {peak:.0f} MB")
    row.against = "daemon, from `resume` to the last verdict"
    row.judge((median(cpu), 100, 50), (peak, 64, 48))
    row.notes.append("delivery: from the first POST at the sandbox to the last answer, and to the last verdict, in the "
                     f"daemon's log; the ideal counts whole rounds (100 chunks, 8 in flight: 13); looks every "
                     f"{LOOKS['poll_first']}, in_flight_min = in_flight; from `resume` to the first POST "
                     f"{median([run.lead for run in runs]) * 1000:.0f} ms; CPU of the sandbox a device "
                     f"{median([run.sandbox_cpu for run in runs]) * 1e6:.0f} us")
    return row


def found_limit(bench, capacity):
    """The mean limit of the second half of a long delivery to a service that has room for so many at once."""
    chunks = 150 * capacity if bench.quick else 400 * capacity
    csv = bench.folder / f"small-{chunks}.csv"
    if not csv.exists():
        subprocess.run([bench.make_files, "--kind", "bulk", "--rows", str(chunks * 2), "--start", "7000001", "--out", csv],
                       check=True)
    delivery = dict(in_flight=8, in_flight_min=1, chunk_devices=2)
    samples = []
    with Sandbox(bench, latency_ms=round(LATENCY_S * 1000), options=["--capacity", capacity]) as sandbox, \
            Daemon(bench, sandbox, delivery=delivery) as daemon:
        wait_for_backlog(bench, daemon, csv)
        daemon.ask("resume", "line", "--reason", "a benchmark")
        begin, deadline = time.monotonic(), time.monotonic() + 600
        while True:
            left = daemon.ask("status")
            sent = left["chunks"]["submitted"] + left["chunks"]["settled"] + left["chunks"].get("unconfirmed", 0)
            samples.append((time.monotonic() - begin, left["accounts"][0]["concurrency"]))
            if sent >= chunks:
                break
            if time.monotonic() > deadline:
                raise Unusable(f"{sent} of {chunks} chunks sent after 600 s")
            time.sleep(0.1)
        most = sandbox.ask("summary")["capacity_most"]
    took = samples[-1][0]
    late = [limit for at, limit in samples if at > took / 2]
    mean = sum(late) / len(late)
    ideal = chunks * LATENCY_S / capacity
    bench.say(f"adaptive: capacity {capacity}: limit {mean:.2f}, at most {most} there at once, {took:.1f} s for "
              f"{ideal:.1f}")
    return mean, took / ideal


def adaptive_case(bench):
    row = Row("the limit found, service with room for 2/4/6 uploads of 200 ms", "the room there is", "within 10 %",
              "within 5 %")
    capacities = (2, 4, 6)
    found = [found_limit(bench, capacity) for capacity in capacities]
    errors = [abs(mean / capacity - 1) for (mean, _), capacity in zip(found, capacities)]
    row.ours = texts([mean for mean, _ in found], ".2f")
    row.ratio = texts([mean / capacity for (mean, _), capacity in zip(found, capacities)], ".3f")
    row.judge((max(errors), 0.10, 0.05))
    row.notes.append("adaptive: in_flight 8, in_flight_min 1, small chunks; mean of `status` over the second half; the "
                     "whole took " + texts([ratio for _, ratio in found], ".2f") + " times as long as with the right "
                     "limit from the start")
    return [row]
