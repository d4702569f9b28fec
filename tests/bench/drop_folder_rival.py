#!/usr/bin/env python3
"""What a capable script does with a drop folder: the rival of devicebatch-intake-bench.

    drop_folder_rival.py FOLDER DATABASE

Takes every file of FOLDER in groups of 1,000: renames it into claimed/, parses it, decodes the hardware hash and
checks the SHA-256 inside it, inserts the device into SQLite (one transaction for the group, a UNIQUE serial, the
defaults of the sqlite3 module), then writes an acknowledgement for each file under a temporary name, syncs the file
system once for all of them, and renames them. Folders are synced after renames. Prints one JSON line.
"""
import base64
import csv
import ctypes
import hashlib
import io
import json
import os
import sqlite3
import sys

GROUP = 1000
SYNCFS = ctypes.CDLL(None, use_errno=True).syncfs


def sync_folder(folder, whole_file_system=False):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if not whole_file_system:
            os.fsync(descriptor)
        elif SYNCFS(descriptor) != 0:
            raise OSError(ctypes.get_errno(), "syncfs")
    finally:
        os.close(descriptor)


def check_hash(text):
    """The records, if the checksum behind them agrees: "OA", length, records, "CS", 36, SHA-256, padding."""
    data = base64.b64decode(text, validate=True)
    end = int.from_bytes(data[2:4], "little")
    if data[:2] != b"OA" or data[end:end + 2] != b"CS":
        raise ValueError("not a hardware hash")
    if hashlib.sha256(data[:end]).digest() != data[end + 4:end + 36]:
        raise ValueError("damaged hardware hash")
    return data[:end + 36]


def read_file(path):
    with open(path, "rb") as file:
        content = file.read()
    rows = []
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))):
        rows.append((row["Device Serial Number"], row["Windows Product ID"], check_hash(row["Hardware Hash"])))
    return hashlib.sha256(content).hexdigest(), rows


def take_group(folder, database, names):
    claimed = os.path.join(folder, "claimed")
    acks = os.path.join(folder, "acks")
    for name in names:
        os.rename(os.path.join(folder, name), os.path.join(claimed, name))
    sync_folder(claimed)
    sync_folder(folder)
    answers = []
    with database:
        for name in names:
            digest, rows = read_file(os.path.join(claimed, name))
            database.executemany("INSERT INTO device(serial, pkid, hash) VALUES (?, ?, ?)", rows)
            answers.append((name, {"file": name, "sha256": digest, "rows": len(rows), "pending": len(rows)}))
    for name, answer in answers:
        with open(os.path.join(acks, "." + name + ".part"), "w", encoding="utf-8") as file:
            json.dump(answer, file)
    sync_folder(acks, whole_file_system=True)
    for name, _ in answers:
        os.rename(os.path.join(acks, "." + name + ".part"), os.path.join(acks, name + ".ack.json"))
    sync_folder(acks)


def main():
    folder, path = sys.argv[1:3]
    for name in ("claimed", "acks"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE device(id INTEGER PRIMARY KEY, serial TEXT UNIQUE, pkid TEXT, hash BLOB)")
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_file() and entry.name.endswith(".csv")]
    for begin in range(0, len(names), GROUP):
        take_group(folder, database, names[begin:begin + GROUP])
    database.close()
    print(json.dumps({"files": len(names)}))


if __name__ == "__main__":
    main()
