"""The same devices as messages: from the first one sent to the last one that the ledger has."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

from daemon_world import Daemon, Sandbox
from measuring import MB_IN_KB, Row, Unusable, median, ratio_text, status_number

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


def send(bench, broker, lines):
    subprocess.run([bench.amqp_send, "--url", f"amqp://127.0.0.1:{broker.port}", "--address", "/queue/devices",
                    "--lines", str(LINES), lines], check=True, stdout=subprocess.DEVNULL, timeout=600)


def messages_of(bench):
    return -(-bench.many_rows // LINES)


def take_messages(bench, broker, lines):
    """Seconds from the first message sent to the last one accepted, and the daemon's peak memory."""
    with Sandbox(bench) as sandbox, Daemon(bench, sandbox) as daemon:
        folder = daemon.base / "messages"
        folder.mkdir(mode=0o700)
        with open(daemon.config, "a", encoding="utf-8") as config:
            config.write(QUEUE.format(port=broker.port, path=folder))
        daemon.start()
        daemon.ask("pause", "line", "--reason", "a benchmark")
        begin = time.time()
        send(bench, broker, lines)
        while True:
            status = daemon.ask("status")
            if status["records"] >= bench.many_rows and status["queues"][0]["accepted"] >= messages_of(bench):
                break
            if time.time() - begin > 900:
                raise Unusable(f"{status['records']} of {bench.many_rows} records after 900 s")
            time.sleep(0.05)
        return time.time() - begin, status_number(daemon.process.pid, "VmHWM") / MB_IN_KB


def drain_messages(bench, broker, lines):
    """The same for a consumer that keeps nothing."""
    rival = subprocess.Popen([bench.amqp_drain, "--broker", f"127.0.0.1:{broker.port}", "--address", "/queue/devices",
                              "--count", str(messages_of(bench))])
    try:
        begin = time.time()
        send(bench, broker, lines)
        if rival.wait(timeout=900) != 0:
            raise Unusable("the rival took not every message")
        return time.time() - begin
    finally:
        rival.kill()


def messages_case(bench):
    row = Row(f"{bench.many_rows:,} devices as messages of {LINES} (JSON Lines), durably accepted",
              "a consumer that accepts them and keeps nothing", "within 2 times its time", "within 1.3 times")
    lines = bench.json_lines(bench.many_rows)
    broker = Broker(bench)
    ours, peaks, rival = [], [], []
    try:
        for turn in range(bench.pairs):
            took, peak = take_messages(bench, broker, lines)
            ours.append(took)
            peaks.append(peak)
            rival.append(drain_messages(bench, broker, lines))
            bench.say(f"messages {turn + 1}: ours {took:.2f} s, {peak:.0f} MB, the rival {rival[-1]:.2f} s")
    finally:
        broker.stop()
    slower = [mine / theirs for mine, theirs in zip(ours, rival)]
    row.ours, row.ratio = f"{median(ours):.2f} s", ratio_text(slower)
    row.against += f": {median(rival):.2f} s"
    row.judge((median(slower), 2, 1.3))
    row.notes.append(f"messages: {bench.many_rows / median(ours):,.0f} records/s, peak memory {max(peaks):.0f} MB; sender, "
                     "RabbitMQ and the consumer share the machine and work at the same time")
    return [row]
