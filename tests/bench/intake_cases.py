"""From a file to an acknowledged submission: devicebatch-intake-bench and its rivals, whole processes, in turns."""
import os
import pathlib
import re
import shutil
import sqlite3
import sys
import time

from measuring import Row, Unusable, median, ratio_text, run, settle_disk, spread

MB = 1e6
SYNC_CALLS = ("fsync", "fdatasync", "syncfs", "sync", "msync")


def clear(base, files):
    """Many small files stay until the end: ext4 steps over numbers of files deleted in the last minutes, one by
    one, whenever it makes a file, and the next contestant would pay for it."""
    if len(files) < 100:
        shutil.rmtree(base)


def take(bench, files, ledger_from=None, before=()):
    """Our process over a drop folder that holds hard links to `files`; its Run and its report."""
    base = bench.fresh("ours")
    folder = base / "drop"
    folder.mkdir()
    for path in files:
        os.link(path, folder / path.name)
    ledger = base / "ledger.db"
    if ledger_from is not None:
        ledger_from(base)
    settle_disk()
    done = run([*before, bench.intake, folder, "--ledger", ledger])
    report = done.json()
    acks = sum(1 for _ in (folder / "acks").glob("*.ack.json"))
    if report["files"] != len(files) or acks != len(files):
        raise Unusable(f"{report['files']} files taken, {acks} acknowledged, of {len(files)}")
    clear(base, files)
    return done, report


def import_csv(bench, csv, rows):
    base = bench.fresh("import")
    script = base / "script.sql"
    script.write_text("CREATE TABLE device(serial TEXT, pkid TEXT, hash TEXT);\n"
                      "CREATE UNIQUE INDEX device_serial ON device(serial);\n"
                      f".import --csv --skip 1 {csv} device\n")
    settle_disk()
    done = run(["sh", "-c", 'sqlite3 -bail "$1" <"$2" && sync "$1"', "sh", base / "import.db", script])
    count = sqlite3.connect(base / "import.db").execute("SELECT count(*) FROM device").fetchone()[0]
    if count != rows:
        raise Unusable(f"sqlite3 imported {count} of {rows} rows")
    shutil.rmtree(base)
    return done


def copy_csv(bench, csv):
    base = bench.fresh("copy")
    settle_disk()
    done = run(["sh", "-c", 'cp "$1" "$2" && sync "$2"', "sh", csv, base / "copy.csv"])
    shutil.rmtree(base)
    return done


def syncs_of(bench, csv):
    """How often the process asks the disk to be done, and how many writebacks it starts early."""
    summary = bench.folder / "strace.txt"
    take(bench, [csv], before=["strace", "-f", "-c", "--seccomp-bpf", "-o", summary, "-e",
                               "trace=" + ",".join((*SYNC_CALLS, "sync_file_range"))])
    counts = {}
    for line in pathlib.Path(summary).read_text().splitlines():
        found = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
        if found and found.group(2) != "total":
            counts[found.group(2)] = int(found.group(1))
    return sum(counts.get(call, 0) for call in SYNC_CALLS), counts


def csv_case(bench):
    """The four rows of one large file."""
    rows = [Row("CSV to ledger (hash verified, five identity keys, durable)", "`sqlite3 .import`, UNIQUE index",
                "5 times as fast", "8 times"),
            Row("the same", "`cp` + `sync` of the file", "within 2 times its time", "within 1.3 times"),
            Row("bytes written to disk", "bytes read", "at most 0.7", "at most 0.4"),
            Row("fsync and fdatasync calls for the file", "count", "at most 150", "at most 60")]
    csv = bench.csv(bench.rows)
    size = csv.stat().st_size
    ours, reports, imports, copies = [], [], [], []
    for turn in range(bench.pairs):
        done, report = take(bench, [csv])
        ours.append(done.wall)
        reports.append(report)
        imports.append(import_csv(bench, csv, bench.rows).wall)
        copies.append(copy_csv(bench, csv).wall)
        bench.say(f"csv {turn + 1}: ours {ours[-1]:.3f} s, import {imports[-1]:.3f} s, cp {copies[-1]:.3f} s")
    faster = [theirs / mine for mine, theirs in zip(ours, imports)]
    slower = [mine / theirs for mine, theirs in zip(ours, copies)]
    written = [report["write_bytes"] / size for report in reports]
    rows[0].ours, rows[0].ratio = f"{median(ours):.2f} s", ratio_text(faster)
    rows[0].against += f": {median(imports):.2f} s"
    rows[0].judge_larger(median(faster), 5, 8)
    rows[1].ours, rows[1].ratio = f"{median(ours):.2f} s", ratio_text(slower)
    rows[1].against += f": {median(copies):.2f} s"
    rows[1].judge((median(slower), 2, 1.3))
    rows[2].ours = f"{median([r['write_bytes'] for r in reports]) / MB:.0f} MB"
    rows[2].against += f": {size / MB:.0f} MB"
    rows[2].ratio = ratio_text(written)
    rows[2].judge((median(written), 0.7, 0.4))
    rows[0].notes.append(f"CSV to ledger: {describe(bench.rows, reports)}")
    count, counts = syncs_of(bench, csv)
    rows[3].ours = str(count)
    rows[3].judge((count, 150, 60))
    rows[3].notes.append("calls: " + ", ".join(f"{call} {number}" for call, number in sorted(counts.items())))
    return rows


def dialects_case(bench):
    """One row for each dialect of a large file, all of the same devices."""
    rows = []
    files = (("CSV", bench.csv(bench.many_rows)), ("JSON Lines", bench.json_lines(bench.many_rows)))
    for dialect, path in files:
        row = Row(f"{bench.many_rows:,} rows of {dialect} to the ledger", "`cp` + `sync` of the file",
                  "within 2 times its time", "within 1.3 times")
        ours, copies, reports = [], [], []
        for turn in range(bench.pairs):
            done, report = take(bench, [path])
            ours.append(done.wall)
            reports.append(report)
            copies.append(copy_csv(bench, path).wall)
            bench.say(f"dialects {dialect} {turn + 1}: ours {ours[-1]:.3f} s, cp {copies[-1]:.3f} s")
        slower = [mine / theirs for mine, theirs in zip(ours, copies)]
        row.ours, row.ratio = f"{median(ours):.2f} s", ratio_text(slower)
        row.against += f": {median(copies):.2f} s"
        row.judge((median(slower), 2, 1.3))
        row.notes.append(f"{dialect}: {describe(bench.many_rows, reports)}")
        rows.append(row)
    return rows


def describe(records, reports):
    inside = median([report["wall_s"] for report in reports])
    cpu = median([report["cpu_s"] for report in reports])
    by_thread = reports[-1]["cpu_by_thread_s"]
    named = ", ".join(f"{name} {by_thread[name] / records * 1e6:.1f}" for name in ("reader", "ledger"))
    other = max(0, reports[-1]["cpu_s"] - by_thread["reader"] - by_thread["ledger"])
    return (f"{inside:.3f} s without start and end of the process, {records / inside:,.0f} records/s; CPU "
            f"{cpu / records * 1e6:.1f} us a record ({named}, digest of the file {other / records * 1e6:.1f})")


def cost_of_a_file(folder):
    begin = time.thread_time()
    for number in range(200):
        (folder / str(number)).touch()
    return (time.thread_time() - begin) / 200


def wait_for_inodes(bench):
    """Waits until a new file costs what it usually does, at most six minutes; see clear()."""
    for _ in range(1 if bench.quick else 19):
        cost = max(cost_of_a_file(bench.fresh("probe")) for _ in range(4))
        if cost < 100e-6:
            return ""
        bench.say(f"a new file takes {cost * 1e6:.0f} us of CPU: many were deleted just now")
        if not bench.quick:
            time.sleep(20)
    return f"; DISTURBED: a new file alone took {cost * 1e6:.0f} us, as many had been deleted just before"


def rival_run(bench, files):
    base = bench.fresh("rival")
    folder = base / "drop"
    folder.mkdir()
    for path in files:
        os.link(path, folder / path.name)
    settle_disk()
    done = run([sys.executable, pathlib.Path(__file__).with_name("drop_folder_rival.py"), folder, base / "rival.db"])
    acks = sum(1 for _ in (folder / "acks").glob("*.ack.json"))
    if acks != len(files):
        raise Unusable(f"the script acknowledged {acks} of {len(files)} files")
    clear(base, files)
    return done


def folder_case(bench):
    row = Row(f"{bench.small_files:,} one-row files, until durably acknowledged",
              "a Python script that does the same in groups of 1,000", "2 times as fast", "4 times")
    files = sorted(bench.singles().iterdir())
    disturbed = wait_for_inodes(bench)
    ours, rival, reports = [], [], []
    for turn in range(bench.pairs):
        done, report = take(bench, files)
        ours.append(done.wall)
        reports.append(report)
        rival.append(rival_run(bench, files).wall)
        bench.say(f"folder {turn + 1}: ours {ours[-1]:.3f} s, script {rival[-1]:.3f} s")
    faster = [theirs / mine for mine, theirs in zip(ours, rival)]
    row.ours, row.ratio = f"{median(ours):.2f} s", ratio_text(faster)
    row.against += f": {median(rival):.2f} s"
    row.judge_larger(median(faster), 2, 4)
    row.notes.append(f"one-row files: {describe(len(files), reports)}{disturbed}")
    return [row]


def known_case(bench):
    row = Row(f"the batch on {bench.known:,} known devices", "on an empty ledger", "at most 2 times",
              "at most 1.3 times")
    csv = bench.csv(bench.rows)
    bench.known_ledger()
    empty, known, opened = [], [], []
    for turn in range(bench.pairs):
        empty.append(take(bench, [csv])[1]["wall_s"])
        report = take(bench, [csv], ledger_from=bench.copy_of_known)[1]
        known.append(report["wall_s"])
        opened.append(report["open_s"])
        bench.say(f"known {turn + 1}: empty {empty[-1]:.3f} s, known {known[-1]:.3f} s")
    slower = [full / blank for full, blank in zip(known, empty)]
    row.ours, row.ratio = f"{median(known):.2f} s", ratio_text(slower)
    row.against += f": {median(empty):.2f} s"
    row.judge((median(slower), 2, 1.3))
    row.notes.append(f"known devices: without opening the ledger, which takes {median(opened):.2f} s "
                     f"({spread(opened)}); each run has a copy of one prepared ledger")
    return [row]
