"""What only the whole daemon can show: memory, waiting, starting."""
import os
import pathlib
import subprocess
import time

from daemon_world import Daemon, Sandbox, seconds_of
from measuring import MB_IN_KB, Row, Unusable, median, settle_disk, spread, status_number

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
        daemon.ask("pause", "line", "--reason", "a benchmark")
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
