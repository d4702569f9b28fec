"""The same devices as messages: from the first one sent to the last one that the ledger has."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

from daemon_world import Daemon, Sandbox
from measuring import MB_IN_KB, Row, Unusable, status_number

LINES = 500  # devices in a message
QUEUE = """
queues:
  - {{name: plant, url: "amqp://127.0.0.1:{port}", allow_plain: true, address: /queue/devices, path: {path}, destination: line}}
"""


class Broker:
    """A RabbitMQ of its own; its starter says where it is and what to stop."""

    def __init__(self, bench):
        self.folder = bench.fresh("broker")
        starter = pathlib.Path(__file__).parent.parent / "support/start_broker"
        done = subprocess.run([starter, self.folder], stderr=subprocess.PIPE, text=True, timeout=90, check=False)
        if done.returncode != 0:
            raise Unusable(done.stderr.strip() or "the broker did not start")
        self.port = int((self.folder / "port").read_text())

    def stop(self):
        for pid in (self.folder / "pids").read_text().split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)


def take_messages(bench, broker, lines):
    messages = -(-bench.many_rows // LINES)
    with Sandbox(bench) as sandbox, Daemon(bench, sandbox) as daemon:
        folder = daemon.base / "messages"
        folder.mkdir(mode=0o700)
        with open(daemon.config, "a", encoding="utf-8") as config:
            config.write(QUEUE.format(port=broker.port, path=folder))
        daemon.start()
        daemon.ask("pause", "line", "--reason", "a benchmark")
        begin = time.time()
        subprocess.run([bench.amqp_send, "--url", f"amqp://127.0.0.1:{broker.port}", "--address", "/queue/devices",
                        "--lines", str(LINES), lines], check=True, stdout=subprocess.DEVNULL, timeout=600)
        sent = time.time() - begin
        while True:
            status = daemon.ask("status")
            if status["records"] >= bench.many_rows and status["queues"][0]["accepted"] >= messages:
                break
            if time.time() - begin > 900:
                raise Unusable(f"{status['records']} of {bench.many_rows} records after 900 s")
            time.sleep(0.05)
        took = time.time() - begin
        return took, sent, status_number(daemon.process.pid, "VmHWM") / MB_IN_KB


def messages_case(bench):
    row = Row(f"{bench.many_rows:,} devices as messages of {LINES} (JSON Lines), durably accepted",
              "the time the broker needs to take them", "within 2 times its time", "within 1.3 times")
    lines = bench.json_lines(bench.many_rows)
    broker = Broker(bench)
    try:
        runs = [take_messages(bench, broker, lines) for _ in range(1 if bench.quick else min(3, bench.pairs))]
    finally:
        broker.stop()
    runs.sort()
    took, sent, peak = runs[len(runs) // 2]
    row.ours, row.ratio = f"{took:.2f} s", f"{took / sent:.2f}"
    row.against += f": {sent:.2f} s"
    row.judge((took / sent, 2, 1.3))
    row.notes.append(f"messages: {bench.many_rows / took:,.0f} records/s, peak memory {peak:.0f} MB; sender, RabbitMQ and "
                     "daemon share the machine and work at the same time")
    return [row]
