#!/usr/bin/env python3
"""The speed of devicebatchd beside its rivals, in one table. Started by scripts/bench, which builds first.

A measurement that cannot be made leaves a row that says why; the exit status is 0 all the same, as these figures
are for people. docs/performance.md has the method and its limits.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import daemon_cases  # noqa: E402
import delivery_cases  # noqa: E402
import intake_cases  # noqa: E402
import message_cases  # noqa: E402
from measuring import Bench, Row, Unusable, describe_machine, file_system  # noqa: E402

CASES = {
    "csv": intake_cases.csv_case,
    "dialects": intake_cases.dialects_case,
    "folder": intake_cases.folder_case,
    "known": intake_cases.known_case,
    "messages": message_cases.messages_case,
    "memory": daemon_cases.memory_case,
    "delivery": delivery_cases.delivery_case,
    "adaptive": delivery_cases.adaptive_case,
    "idle": daemon_cases.idle_case,
    "start": daemon_cases.start_case,
    "latency": daemon_cases.latency_case,
}
COLUMNS = ("what", "ours", "against", "ratio", "target", "stretch", "met?")
NO_DISK = {"tmpfs", "ramfs", "overlay", "9p", "nfs", "nfs4", "cifs"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="folder of the build to measure")
    parser.add_argument("--quick", action="store_true", help="one pair and a tenth of the size: does it work?")
    parser.add_argument("--only", action="append", choices=list(CASES), help="this case only; may be repeated")
    parser.add_argument("--pairs", type=int, help="runs of each contestant, in turns (5, quick 1)")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("/var/tmp"),
                        help="a folder on the disk to be measured; takes up to 12 GB (/var/tmp)")
    parser.add_argument("--markdown", type=pathlib.Path, help="also write the table here")
    return parser.parse_args()


def measure(bench, names):
    rows = []
    for name in names:
        bench.say(f"== {name}")
        begin = time.monotonic()
        try:
            rows += CASES[name](bench)
        except (Unusable, OSError, subprocess.SubprocessError, ValueError, KeyError) as problem:
            rows.append(Row(name, "", "", "", notes=[f"{name}: not measured: {problem}"]))
            bench.say(rows[-1].notes[0])
        bench.say(f"{name} took {time.monotonic() - begin:.0f} s")
    return rows


def table_of(rows):
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    for row in rows:
        cells = (row.what, row.ours, row.against, row.ratio, row.target, row.stretch, row.met)
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def report_of(machine, bench, rows):
    sizes = f"sizes: {bench.rows:,} rows, {bench.small_files:,} files, {bench.known:,} known devices, medians of " \
            f"{bench.pairs} interleaved runs"
    if bench.quick:
        sizes += " - QUICK: these figures are not to be quoted"
    notes = [f"- {note}" for row in rows for note in row.notes]
    return [f"- {line}" for line in (*machine, sizes)] + [""] + table_of(rows) + [""] + notes


def main():
    arguments = parse_arguments()
    pairs = arguments.pairs or (1 if arguments.quick else 5)
    arguments.work.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="devicebatch-bench-", dir=arguments.work.resolve()))
    try:
        bench = Bench(arguments.build.resolve(), folder, arguments.quick, pairs)
        if file_system(folder)[2] in NO_DISK:
            bench.say(f"{folder} is not on a local disk; --work names another place")
        machine = describe_machine(folder)
        for line in machine:
            bench.say(line)
        names = [name for name in CASES if not arguments.only or name in arguments.only]
        report = report_of(machine, bench, measure(bench, names))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n" + "\n".join(report))
    if arguments.markdown:
        arguments.markdown.parent.mkdir(parents=True, exist_ok=True)
        arguments.markdown.write_text("\n".join(report) + "\n")
        print(f"\nbench: also in {arguments.markdown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
