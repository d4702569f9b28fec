"""What only the whole daemon can show: memory, waiting, starting, delivering."""
import dataclasses
import math
import os
import pathlib
import subprocess
import time

from daemon_world import Daemon, Sandbox, seconds_of
from measuring import Row, Unusable, median, settle_disk, spread, status_number

MB_IN_KB = 1024


def file_of(bench, kind, rows, start):
    path = bench.folder / f"{kind}-{rows}-{start}.csv"
    if not path.exists():
        subprocess.run([bench.make_files, "--kind", kind, "--rows", str(rows), "--start", str(start), "--out", path],
                       check=True)
    return path


def create_batch(bench, daemon):
    """After this the batch exists and a token is held."""
    daemon.drop(file_of(bench, "bulk", 1, 9_000_000), "first.csv")
    daemon.wait_finished("first.csv", 60)


def peak_of_intake(bench, rows, prepare=None):
    """Peak memory of a daemon that takes one file; what it would send stays where it is."""
    csv = bench.csv(rows)
    bench.need_space(csv.stat().st_size)
    with Sandbox(bench) as sandbox, Daemon(bench, sandbox) as daemon:
        if prepare is not None:
            prepare(daemon.base)
        daemon.start()
        daemon.ask("pause", "line")
        daemon.drop(csv, "batch.csv")
        accepted = daemon.wait_events("submission.accepted", 1, 900)[0]
        if accepted.get("pending") != rows:
            raise Unusable(f"{accepted.get('pending')} of {rows} rows accepted")
        peak = status_number(daemon.process.pid, "VmHWM") / MB_IN_KB
    bench.say(f"memory: {rows} rows, peak {peak:.0f} MB")
    return peak


def memory_case(bench):
    row = Row("peak memory, 0.4 GB and 4 GB input; with 5 million known", "configured bound", "64 MB; 100 MB",
              "40 MB; 80 MB")
    small = peak_of_intake(bench, bench.rows)
    peaks, parts = [small], [f"{small:.0f}"]
    if bench.quick:
        row.notes.append("memory: the 4 GB file is left out")
        parts.append("-")
    else:
        peaks.append(peak_of_intake(bench, bench.rows * 10))
        parts.append(f"{peaks[-1]:.0f}")
    known = peak_of_intake(bench, bench.rows, prepare=bench.copy_of_known)
    row.ours = " / ".join(parts) + f" MB; {known:.0f} MB"
    row.judge((max(peaks), 64, 40), (known, 100, 80))
    row.notes.append(f"memory: VmHWM of the daemon from its start until the file of {bench.rows:,} (and "
                     f"{bench.rows * 10:,}) rows is acknowledged; with {bench.known:,} known")
    return [row]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Delivery:
    seconds: float  # from the first POST to the last answer
    lead: float  # from `resume` to the first POST
    peak: float  # MB
    daemon_cpu: float  # seconds a chunk
    sandbox_cpu: float


def deliver(bench, in_flight):
    rows = bench.chunks * 500
    with Sandbox(bench, latency_ms=200) as sandbox, Daemon(bench, sandbox, in_flight=in_flight) as daemon:
        daemon.start()
        create_batch(bench, daemon)
        daemon.ask("pause", "line")
        daemon.drop(bench.csv(rows), "batch.csv")
        daemon.wait_events("submission.accepted", 2, 300)
        settle_disk()
        processes = (daemon.process.pid, sandbox.process.pid)
        cpu = [cpu_seconds(pid) for pid in processes]
        daemon.ask("resume", "line")
        submitted = daemon.wait_events("chunk.submitted", 1 + bench.chunks, 300)[1:]
        if len(submitted) != bench.chunks or any(event["devices"] != 500 for event in submitted):
            raise Unusable(f"{len(submitted)} chunks instead of {bench.chunks} of 500")
        posts = [seconds_of(request["at"]) for request in sandbox.ask("requests")["requests"]
                 if request["method"] == "POST" and request["body_bytes"] > 100_000]
        if len(posts) != bench.chunks:
            raise Unusable(f"{len(posts)} POSTs for {bench.chunks} chunks")
        cpu = [(cpu_seconds(pid) - before) / bench.chunks for pid, before in zip(processes, cpu)]
        peak = status_number(daemon.process.pid, "VmHWM") / MB_IN_KB
        resumed = seconds_of(daemon.events("destination.resumed")[-1]["ts"])
    took = max(seconds_of(event["ts"]) for event in submitted) - min(posts)
    return Delivery(took, min(posts) - resumed, peak, *cpu)


def delivery_case(bench):
    row = Row(f"{bench.chunks} chunks of 500, 200 ms a POST, 1/4/8 in flight", "chunks x latency / in flight",
              "within 1.10", "within 1.05")
    took, ideals, ratios, all_runs = [], [], [], []
    for in_flight in (1, 4, 8):
        runs = [deliver(bench, in_flight) for _ in range(1 if bench.quick else min(3, bench.pairs))]
        ideals.append(math.ceil(bench.chunks / in_flight) * 0.2)
        took.append(median([run.seconds for run in runs]))
        ratios.append(took[-1] / ideals[-1])
        all_runs += runs
        bench.say(f"delivery: {in_flight} in flight {took[-1]:.2f} s, {ratios[-1]:.3f} of the ideal")
    row.ours = " / ".join(f"{seconds:.2f}" for seconds in took) + " s"
    row.against += ": " + " / ".join(f"{seconds:.1f}" for seconds in ideals) + " s"
    row.ratio = " / ".join(f"{ratio:.3f}" for ratio in ratios)
    row.judge((max(ratios), 1.10, 1.05))
    row.notes.append("delivery: from the first POST at the sandbox to the last answer at the daemon; the ideal "
                     "counts whole rounds (100 chunks, 8 in flight: 13); from `resume` to the first POST "
                     f"{median([run.lead for run in all_runs]) * 1000:.0f} ms; CPU a chunk: daemon "
                     f"{median([run.daemon_cpu for run in all_runs]) * 1000:.0f} ms, sandbox "
                     f"{median([run.sandbox_cpu for run in all_runs]) * 1000:.0f} ms; peak memory of the daemon "
                     f"{max(run.peak for run in all_runs):.0f} MB")
    return [row]


def switches(pid):
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += status_number(f"{pid}/task/{task.name}", "voluntary_ctxt_switches")
    return total


def idle_case(bench):
    row = Row("idle daemon", "wake-ups a second, RSS", "1, 25 MB", "0.2, 15 MB")
    seconds = 20 if bench.quick else 60
    with Sandbox(bench) as sandbox, Daemon(bench, sandbox) as daemon:
        daemon.start()
        create_batch(bench, daemon)
        time.sleep(5)
        before = switches(daemon.process.pid)
        time.sleep(seconds)
        wakeups = (switches(daemon.process.pid) - before) / seconds
        resident = status_number(daemon.process.pid, "VmRSS") / MB_IN_KB
        own = status_number(daemon.process.pid, "RssAnon") / MB_IN_KB
    row.ours = f"{wakeups:.2f}, {resident:.0f} MB"
    row.judge((wakeups, 1, 0.2), (resident, 25, 15))
    row.notes.append(f"idle: {seconds} s after one device was registered, defaults but for the settle time, watchdog "
                     f"on; voluntary context switches of all threads; {own:.0f} MB of the RSS are its own, the rest "
                     "are pages of program and libraries")
    return [row]


def forget_pages(path):
    """Takes the file out of the page cache."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def start_case(bench):
    row = Row(f"start with {bench.known:,} known devices", "seconds to READY", "1", "0.3")
    warm, cold, empty = [], [], []
    with Sandbox(bench) as sandbox:
        with Daemon(bench, sandbox) as daemon:
            for _ in range(bench.pairs):
                empty.append(daemon.start())
                daemon.stop()
        with Daemon(bench, sandbox) as daemon:
            ledger = bench.copy_of_known(daemon.base)
            settle_disk()
            for _ in range(bench.pairs):
                forget_pages(ledger)
                cold.append(daemon.start())
                daemon.stop()
                warm.append(daemon.start())
                daemon.stop()
    row.ours = f"{median(warm):.2f} s"
    row.judge((median(warm), 1, 0.3))
    row.notes.append(f"start: exec to READY=1, {spread(warm)} s; with the ledger not in the page cache "
                     f"{median(cold):.2f} s; with an empty ledger {median(empty):.2f} s")
    return [row]


def latency_case(bench):
    row = Row("file dropped to job submitted, one row", "readiness settle time + one round trip", "+ 150 ms", "+ 50 ms")
    settle_s, latency_s = 0.5, 0.05
    beyond = []
    with Sandbox(bench, latency_ms=50) as sandbox, Daemon(bench, sandbox, settle_ms=500) as daemon:
        daemon.start()
        create_batch(bench, daemon)
        for turn in range(max(2, bench.pairs)):
            csv = file_of(bench, "bulk", 1, 9_100_000 + turn)
            dropped = daemon.drop(csv, f"one-{turn}.csv")
            event = daemon.wait_events("chunk.submitted", 2 + turn, 60)[-1]
            beyond.append((seconds_of(event["ts"]) - dropped - settle_s - latency_s) * 1000)
            daemon.wait_finished(f"one-{turn}.csv", 60)
    row.ours = f"+ {median(beyond):.0f} ms"
    row.against += f": {(settle_s + latency_s) * 1000:.0f} ms"
    row.judge((median(beyond), 150, 50))
    row.notes.append(f"one row: {spread(beyond, 0)} ms beyond settle time and latency; the batch exists, a token is held")
    return [row]
