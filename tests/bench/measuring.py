"""Processes timed, numbers compared, the machine described."""
import dataclasses
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import tempfile
import time


class Unusable(Exception):
    """A measurement that could not be made; its row says why."""


@dataclasses.dataclass
class Row:
    what: str
    against: str
    target: str
    stretch: str
    ours: str = "not measured"
    ratio: str = ""
    met: str = ""
    notes: list = dataclasses.field(default_factory=list)

    def judge(self, *checks):
        """checks: (value, target, stretch), smaller is better; the worst decides."""
        if all(value <= stretch for value, _, stretch in checks):
            self.met = "stretch"
        else:
            self.met = "target" if all(value <= target for value, target, _ in checks) else "NO"

    def judge_larger(self, value, target, stretch):
        self.judge((-value, -target, -stretch))


class Bench:
    """Programs, folder and sizes of one run."""

    def __init__(self, binaries, folder, quick, pairs):
        self.quick = quick
        self.pairs = pairs
        self.folder = folder
        self.daemon = binaries / "daemon/devicebatchd"
        self.sandbox = binaries / "tests/sandbox/devicebatch-sandbox"
        self.make_files = binaries / "tests/support/devicebatch-make-files"
        self.amqp_send = binaries / "tests/support/devicebatch-amqp-send"
        self.amqp_drain = binaries / "tests/bench/devicebatch-amqp-drain"
        self.intake = binaries / "tests/bench/devicebatch-intake-bench"
        self.preload = binaries / "tests/bench/devicebatch-bench-preload"
        self.rows = 10_000 if quick else 100_000
        self.small_files = 1_000 if quick else 10_000
        self.known = 200_000 if quick else 5_000_000
        self.many_rows = 25_000 if quick else 250_000
        self.chunks = 16 if quick else 100
        self._made = {}

    def say(self, text):
        print(f"bench: {text}", flush=True)

    def fresh(self, name):
        return pathlib.Path(tempfile.mkdtemp(prefix=name + "-", dir=self.folder))

    def need_space(self, size):
        free = shutil.disk_usage(self.folder).free
        if free < size * 1.2:
            raise Unusable(f"needs {size / 1e9:.1f} GB in {self.folder}, {free / 1e9:.1f} are free")

    def csv(self, rows, kind="bulk", suffix="csv"):
        """A file of so many full hashes; always the same devices."""
        path = self.folder / f"batch-{rows}.{suffix}"
        if path not in self._made:
            self.need_space(rows * 4100)
            self.say(f"making a file of {rows} rows")
            subprocess.run([self.make_files, "--kind", kind, "--rows", str(rows), "--out", path], check=True)
            self._made[path] = rows
        return path

    def json_lines(self, rows):
        """The same devices, one JSON object a line."""
        return self.csv(rows, "bulk-json", "jsonl")

    def singles(self):
        path = self.folder / "singles"
        if path not in self._made:
            self.say(f"making {self.small_files} files of one row")
            subprocess.run([self.make_files, "--kind", "single", "--rows", str(self.small_files), "--start",
                            "5000001", "--out", path], check=True)
            self._made[path] = self.small_files
        return path

    def known_ledger(self):
        """A ledger that knows many devices. To be copied, not used."""
        path = self.folder / "known.db"
        if path not in self._made:
            self.need_space(self.known * 400)
            self.say(f"making a ledger that knows {self.known} devices")
            made = run([self.preload, path, self.known])
            self.say(f"took {made.wall:.0f} s, {path.stat().st_size / 1e6:.0f} MB")
            self._made[path] = self.known
        return path

    def copy_of_known(self, into):
        self.need_space(self.known_ledger().stat().st_size)
        path = into / "ledger.db"
        shutil.copyfile(self.known_ledger(), path)
        return path


@dataclasses.dataclass
class Run:
    wall: float
    output: str

    def json(self):
        return json.loads(self.output.strip().splitlines()[-1])


def run(command, timeout=1800):
    """One whole process, timed from its start to its end."""
    command = [str(part) for part in command]
    begin = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout)
    wall = time.perf_counter() - begin
    if done.returncode != 0:
        raise Unusable(f"{pathlib.Path(command[0]).name} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return Run(wall, done.stdout)


def settle_disk():
    """What others have to write is not part of the next measurement."""
    os.sync()


def median(values):
    return statistics.median(values)


def spread(values, digits=2):
    values = sorted(values)
    return f"{values[0]:.{digits}f} to {values[-1]:.{digits}f}"


def ratio_text(values):
    text = f"{median(values):.2f}"
    return text if len(values) == 1 else f"{text} ({spread(values)})"


MB_IN_KB = 1024


def status_number(pid, word):
    """A line of /proc/PID/status in kB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(word + ":"):
            return int(line.split()[1])
    raise Unusable(f"/proc/{pid}/status has no {word}")


def file_system(folder):
    found = ("?", "?", "?")
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        device, point, kind = line.split()[:3]
        if (str(folder) + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(found[1].rstrip("?")):
            found = (device, point, kind)
    return found


def first_line(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=20)
    except OSError:
        return "not there"
    return (done.stdout.strip().splitlines() or ["?"])[0]


def describe_machine(folder):
    models = [line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    device, _, kind = file_system(folder)
    load = os.getloadavg()[0]
    busy = " - BUSY: these figures are not to be quoted" if load > 1 else ""
    return [
        f"machine: {models[0] if models else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB",
        f"system: {platform.freedesktop_os_release().get('PRETTY_NAME', '?')}, Linux {platform.release()}, "
        f"{kind} on {device}",
        f"load when it began: {load:.1f}{busy}",
        f"versions: g++ {first_line('g++', '-dumpfullversion')}, sqlite3 "
        f"{first_line('sqlite3', '--version').split()[0]}, libcurl "
        f"{first_line('pkg-config', '--modversion', 'libcurl')}, Python {platform.python_version()}, "
        f"commit {first_line('git', 'describe', '--always', '--dirty')}",
    ]
