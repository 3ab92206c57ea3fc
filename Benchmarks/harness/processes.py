"""Starting, measuring and ending processes. Only what was started here is ended, by its process id."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MEASURED = Path(__file__).with_name("measured.py")


class BenchmarkError(Exception):
    """A benchmark could not be run; its text says why."""


class Skipped(Exception):
    """Something that a benchmark needs is not on this machine."""


@dataclass
class Cost:
    """What a command cost: seconds, and bytes at the peak of its largest process."""

    wall: float
    cpu: float
    peak: int


def environment():
    """Ours without proxies, which would stand between the programs and loopback."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return kept | {"no_proxy": "*", "LC_ALL": "C.UTF-8"}


class Workspace:
    """The folders and processes of a run: all gone at its end."""

    def __init__(self, disk):
        self.disk_parent = disk
        self.folders = []
        self.running = []
        self.temporary = self.folder(tempfile.gettempdir())
        atexit.register(self.close)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(130))

    def folder(self, parent):
        path = Path(tempfile.mkdtemp(prefix="maas-mirror-bench.", dir=parent))
        self.folders.append(path)
        return path

    def drop(self, path):
        shutil.rmtree(path, ignore_errors=True)
        if path in self.folders:
            self.folders.remove(path)

    def start(self, command, **options):
        options.setdefault("env", environment())
        process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, **options)
        self.running.append(process)
        return process

    def stop(self, process, grace=10):
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self.running:
            self.running.remove(process)
        return process.returncode

    def close(self):
        for process in reversed(self.running[:]):
            self.stop(process)
        for path in self.folders[:]:
            self.drop(path)

    def measure(self, command, limit=1800):
        """Runs a command to its end and returns what it cost."""
        result = self.temporary / "cost.json"
        result.unlink(missing_ok=True)
        log = self.temporary / "output.log"
        with open(log, "wb") as output:
            process = self.start(
                [sys.executable, "-I", "-S", MEASURED, result, *command], stdout=output, stderr=output)
            try:
                process.wait(limit)
            except subprocess.TimeoutExpired:
                raise BenchmarkError(f"{command[0]} took longer than {limit} s") from None
            finally:
                self.stop(process)
        if not result.exists():
            raise BenchmarkError(f"{' '.join(map(str, command))} could not be started: {tail(log)}")
        cost = json.loads(result.read_text())
        if cost["code"] != 0:
            raise BenchmarkError(f"{' '.join(map(str, command))} ended with {cost['code']}: {tail(log)}")
        return Cost(cost["wall"], cost["user"] + cost["system"], cost["peak_kib"] * 1024)


def tail(path, count=1200):
    return path.read_bytes()[-count:].decode(errors="replace").strip()


def peak_so_far(pid):
    """The peak memory of a process that is still running, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise BenchmarkError(f"process {pid} has no VmHWM")


def wait_until(condition, what, limit=10.0):
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise BenchmarkError(f"{what} was not ready within {limit:.0f} s")
        time.sleep(0.02)
