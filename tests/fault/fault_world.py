"""The real daemon and the real sandbox, as the drivers of this folder use them."""
import json
import os
import pathlib
import shutil
import subprocess
import time
import urllib.request

TENANT = "contoso.onmicrosoft.com"
CLIENT = "11111111-2222-3333-4444-555555555555"


class Failure(Exception):
    """What was promised does not hold."""


def wait_for(seconds, what, look):
    """The first answer of `look` that is true."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Failure(f"{what}: nothing after {seconds} s")
        time.sleep(0.02)


def customer(number):
    return f"66666666-7777-4888-9999-{number:012d}"


class Sandbox:
    """One stand-in, until stop(); its log and ledger stay in `folder`."""

    def __init__(self, program, folder, options=()):
        folder.mkdir()
        port_file = folder / "port"
        with open(folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [program, "--listen", "127.0.0.1:0", "--port-file", port_file, *map(str, options)],
                stdout=log, stderr=log)
        try:
            wait_for(60, "start of the sandbox",
                     lambda: port_file.exists() or self.process.poll() is not None)
        except Failure:
            self.stop()
            raise
        if self.process.poll() is not None:
            raise Failure(f"the sandbox did not start: {(folder / 'log').read_text()[-500:]}")
        self.port = int(port_file.read_text())
        self.url = f"http://127.0.0.1:{self.port}"

    def ask(self, what, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.url}/sandbox/{what}", data=data, timeout=120) as reply:
            return json.loads(reply.read().decode("utf-8-sig") or "{}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Site:
    """The folder of one daemon: settings, ledger, log, drop folders.

    Everything in the settings that is not one number is given by the caller: `delivery` and `service` are keys,
    `lines` are (name, account, customer) of one destination and its drop folder each."""

    def __init__(self, daemon, base, url, lines, delivery, service=()):
        self.daemon = daemon
        self.base = base
        self.log = base / "log"
        self.config = base / "config.yaml"
        base.mkdir()
        secret = base / "secret"
        secret.write_text("sandbox-secret\n")
        secret.chmod(0o600)
        partner = dict(base_url=url, authority_url=url, allow_plain_http="true", **dict(service))
        text = (f"ledger: {{path: {base}/ledger.db}}\ncontrol: {{socket: {base}/control.sock}}\n"
                "metrics: {listen: \"\"}\nlog: {level: info, format: json}\ndrain_deadline: 5s\n"
                f"partner_center: {as_yaml(partner)}\ndelivery: {as_yaml(delivery)}\naccounts:\n")
        for name in dict.fromkeys(account for _, account, _ in lines):
            text += (f"  - {{name: {name}, tenant: {TENANT}, client_id: {CLIENT}, "
                     f"client_secret: {{file: {base}/secret}}}}\n")
        text += "destinations:\n"
        for name, account, tenant in lines:
            text += f"  - {{name: {name}, account: {account}, customer: {tenant}, batch: LINE}}\n"
        text += "sources:\n"
        for name, _, _ in lines:
            self.folder(name).mkdir(parents=True)
            text += f"  - {{name: {name}, path: {self.folder(name)}, destination: {name}, settle: 0s, rescan: 2s}}\n"
        self.config.write_text(text)

    def folder(self, line):
        return self.base / "drop" / line

    def command(self, *words):
        return [str(self.daemon), *words, "--config", str(self.config)]

    def start(self, *options):
        with open(self.log, "ab") as log:
            return subprocess.Popen(self.command("run", *options), stdout=log, stderr=log)

    def ask(self, *words):
        done = subprocess.run(self.command(*words, "--json"), capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise Failure(f"{' '.join(words)} ended with {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}")
        return json.loads(done.stdout)

    def results(self):
        """Every row of every receipt, as (file, row)."""
        for path in sorted((self.base / "drop").rglob("*.result.json")):
            for row in json.loads(path.read_text())["rows"]:
                yield path, row

    def clean_up(self):
        shutil.rmtree(self.base, ignore_errors=True)


def as_yaml(keys):
    return "{" + ", ".join(f"{key}: {value}" for key, value in dict(keys).items()) + "}"


def programs(parser):
    """The options that name what is tried."""
    parser.add_argument("--daemon", type=pathlib.Path, required=True)
    parser.add_argument("--sandbox", type=pathlib.Path, required=True)


# A daemon that is killed leaves no leaks that anybody could have freed.
os.environ["ASAN_OPTIONS"] = "detect_leaks=0:" + os.environ.get("ASAN_OPTIONS", "")
