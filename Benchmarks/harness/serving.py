"""Serving, beside nginx: requests a second, CPU for a gigabyte, and memory."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from . import upstream
from .processes import BenchmarkError, Skipped, environment, tail, wait_until
from .programs import Mirror
from .report import Row, megabytes, rate, table

PUBLICATION = "ephemeral-v3/stable"


class Server:
    """A process with all its children, and what they cost so far."""

    def __init__(self, name, process, root):
        self.name = name
        self.process = process
        self.root = root

    def pids(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def cpu(self):
        """Seconds so far. The scheduler counts nanoseconds; /proc/PID/stat has ticks, too coarse for a single download."""
        nanoseconds = 0
        for pid in self.pids():
            for task in Path(f"/proc/{pid}/task").iterdir():
                nanoseconds += int((task / "schedstat").read_text().split()[0])
        return nanoseconds / 1e9

    def memory(self):
        text = "".join(Path(f"/proc/{pid}/status").read_text() for pid in self.pids())
        return sum(int(kib) * 1024 for kib in re.findall(r"^RssAnon:\s+(\d+) kB", text, re.MULTILINE))


def serve(bench):
    for program in ["wrk", "curl", "nginx"]:
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin"):
            raise Skipped(f"{program} is not installed (Debian: apt-get install {program})")
    tree = bench.large_tree()
    data = bench.work.folder(bench.fast_folder())
    mirror = published(bench, tree, data)
    # nginx serves the same files under the same path.
    root = bench.work.folder(bench.fast_folder())
    (root / "ephemeral-v3").mkdir()
    (root / PUBLICATION).symlink_to(tree.root)
    try:
        rows = beside(bench, mirror, root, lambda servers: measure(bench, servers, tree))
        logging = mirror.with_log(bench.work.temporary / "access.log")
        rows[4:4] = beside(bench, logging, root, lambda servers: small(bench, servers, tree, [32], ", access log"), True)
    finally:
        bench.work.drop(root)
        bench.work.drop(data)
    return table("serve: what is downloaded from a tree in memory", rows, peer="nginx", notes=[
        "nginx: one worker per core, sendfile and open_file_cache on, no log; maas-mirror without its access log.",
        "With an access log: both write the combined format, nginx with a buffer of 64 KB.",
        "The clients share the cores with the server, and wrk has a thread for each core."])


def beside(bench, mirror, root, body, logged=False):
    """Both servers, for as long as the body takes."""
    peer = upstream.WebServer(bench.work, root, tuned=True, logged=logged)
    try:
        ours = start(bench, mirror)
        try:
            return body([ours, Server("nginx", peer.process, peer.url)])
        finally:
            bench.work.stop(ours.process)
    finally:
        peer.close()


def published(bench, tree, data):
    """A mirror of the tree that is ready to be served."""
    fetching = bench.serving(tree)
    mirror = Mirror(bench.binary, data, fetching.url, bench.signer.keyring, data / "data")
    mirror.run("keys", "create")
    mirror.run("sync", "--quiet")
    mirror.run("publish")
    fetching.close()
    return mirror


def start(bench, mirror):
    port = upstream.free_port()
    log = bench.work.temporary / "serve.log"
    with open(log, "wb") as output:
        process = bench.work.start(
            mirror.command("serve", "--listen", f"127.0.0.1:{port}"), stdout=output, stderr=output)
    wait_until(lambda: upstream.answers(port), f"serve ({tail(log)})")
    return Server("maas-mirror", process, f"http://127.0.0.1:{port}/")


def small(bench, servers, tree, connections, suffix=""):
    """Requests for what fits into a packet or a few."""
    sizes = {path: size for path, (_, size) in tree.files.items()}
    item = next(path for path in sizes if path.endswith("squashfs.manifest"))
    # The same bytes: maas-mirror has upstream's documents beside its own.
    index = {"maas-mirror": "upstream/streams/v1/index.sjson", "nginx": "streams/v1/index.sjson"}
    rows = []
    for what, paths in [("index.sjson", index), (f"{sizes[item] // 1000} KB item", dict.fromkeys(index, item))]:
        for number in connections:
            found = alternate(servers, max(5, bench.options.runs),
                              lambda server: requests(server, paths[server.name], number))
            rows.append(Row(f"{what}, {number} connections{suffix}", *found, form="{:.0f}/s".format,
                            target="ratio ≥ 1.0", reached=lambda _, ratio: ratio >= 1.0))
    return rows


def measure(bench, servers, tree):
    sizes = {path: size for path, (_, size) in tree.files.items()}
    image = max(sizes, key=sizes.get)
    runs = max(5, bench.options.runs)
    rows = small(bench, servers, tree, [32, 256])
    for clients in [1, 8, 64]:
        costs, speeds = [[], []], [[], []]
        for _ in range(runs):
            for number, server in enumerate(servers):
                cpu, speed = download(bench, server, image, sizes[image], clients)
                costs[number].append(cpu)
                speeds[number].append(speed)
        rows.append(Row(f"{sizes[image] // 1000000} MB, {clients} clients, CPU", *costs, form=rate,
                        target="ratio ≤ 0.8", reached=lambda _, ratio: ratio <= 0.8))
        rows.append(Row(f"{sizes[image] // 1000000} MB, {clients} clients", *speeds, form="{:.2f} GB/s".format))
    rows.append(Row("memory of its own, afterwards", *[[server.memory()] for server in servers], form=megabytes,
                    target="≤ 64 MiB", reached=lambda own, _: own <= 64 << 20))
    return rows


def alternate(servers, runs, body):
    found = [[] for _ in servers]
    for _ in range(runs):
        for number, server in enumerate(servers):
            found[number].append(body(server))
    return found


def requests(server, path, connections, seconds=3):
    done = subprocess.run(
        ["wrk", f"-t{os.cpu_count()}", f"-c{connections}", f"-d{seconds}s", f"{server.root}{PUBLICATION}/{path}"],
        capture_output=True, text=True, env=environment(), timeout=seconds + 30)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if not found or "Non-2xx" in done.stdout:
        raise BenchmarkError(f"wrk against {server.name}: {done.stdout}{done.stderr}")
    return float(found.group(1))


def download(bench, server, path, size, clients):
    """Server CPU seconds for a gigabyte, and gigabytes a second. 64 clients take an eighth of the file each, and one takes
    it four times, so that each figure is of more than a gigabyte."""
    extra = ["--range", f"0-{size // 8 - 1}"] if clients > 8 else []
    wanted = size // 8 if extra else size
    if clients == 1:
        found = [once(bench, server, path, wanted, 1, extra) for _ in range(4)]
        return sum(cpu for cpu, _ in found) / 4, 4 / sum(1 / speed for _, speed in found)
    return once(bench, server, path, wanted, clients, extra)


def once(bench, server, path, wanted, clients, extra):
    before, began = server.cpu(), time.monotonic()
    running = [
        bench.work.start(["curl", "-sf", *extra, "-o", "/dev/null", "-w", "%{size_download}",
                          f"{server.root}{PUBLICATION}/{path}"], stdout=subprocess.PIPE)
        for _ in range(clients)
    ]
    outputs = [process.communicate(timeout=120)[0] for process in running]
    wall = time.monotonic() - began
    time.sleep(0.05)
    cpu = server.cpu() - before
    for process, output in zip(running, outputs):
        bench.work.stop(process)
        if process.returncode != 0 or int(output) != wanted:
            raise BenchmarkError(f"curl from {server.name} ended with {process.returncode} after {output} bytes")
    gigabytes = wanted * clients / 1e9
    return cpu / gigabytes, gigabytes / wall
