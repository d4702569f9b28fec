#!/usr/bin/env python3
"""Cuts an upload at every byte, in both directions, and counts what was registered.

A place is a byte of the request after which the connection is dropped and nothing is processed, or a byte of the
reply after which it is cut although the work was done. Every place has a customer, an account and a drop folder of
its own, so that none learns from another: a file of two devices, of which the first upload creates the batch and the
second appends to it. Both are cut there: once where the place is even, four times in a row where it is odd, which is
once more than one attempt tries by itself.

Four pairs of a service and a setting (server_honours_request_id):

  honours auto, honours yes   one request id is taken once
  ignores auto                it is taken every time; devices that are registered are told so (806)
  ignores no                  it is taken every time, and so is every device: only looking keeps it at once

Judged by the ledger of the sandbox and by our receipts: every device registered exactly once, every record
`registered`, no request id with two bodies, and no body under a second id (where everything is found out, none is
needed: a body that arrived whole was taken).

With --sabotage the daemon is told `yes` about a service that takes everything every time: that must be noticed.
"""
import argparse
import collections
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from fault_world import Failure, Sandbox, Site, customer, programs

MODES = [("honours", "auto"), ("honours", "yes"), ("ignores", "auto"), ("ignores", "no")]
DELIVERY = {"chunk_devices": 1, "in_flight": 4, "linger": "0s", "poll_first": "20ms", "poll_ceiling": "200ms", "polls_per_second": 1000,
            "retry_first": "10ms", "retry_ceiling": "100ms", "reconcile_first": "50ms", "reconcile_wait": "1500ms",
            "breaker_probe": "100ms"}
HEADER = "Serial Number,Manufacturer Name,Device Model\n"

Place = collections.namedtuple("Place", "number direction offset cuts")


def serials(place):
    return [f"CONTOSO-{place.number:06d}-{part}" for part in "AB"]


def file_of(place):
    return HEADER + "".join(f"{serial},Contoso,Book\n" for serial in serials(place))


class Relay(threading.Thread):
    """Passes bytes on and remembers whose they were; for one exchange after another on each connection."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.turns = []  # of all connections: [is_request, bytes], whole once the connection is over
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.port))
            turns = []
            self.turns.append(turns)
            lock = threading.Lock()
            for source, target, is_request in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.pump, args=(source, target, is_request, turns, lock), daemon=True).start()

    @staticmethod
    def pump(source, target, is_request, turns, lock):
        try:
            while data := source.recv(65536):
                with lock:
                    if not turns or turns[-1][0] != is_request:
                        turns.append([is_request, b""])
                    turns[-1][1] += data
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def longest(self):
        """Bytes of the longest upload, and of the longest reply to one."""
        request = reply = 0
        for turns in self.turns:
            for (asked, question), (_, answer) in zip(turns, turns[1:]):
                if asked and question.startswith(b"POST /v1/customers/"):
                    request = max(request, len(question))
                    reply = max(reply, len(answer))
        return request, reply


class EveryByte:
    def __init__(self, arguments):
        self.arguments = arguments
        self.counts = collections.Counter()
        self.modes = [("ignores", "yes")] if arguments.sabotage else MODES

    def site(self, name, url, places, setting):
        lines = [(f"p{place.number}", f"a{place.number}", customer(place.number)) for place in places]
        site = Site(self.arguments.daemon, self.arguments.work / name, url, lines, DELIVERY,
                    {"server_honours_request_id": setting})
        for place in places:
            (site.folder(f"p{place.number}") / "devices.csv").write_text(file_of(place))
        return site

    def run_once(self, site):
        process = site.start("--once")
        try:
            status = process.wait(timeout=self.arguments.timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure(f"not finished after {self.arguments.timeout} s: {json.dumps(site.ask('status'))[:2000]}")
        if status != 0:
            raise Failure(f"the daemon ended with {status}: {site.log.read_text()[-2000:]}")

    def measure(self):
        """How long the exchanges are that will be cut."""
        with Sandbox(self.arguments.sandbox, self.arguments.work / "measure-sandbox", ["--job-ms", 20]) as sandbox:
            relay = Relay(sandbox.port)
            site = self.site("measure", f"http://127.0.0.1:{relay.listener.getsockname()[1]}",
                             [Place(0, "request", 0, 1)], "auto")
            self.run_once(site)
            return relay.longest()

    def places(self, request, reply):
        """The last one of a direction is the exchange that is lost as a whole, or not at all."""
        found = []
        for direction, length in (("request", request), ("reply", reply)):
            found += [(direction, at) for at in sorted({*range(0, length, self.arguments.stride), length})]
        return [Place(number, direction, offset, 1 if number % 2 == 0 else 4)
                for number, (direction, offset) in enumerate(found, 1)]

    @staticmethod
    def rules(places):
        rules = []
        for place in places:
            cut = {"fault": "drop_request", "drop_request_at": place.offset}
            if place.direction == "reply":
                cut = {"fault": "cut_answer", "cut_at": place.offset}
            to_batch = f"{customer(place.number)}/deviceBatches/LINE/devices"
            for path in (f"{customer(place.number)}/deviceBatches", to_batch):
                rules.append({"match": {"method": "POST", "path": path}, "when": {"first": place.cuts}, **cut})
        return rules

    def run_mode(self, service, setting, places, name):
        options = ["--job-ms", 20, "--seed", 1, "--replay", "same" if service == "honours" else "ignore"]
        if (service, setting) in (("ignores", "no"), ("ignores", "yes")):
            options += ["--detects-registered", "no"]
        with Sandbox(self.arguments.sandbox, self.arguments.work / f"{name}-sandbox", options) as sandbox:
            sandbox.ask("rules", self.rules(places))
            site = self.site(name, sandbox.url, places, setting)
            self.run_once(site)
            self.judge_service(sandbox, places, may_be_told_again=(service, setting) == ("ignores", "auto"))
            self.judge_ours(site, places)
            fired = sandbox.ask("rules")["rules"]
            silent = [at // 2 for at, rule in enumerate(fired) if rule["fired"] == 0]
            if silent:
                raise Failure(f"not cut at all: {[places[at] for at in silent[:5]]}")
            self.counts["cuts"] += sum(rule["fired"] for rule in fired)
        site.clean_up()

    def judge_service(self, sandbox, places, may_be_told_again):
        ledger = sandbox.ask("ledger")
        wanted = {serial for place in places for serial in serials(place)}
        found = {}
        for device in ledger["devices"]:
            found[device["serial"]] = found.get(device["serial"], 0) + device["registered"]
        twice = [serial for serial, count in found.items() if count != 1]
        lost = sorted(wanted - set(found))
        self.counts["registered"] += len(found)
        self.counts["twice"] += len(twice)
        self.counts["lost"] += len(lost)
        if twice or lost or set(found) - wanted:
            raise Failure(f"twice {twice[:5]}, lost {lost[:5]}, strangers {sorted(set(found) - wanted)[:5]}")
        summary = ledger["summary"]
        for count in ("violations", "repeated_bodies"):
            if summary[count] != 0:
                raise Failure(f"{summary[count]} {count}: {ledger['violations'][:3]}")
        again = [device for device in ledger["devices"] if device["already"] > 0]
        for device in again:
            ids = {upload["request_id"] for upload in device["uploads"]}
            if not may_be_told_again or len(ids) != 1:
                raise Failure(f"sent again although it was registered: {device['serial']} {device['uploads']}")

    @staticmethod
    def judge_ours(site, places):
        wanted = {serial for place in places for serial in serials(place)}
        for path, row in site.results():
            if row["verdict"] != "registered":
                raise Failure(f"{path}: {row}")
            wanted.discard(row["serial"])
        if wanted:
            raise Failure(f"no receipt for {sorted(wanted)[:5]}")
        if not site.ask("status", "--verify")["is_sound"]:
            raise Failure("the ledger is not sound")

    def run(self):
        request, reply = self.measure()
        places = self.places(request, reply)
        print(f"every-byte: a request of {request} bytes, a reply of {reply}, {len(places)} places, create and append",
              flush=True)
        for service, setting in self.modes:
            begin = time.monotonic()
            for first in range(0, len(places), self.arguments.wave):
                self.run_mode(service, setting, places[first:first + self.arguments.wave],
                              f"{service}-{setting}-{first}")
            print(f"every-byte: {service} {setting}: ok, {time.monotonic() - begin:.1f} s", flush=True)
        return 2 * len(places) * len(self.modes)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    programs(parser)
    parser.add_argument("--stride", type=int, default=1, help="only every so many bytes")
    parser.add_argument("--wave", type=int, default=400, help="places of one daemon")
    parser.add_argument("--timeout", type=int, default=120, help="seconds for one wave")
    parser.add_argument("--sabotage", action="store_true", help="can this fail?")
    arguments = parser.parse_args()
    arguments.work = pathlib.Path(tempfile.mkdtemp(prefix="every-byte-"))
    every = EveryByte(arguments)
    begin = time.monotonic()
    try:
        offsets = every.run()
    except Failure as failure:
        if arguments.sabotage and "twice ['CONTOSO" in str(failure):
            print(f"every-byte: noticed, as it should be: {failure}")
            shutil.rmtree(arguments.work, ignore_errors=True)
            return 0
        print(f"every-byte: FAILED {failure} (kept in {arguments.work})")
        return 1
    if arguments.sabotage:
        print("every-byte: FAILED to notice what was registered twice")
        return 1
    counts = every.counts
    print(f"every-byte: ok offsets={offsets} cuts={counts['cuts']} registered={counts['registered']} "
          f"twice={counts['twice']} lost={counts['lost']} took={time.monotonic() - begin:.0f}s")
    shutil.rmtree(arguments.work, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
