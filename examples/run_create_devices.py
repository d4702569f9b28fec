#!/usr/bin/env python3
"""Runs create_devices against the sandbox: a new batch, a second device, and what is refused.

    examples/run_create_devices.py CREATE_DEVICES DEVICEBATCH_SANDBOX

Run by ctest as `example_create_devices`.
"""
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

CUSTOMER = '66666666-7777-8888-9999-000000000000'
PATIENCE_S = 60


def wait_for_file(path, process):
    deadline = time.monotonic() + PATIENCE_S
    while not os.path.exists(path):
        assert process.poll() is None, 'the sandbox has ended'
        assert time.monotonic() < deadline, 'the sandbox does not listen'
        time.sleep(0.02)
    with open(path, encoding='ascii') as f:
        return f.read().strip()


def create(program, url, batch, serial, secret='sandbox-secret'):
    words = [program, url, url, 'contoso.example', 'app', CUSTOMER, batch, serial, 'Contoso', 'Model 7']
    return subprocess.run(words, input=secret + '\n', capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)


def check(program, url):
    for serial in ('SN-0001', 'SN-0002'):  # the first creates the batch, the second is appended
        done = create(program, url, 'LINE 7', serial)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f'{serial}: registered\n', done.stdout

    done = create(program, url, 'LINE 7', 'FAIL-808-0001')
    assert done.returncode == 0, done.stderr
    assert 'ZtdDeviceAssignedToOtherTenant' in done.stdout, done.stdout

    done = create(program, url, 'LINE 7', 'SN-0003', secret='wrong-secret-of-contoso')
    assert done.returncode == 1, done.stdout
    assert 'token' in done.stderr and 'wrong-secret-of-contoso' not in done.stderr, done.stderr

    with urllib.request.urlopen(url + '/sandbox/summary') as reply:
        summary = json.loads(reply.read().decode('utf-8-sig'))
    assert summary['registered'] == 2 and summary['registered_twice'] == 0, summary
    assert summary['violations'] == 0, summary


def main(program, sandbox):
    with tempfile.TemporaryDirectory() as folder:
        port_file = os.path.join(folder, 'port')
        process = subprocess.Popen([sandbox, '--port-file', port_file, '--job-ms', '50'])
        try:
            check(program, 'http://127.0.0.1:' + wait_for_file(port_file, process))
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_S)
    print('create_devices did what it says')


if __name__ == '__main__':
    main(*sys.argv[1:])
