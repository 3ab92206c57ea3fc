"""Many clients at once: what a small request waits for behind large transfers, from memory and from a cold disk, and a
crowd of a thousand."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import upstream
from .processes import BenchmarkError, Skipped, environment
from .report import Row, megabytes, table
from .serving import PUBLICATION, Server, published, start

LARGE = 8


def together(bench):
    for program in ["wrk", "curl", "nginx"]:
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin"):
            raise Skipped(f"{program} is not installed (Debian: apt-get install {program})")
    if shutil.disk_usage(bench.options.disk).free < 10_000_000_000:
        raise Skipped(f"{bench.options.disk} has less than 10 GB free; --disk names another folder")
    tree = bench.large_tree()
    data = bench.work.folder(bench.options.disk)
    mirror = published(bench, tree, data)
    root = bench.work.folder(bench.options.disk)
    shutil.copytree(tree.root, root / PUBLICATION)
    os.sync()
    peer = upstream.WebServer(bench.work, root, tuned=True)
    ours = start(bench, mirror)
    places = {"maas-mirror": data / "data/blobs", "nginx": root}
    servers = [ours, Server("nginx", peer.process, peer.url)]
    try:
        return measure(bench, servers, tree, places)
    finally:
        bench.work.stop(ours.process)
        peer.close()
        bench.work.drop(root)
        bench.work.drop(data)


def measure(bench, servers, tree, places):
    sizes = {path: size for path, (_, size) in tree.files.items()}
    small = next(path for path in sizes if path.endswith("squashfs.manifest"))
    images = sorted(sizes, key=sizes.get)[-LARGE:]
    runs = max(5, bench.options.runs)
    rows = []
    for what, isCold in [("warm", False), ("cold", True)]:
        waits, speeds = [[], []], [[], []]
        for _ in range(runs):
            for number, server in enumerate(servers):
                if isCold:
                    evict(places[server.name])
                wait, speed = behind(bench, server, small, images)
                waits[number].append(wait)
                speeds[number].append(speed)
        rows.append(Row(f"p99 of a small request, {LARGE} large transfers, {what}", *waits, form=milliseconds,
                        target="ratio ≤ 1.0", reached=lambda _, ratio: ratio <= 1.0))
        rows.append(Row(f"  those transfers, {what}", *speeds, form="{:.2f} GB/s".format))
    found = [[], []]
    for _ in range(3):
        for number, server in enumerate(servers):
            found[number].append(crowd(server, min(sizes, key=lambda path: abs(sizes[path] - 15_000_000)), small))
    rows.append(Row("1,000 clients: that failed", *[[run["failures"] for run in side] for side in found],
                    form="{:.0f}".format, target="0", reached=lambda own, _: own == 0))
    rows.append(Row("1,000 clients: longest that one waited for bytes",
                    *[[run["gap"] for run in side] for side in found], form=milliseconds))
    rows.append(Row("1,000 clients: p99 of a small request, as they come", *[[run["rush"] for run in side] for side in found],
                    form=milliseconds, target="ratio ≤ 1.0", reached=lambda _, ratio: ratio <= 1.0))
    rows.append(Row("1,000 clients: p99 of a small request", *[[run["p99"] for run in side] for side in found],
                    form=milliseconds, target="ratio ≤ 1.0", reached=lambda _, ratio: ratio <= 1.0))
    rows.append(Row("1,000 clients: memory of its own", *[[run["memory"] for run in side] for side in found],
                    form=megabytes, target="≤ 64 MiB", reached=lambda own, _: own <= 64 << 20))
    return table("together: many clients at once, from a disk", rows, peer="nginx", notes=[
        "cold: the kernel was told to forget every file before each run (posix_fadvise).",
        "The clients share the cores with the server; the crowd is two Python processes, whose own delays are in its times."])


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms"


def evict(folder):
    os.sync()
    for path in Path(folder).rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def behind(bench, server, small, images):
    """The p99 of a small request while large transfers run the whole time, and how fast those were."""
    began = time.monotonic()
    running = [
        bench.work.start(["curl", "-sf", "-o", "/dev/null", "-w", "%{size_download}", "--limit-rate", "200M", "--max-time",
                          "4", f"{server.root}{PUBLICATION}/{image}"], stdout=subprocess.PIPE)
        for image in images
    ]
    time.sleep(0.2)
    done = subprocess.run(
        ["wrk", "-t1", "-c4", "-d3s", "--latency", f"{server.root}{PUBLICATION}/{small}"],
        capture_output=True, text=True, env=environment(), timeout=60)
    outputs = [process.communicate(timeout=60)[0] for process in running]
    wall = time.monotonic() - began
    for process in running:
        bench.work.stop(process)
        # 28: its time was over, which ends the transfers that are larger.
        if process.returncode not in (0, 28):
            raise BenchmarkError(f"curl from {server.name} ended with {process.returncode}")
    found = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    if not found or "Non-2xx" in done.stdout:
        raise BenchmarkError(f"wrk against {server.name}: {done.stdout}{done.stderr}")
    unit = {"us": 1e-6, "ms": 1e-3, "s": 1}[found.group(2)]
    return float(found.group(1)) * unit, sum(map(int, outputs)) / 1e9 / wall


def crowd(server, large, small):
    port = server.root.split(":")[2].strip("/")
    done = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("crowd.py")), port, f"/{PUBLICATION}/{large}",
         f"/{PUBLICATION}/{small}", "900", "100", "6"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    peak = 0
    while done.poll() is None:
        peak = max(peak, server.memory())
        time.sleep(0.2)
    output, errors = done.communicate(timeout=60)
    if done.returncode != 0:
        raise BenchmarkError(f"the crowd ended with {done.returncode}: {errors[-500:]}")
    return json.loads(output) | {"memory": peak}
