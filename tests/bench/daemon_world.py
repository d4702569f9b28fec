"""The real daemon and the real sandbox, started and asked as an operator would."""
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
import urllib.request
from datetime import datetime

from measuring import Unusable

# As systemd/devicebatchd.service.in has it: the watchdog is fed three times in this time.
WATCHDOG_US = 30_000_000

CONFIG = """
ledger: {{path: {base}/ledger.db}}
control: {{socket: {base}/control.sock}}
metrics: {{listen: "127.0.0.1:0"}}
log: {{level: info, format: json}}
partner_center: {{base_url: "{url}", authority_url: "{url}", allow_plain_http: true}}
delivery: {{{delivery}}}
accounts:
  - {{name: contoso, tenant: contoso.onmicrosoft.com, client_id: 11111111-2222-3333-4444-555555555555, client_secret: {{file: {base}/secret}}}}
destinations:
  - {{name: line, account: contoso, customer: 66666666-7777-8888-9999-000000000000, batch: LINE}}
sources:
  - {{name: line, path: {base}/drop, destination: line, settle: {settle_ms}ms}}
"""


def wait_for(seconds, what, look):
    """The first answer of `look` that is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Unusable(f"{what}: nothing after {seconds} s")
        time.sleep(0.02)


def seconds_of(text):
    """"2026-11-24T05:41:25.123Z" as seconds since 1970."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Sandbox:
    def __init__(self, bench, latency_ms=0, job_ms=100, options=()):
        folder = bench.fresh("sandbox")
        port_file = folder / "port"
        self.request_log = folder / "requests.jsonl"
        self.process = subprocess.Popen(
            [bench.sandbox, "--listen", "127.0.0.1:0", "--port-file", port_file, "--latency-ms", str(latency_ms),
             "--job-ms", str(job_ms), "--request-log", self.request_log, *map(str, options)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(20, "start of the sandbox", lambda: port_file.exists() and port_file.read_text().strip())
        except Unusable:
            self.stop()
            raise
        self.url = f"http://127.0.0.1:{port_file.read_text().strip()}"

    def ask(self, what):
        with urllib.request.urlopen(f"{self.url}/sandbox/{what}", timeout=60) as reply:
            return json.loads(reply.read().decode("utf-8-sig"))

    def requests(self):
        """All of them, as in the log: time, method, target, status, bytes."""
        return [json.loads(line) for line in self.request_log.read_text().splitlines()]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Notifications(threading.Thread):
    """What a service manager would hear, and when."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.ready = threading.Event()
        self.ready_at = 0.0
        self.start()

    def run(self):
        while True:
            try:
                message = self.socket.recv(4096)
            except OSError:
                return
            if b"READY=1" in message and not self.ready.is_set():
                self.ready_at = time.monotonic()
                self.ready.set()


class Daemon:
    """One daemon with one source and a folder of its own; an older ledger may be put there before start()."""

    def __init__(self, bench, sandbox, settle_ms=200, delivery=()):
        self.bench = bench
        self.base = bench.fresh("daemon")
        self.drop_folder = self.base / "drop"
        self.drop_folder.mkdir()
        secret = self.base / "secret"
        secret.write_text("sandbox-secret\n")
        secret.chmod(0o600)
        self.config = self.base / "config.yaml"
        keys = ", ".join(f"{key}: {value}" for key, value in dict(delivery).items())
        self.config.write_text(CONFIG.format(base=self.base, url=sandbox.url, settle_ms=settle_ms,
                                             delivery=keys))
        self.log = self.base / "log"
        self.process = None

    def start(self):
        """Seconds from exec to READY=1."""
        path = self.base / "notify.sock"
        path.unlink(missing_ok=True)
        notifications = Notifications(path)
        environment = dict(os.environ, NOTIFY_SOCKET=str(path), WATCHDOG_USEC=str(WATCHDOG_US))
        environment.pop("WATCHDOG_PID", None)
        environment.pop("JOURNAL_STREAM", None)
        with open(self.log, "ab") as log:
            begin = time.monotonic()
            self.process = subprocess.Popen([self.bench.daemon, "run", "--config", self.config], stdout=log,
                                            stderr=log, env=environment)
        while not notifications.ready.wait(0.05):
            if self.process.poll() is not None:
                raise Unusable(f"the daemon did not start: {self.log.read_text()[-300:]}")
            if time.monotonic() - begin > 120:
                raise Unusable("the daemon was not ready after 120 s")
        return notifications.ready_at - begin

    def ask(self, *words):
        done = subprocess.run([self.bench.daemon, *words, "--json", "--config", self.config],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        if done.returncode != 0:
            raise Unusable(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return json.loads(done.stdout)

    def drop(self, path, name):
        """Lets a file appear; the time just before it did. The file itself is linked, not copied."""
        hidden = self.drop_folder / f".{name}.part"
        os.link(path, hidden)
        begin = time.time()
        os.rename(hidden, self.drop_folder / name)
        return begin

    def events(self, word):
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            if f'"{word}"' in line and line.startswith("{"):
                event = json.loads(line)
                if event.get("event") == word:
                    found.append(event)
        return found

    def wait_events(self, word, count, seconds):
        def enough():
            events = self.events(word)
            return events if len(events) >= count else None
        return wait_for(seconds, f"{count} times {word}", enough)

    def wait_finished(self, name, seconds):
        wait_for(seconds, f"the receipt of {name}", (self.drop_folder / "done" / name).exists)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        subprocess.run(["rm", "-rf", str(pathlib.Path(self.base))], check=False)
