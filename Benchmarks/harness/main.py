"""The command line."""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from .benchmarks import ALL, Bench
from .processes import BenchmarkError, Skipped, Workspace
from .programs import ROOT, find_binary

HELP = """
Benchmarks of maas-mirror beside sstream-mirror, on loopback: medians, ratios and targets.

  sync-disk    3 GB in about 50 files into a folder on a disk, both programs in turn
  sync-tmpfs   the same into /dev/shm
  small-files  5,000 small files over a line with 10 ms each way, both programs in turn
  nothing-new  a sync that finds nothing new: time, and requests that upstream sees
  plan         plan on the whole stable stream's shape
  first-byte   from the start of serve to the first byte of a document
  carry        3 GB to a medium and from it into another mirror, both programs in turn
  serve        small and large files from serve and from nginx, in turn
  together     small requests behind large transfers, warm and cold, and a thousand clients, in turn

Every one also shows the peak memory. Upstream is nginx with a tree that is made and signed for the run. Everything
that a run starts or writes is gone at its end, but for a Python environment with sstream-mirror, which is kept in
~/.cache/maas-mirror (MAAS_MIRROR_TEST_VENV names another).
"""

EXAMPLES = """
examples:
  Benchmarks/run                                  everything; 10 to 20 minutes
  Benchmarks/run plan first-byte nothing-new      the quick ones
  Benchmarks/run small-files --small-count 500    a quick look
  Benchmarks/run sync-tmpfs --runs 5 --binary .build/release/maas-mirror
"""


def arguments():
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run", description=HELP, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help="the benchmarks to run; all when none is named")
    parser.add_argument("--runs", type=int, default=3, metavar="N",
                        help="runs of each program (default 3; the quick benchmarks make at least 9)")
    parser.add_argument("--binary", metavar="PATH", help="maas-mirror, a release build (default: the newest place of "
                        ".build-release/release and .build/release that has one)")
    parser.add_argument("--disk", metavar="FOLDER", default=tempfile.gettempdir(),
                        help="a folder on the disk to measure (default: the temporary folder)")
    parser.add_argument("--streams", metavar="FILE", type=Path, default=ROOT.parent / "shared/streams/full-size.json",
                        help="a products file with the shape of the whole stable stream (default: "
                        "../shared/streams/full-size.json)")
    parser.add_argument("--small-count", type=int, default=5000, metavar="N", help="files of small-files (default 5000)")
    parser.add_argument("--small-runs", type=int, default=1, metavar="N",
                        help="runs of small-files (default 1: sstream-mirror takes minutes)")
    parser.add_argument("--connections", type=int, metavar="N",
                        help="connections of maas-mirror's syncs (default: its own default, 8)")
    parser.add_argument("--delay", type=float, default=10, metavar="MS", help="the line's delay each way (default 10)")
    parser.add_argument("--handshake", choices=["no", "yes", "both"], default="both",
                        help="whether connects take as long as on a real line, which the loopback's do not "
                        "(default both)")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in ALL]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}")
    if min(options.runs, options.small_runs, options.small_count) < 1:
        parser.error("--runs, --small-runs and --small-count must be at least 1")
    return options


def heading(binary):
    version = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (f"maas-mirror {version}, {date.today()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
            f"Linux {platform.machine()}, load {os.getloadavg()[0]:.1f}\n")


def main():
    options = arguments()
    failed = False
    try:
        binary = find_binary(options.binary)
        print(heading(binary), flush=True)
        work = Workspace(options.disk)
        bench = Bench(work, options, binary)
    except (BenchmarkError, Skipped) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        for name in options.names or ALL:
            began = time.monotonic()
            try:
                print(ALL[name](bench), flush=True)
            except Skipped as reason:
                print(f"{name}: SKIPPED: {reason}\n", flush=True)
            except BenchmarkError as error:
                failed = True
                print(f"{name}: FAILED: {error}\n", flush=True)
            print(f"    … {name} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        return 130
    finally:
        bench.signer.close()
        work.close()
    return 1 if failed else 0
