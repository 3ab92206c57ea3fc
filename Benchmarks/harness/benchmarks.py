"""The benchmarks. Each takes a `Bench` and returns a table."""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from . import upstream
from .processes import BenchmarkError, Skipped, peak_so_far, tail, wait_until
from .programs import Mirror, Peer
from .serving import serve
from .together import together
from .report import Row, count, memory, milliseconds, rate, table

GB = 1000 * 1000 * 1000
SHM = Path("/dev/shm")


class Bench:
    def __init__(self, work, options, binary):
        self.work = work
        self.options = options
        self.binary = binary
        self.signer = upstream.Signer(work)
        self.large = None

    def fast_folder(self):
        """Where upstream's trees lie: in memory where it fits, so that upstream's disk is not what is measured."""
        fits = SHM.is_dir() and shutil.disk_usage(SHM).free > 10 * GB
        return SHM if fits else Path(tempfile.gettempdir())

    def tree(self, fill, *arguments):
        folder = self.work.folder(self.fast_folder())
        tree = upstream.Tree(folder, self.signer)
        fill(tree, *arguments)
        return tree

    def large_tree(self):
        if self.large is None:
            say("making 3 GB of images")
            self.large = self.tree(upstream.large_files)
        return self.large

    def alternate(self, url, parent, runs, settle=False):
        """Mirrors a source with both programs in turn: A B A B. Returns the costs of each, and with `settle` how long
        it took each time until everything was on the disk."""
        peer = Peer()
        costs, settled = {Mirror.name: [], peer.name: []}, {Mirror.name: [], peer.name: []}
        for run in range(runs):
            for name in (Mirror.name, peer.name):
                data = self.work.folder(parent)
                if name == peer.name:
                    command = peer.command(url, self.signer.keyring, data / "tree")
                else:
                    command = Mirror(self.binary, data, url, self.signer.keyring, data / "data",
                                     self.options.connections).sync
                touch_memory(parent)
                os.sync()
                cost = self.work.measure(command)
                began = time.monotonic()
                if settle:
                    os.sync()
                settled[name].append(cost.wall + time.monotonic() - began)
                costs[name].append(cost)
                say(f"run {run + 1}: {name} {cost.wall:.2f} s, {cost.cpu:.2f} CPU s, {cost.peak >> 20} MiB")
                self.check(data, name)
                self.work.drop(data)
        return costs[Mirror.name], costs[peer.name], settled[Mirror.name], settled[peer.name]

    def check(self, data, name):
        """A program that fetched less than everything is not faster."""
        tree = self.expected
        found = sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
        if found < tree.size:
            raise BenchmarkError(f"{name} fetched {found} of {tree.size} bytes")

    def serving(self, tree):
        self.expected = tree
        return upstream.WebServer(self.work, tree.root)


def touch_memory(parent, size=4 * GB):
    """Writes and deletes as much as a run will need. In a virtual machine the first use of memory costs the host's time,
    as much as everything else together, and whoever comes first would pay it for both."""
    if parent != SHM:
        return
    block = bytes(1 << 20)
    with tempfile.TemporaryFile(dir=parent, buffering=0) as file:
        for _ in range(size >> 20):
            file.write(block)


def say(text):
    print(f"    … {text}", file=sys.stderr, flush=True)


def walls(costs):
    return [cost.wall for cost in costs]


def peaks(costs):
    return [cost.peak for cost in costs]


def sync_large(bench, name, parent):
    tree = bench.large_tree()
    on_disk = parent != SHM
    web = bench.serving(tree)
    try:
        ours, peers, ours_settled, peers_settled = bench.alternate(web.url, parent, bench.options.runs, settle=on_disk)
        floor = None if on_disk else floor_cpu(bench, web, tree, parent)
    finally:
        web.close()
    gigabytes = tree.size / GB
    rows = [Row("wall time", walls(ours), walls(peers))]
    if on_disk:
        rows.append(Row("until all is on disk", ours_settled, peers_settled))
    else:
        rows[0].target, rows[0].reached = "ratio ≤ 0.5", lambda _, ratio: ratio <= 0.5
    rows.append(Row("CPU", [cost.cpu / gigabytes for cost in ours], [cost.cpu / gigabytes for cost in peers], rate,
                    "≤ 1.5 s/GB", lambda own, _: own <= 1.5))
    rows.append(memory(peaks(ours), peaks(peers)))
    notes = []
    if floor:
        notes = ["What no program can save of the CPU on this machine, one after the other: to receive "
                 f"{floor[0]:.2f}, to hash {floor[1]:.2f}, to write into memory {floor[2]:.2f} s/GB; {sum(floor):.2f} in all."]
    if on_disk:
        seconds = disk_alone(bench, parent, tree.size)
        notes = [f"This disk alone takes {seconds:.1f} s to write and sync one file of that size. maas-mirror syncs each "
                 "file before it names it; sstream-mirror syncs nothing."]
    return table(f"{name}: {gigabytes:.2f} GB in {len(tree.files)} files", rows, notes)


def floor_cpu(bench, web, tree, parent):
    """CPU seconds for a gigabyte to receive with curl and drop, to hash with OpenSSL, and to write into the file system.
    Medians; each alone. Written is as much as a run writes, after the same preparation: how dear a page is depends on
    whether the machine has it at hand, and the first 500 MB are cheap."""
    image = max(tree.files, key=lambda path: tree.files[path][1])
    size = tree.files[image][1]
    receive = [bench.work.measure([shutil.which("curl"), "-sf", "-o", "/dev/null", web.url + image]).cpu / size * GB
               for _ in range(3)] if shutil.which("curl") else [0.0]
    block = bytes(1 << 20)
    hashing, writing = [], []
    for _ in range(3):
        hasher, before = hashlib.sha256(), time.process_time()
        for _ in range(500):
            hasher.update(block)
        hashing.append((time.process_time() - before) / (500 << 20) * GB)
        touch_memory(parent)
        count = tree.size >> 20
        with tempfile.TemporaryFile(dir=parent, buffering=0) as file:
            before = time.process_time()
            for _ in range(count):
                file.write(block)
            writing.append((time.process_time() - before) / (count << 20) * GB)
    return median(receive), median(hashing), median(writing)


def disk_alone(bench, parent, size):
    """The floor for everything that writes this much."""
    folder = bench.work.folder(parent)
    block = bytes(bench.large.pool)
    os.sync()
    began = time.monotonic()
    with open(folder / "floor", "wb", buffering=0) as file:
        for _ in range(size // len(block)):
            file.write(block)
        os.fsync(file.fileno())
    seconds = time.monotonic() - began
    bench.work.drop(folder)
    return seconds


def sync_disk(bench):
    parent = Path(bench.options.disk)
    if shutil.disk_usage(parent).free < 8 * GB:
        raise Skipped(f"{parent} has less than 8 GB free; --disk names another folder")
    return sync_large(bench, "sync-disk", parent)


def sync_tmpfs(bench):
    if not SHM.is_dir() or shutil.disk_usage(SHM).free < 10 * GB:
        raise Skipped("/dev/shm has less than 10 GB free")
    return sync_large(bench, "sync-tmpfs", SHM)


def small_files(bench):
    tree = bench.tree(upstream.small_files, bench.options.small_count)
    web = bench.serving(tree)
    title = f"small-files: {len(tree.files)} files of 4 to 16 KB, {bench.options.delay} ms each way"
    try:
        tables = []
        for handshake in ([False, True] if bench.options.handshake == "both" else [bench.options.handshake == "yes"]):
            extra = ["--handshake"] if handshake else []
            proxy = bench.work.start(
                [sys.executable, Path(__file__).with_name("delay_proxy.py"), web.port, bench.options.delay, *extra],
                stdout=subprocess.PIPE)
            try:
                port = int(proxy.stdout.readline())
                ours, peers, _, _ = bench.alternate(
                    f"http://127.0.0.1:{port}/", bench.fast_folder(), bench.options.small_runs)
            finally:
                bench.work.stop(proxy)
            rows = [
                Row("wall time", walls(ours), walls(peers), target="ratio ≤ 0.1", reached=lambda _, ratio: ratio <= 0.1),
                Row("CPU", [cost.cpu for cost in ours], [cost.cpu for cost in peers]),
                memory(peaks(ours), peaks(peers)),
            ]
            what = ("connects delayed as on a real line" if handshake else "connects not delayed: loopback answers them")
            tables.append(table(f"{title}, {what}", rows))
        return "\n".join(tables)
    finally:
        web.close()
        bench.work.drop(tree.root)


def quick_runs(bench):
    return max(bench.options.runs, 9)


def nothing_new(bench):
    tree = bench.tree(upstream.full_size_files, bench.options.streams)
    web = bench.serving(tree)
    data = bench.work.folder(bench.options.disk)
    try:
        mirror = Mirror(bench.binary, data, web.url, bench.signer.keyring, data / "data")
        first = bench.work.measure(mirror.sync)
        say(f"the first sync: {first.wall:.2f} s")
        costs, asked, answers = [], [], set()
        for _ in range(quick_runs(bench)):
            before = len(web.requests())
            costs.append(bench.work.measure(mirror.sync))
            new = web.requests()[before:]
            asked.append(len(new))
            answers |= {f"{line[0]} {line[1]} {line[2]}" for line in new}
    finally:
        web.close()
        bench.work.drop(data)
        bench.work.drop(tree.root)
    rows = [
        Row("wall time", walls(costs), form=milliseconds, target="< 100 ms", reached=lambda own, _: own < 0.1),
        Row("CPU", [cost.cpu for cost in costs], form=milliseconds),
        Row("requests", asked, form=count, target="1", reached=lambda own, _: own == 1 and max(asked) == 1),
        memory(peaks(costs)),
    ]
    return table(f"nothing-new: {len(tree.files)} files are there already", rows, [", ".join(sorted(answers))])


def plan(bench):
    tree = bench.tree(upstream.full_size_documents, bench.options.streams)
    web = bench.serving(tree)
    data = bench.work.folder(bench.options.disk)
    try:
        mirror = Mirror(bench.binary, data, web.url, bench.signer.keyring, data / "data")
        costs = [bench.work.measure(mirror.command("plan")) for _ in range(quick_runs(bench))]
    finally:
        web.close()
        bench.work.drop(data)
        bench.work.drop(tree.root)
    rows = [
        Row("wall time", walls(costs), form=milliseconds, target="< 300 ms", reached=lambda own, _: own < 0.3),
        Row("CPU", [cost.cpu for cost in costs], form=milliseconds),
        memory(peaks(costs)),
    ]
    return table("plan: of the whole stable stream's shape", rows)


def first_byte(bench):
    tree = bench.tree(upstream.full_size_files, bench.options.streams)
    web = bench.serving(tree)
    data = bench.work.folder(bench.options.disk)
    try:
        mirror = Mirror(bench.binary, data, web.url, bench.signer.keyring, data / "data")
        mirror.run("keys", "create")
        mirror.run("sync", "--quiet")
        mirror.run("publish")
        times, memories = [], []
        for _ in range(quick_runs(bench)):
            seconds, peak = serve_once(bench, mirror)
            times.append(seconds)
            memories.append(peak)
    finally:
        web.close()
        bench.work.drop(data)
        bench.work.drop(tree.root)
    rows = [
        Row("spawn to first byte", times, form=milliseconds, target="< 150 ms", reached=lambda own, _: own < 0.15),
        memory(memories),
    ]
    return table(f"first-byte: serve a tree of {len(tree.files)} files", rows,
                 ["The first byte is index.sjson's; the memory is read after the products file was sent too."])


def serve_once(bench, mirror):
    port = upstream.free_port()
    log = bench.work.temporary / "serve.log"
    with open(log, "wb") as output:
        began = time.monotonic()
        server = bench.work.start(
            mirror.command("serve", "--listen", f"127.0.0.1:{port}"), stdout=output, stderr=output)
        try:
            while True:
                try:
                    connection = socket.create_connection(("127.0.0.1", port), 5)
                    break
                except ConnectionRefusedError:
                    if server.poll() is not None or time.monotonic() - began > 10:
                        raise BenchmarkError(f"serve did not come up: {tail(log)}") from None
                    time.sleep(0.001)
            with connection:
                first = get(connection, "/ephemeral-v3/stable/streams/v1/index.sjson")
                seconds = time.monotonic() - began
                if not first.startswith(b"HTTP/1.1 200 "):
                    raise BenchmarkError(f"serve answered {first[:80]!r}")
            with socket.create_connection(("127.0.0.1", port), 5) as second:
                get(second, f"/ephemeral-v3/stable/streams/v1/{upstream.UBUNTU}.sjson")
                while second.recv(1 << 16):
                    pass
            return seconds, peak_so_far(server.pid)
        finally:
            bench.work.stop(server)


def get(connection, path):
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    connection.sendall(request.encode())
    return connection.recv(1 << 16)


def carry(bench):
    """Over an air gap: from a mirror to a medium, and from there to another mirror. The peer is given trees of files on both
    sides, which is all that it knows."""
    if not SHM.is_dir() or shutil.disk_usage(SHM).free < 16 * GB:
        raise Skipped("/dev/shm has less than 16 GB free")
    tree = bench.large_tree()
    bench.expected = tree
    web = bench.serving(tree)
    near = bench.work.folder(SHM)
    peer = Peer()
    try:
        mirror = Mirror(bench.binary, near, web.url, bench.signer.keyring, near / "data")
        mirror.run("sync", "--quiet")
        ours, peers = ([], []), ([], [])
        for run in range(bench.options.runs):
            for name, costs in ((Mirror.name, ours), (peer.name, peers)):
                medium, target = bench.work.folder(SHM), bench.work.folder(SHM)
                if name == Mirror.name:
                    other = Mirror(bench.binary, target, web.url, bench.signer.keyring, target / "data")
                    steps = [(medium, mirror.command("export", str(medium / "images"), "--quiet")),
                             (target, other.command("import", str(medium / "images"), "--quiet"))]
                else:
                    steps = [(medium, peer.command(str(tree.root), bench.signer.keyring, medium / "tree")),
                             (target, peer.command(str(medium / "tree"), bench.signer.keyring, target / "tree"))]
                for (folder, command), list_ in zip(steps, costs):
                    touch_memory(SHM)
                    cost = bench.work.measure(command)
                    say(f"run {run + 1}: {name} {cost.wall:.2f} s, {cost.cpu:.2f} CPU s, {cost.peak >> 20} MiB")
                    bench.check(folder, name)
                    list_.append(cost)
                bench.work.drop(medium)
                bench.work.drop(target)
    finally:
        web.close()
        bench.work.drop(near)
    gigabytes = tree.size / GB
    rows = []
    for what, own, other in (("to the medium", ours[0], peers[0]), ("from the medium", ours[1], peers[1])):
        rows += [Row(f"{what}, wall time", walls(own), walls(other)),
                 Row(f"{what}, CPU", [cost.cpu / gigabytes for cost in own], [cost.cpu / gigabytes for cost in other], rate),
                 memory(peaks(own), peaks(other))]
    return table(f"carry: {gigabytes:.2f} GB in {len(tree.files)} files, medium and mirrors in memory", rows)


ALL = {
    "sync-disk": sync_disk,
    "sync-tmpfs": sync_tmpfs,
    "small-files": small_files,
    "nothing-new": nothing_new,
    "plan": plan,
    "first-byte": first_byte,
    "carry": carry,
    "serve": serve,
    "together": together,
}
