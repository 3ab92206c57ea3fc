"""The two programs that are compared, each as the command that mirrors a source into a folder."""

import copy
import os
import subprocess
import sys
from pathlib import Path

from .processes import BenchmarkError, Skipped, environment

ROOT = Path(__file__).resolve().parents[2]
PEER_VERSION = "0.1.0.post59"


def find_binary(given):
    if given:
        candidates = [Path(given)]
    else:
        builds = [ROOT / ".build-release/release", ROOT / ".build/release"]
        candidates = [build / "maas-mirror" for build in builds]
    for path in candidates:
        if os.access(path, os.X_OK) and path.is_file():
            return path.resolve()
    looked = ", ".join(map(str, candidates))
    raise BenchmarkError(f"there is no maas-mirror at {looked}: `swift build -c release` makes it")


class Mirror:
    """maas-mirror with a configuration of its own for a source and a data folder."""

    name = "maas-mirror"

    def __init__(self, binary, folder, url, keyring, data, connections=None):
        self.binary = binary
        self.configuration = folder / "mirror.conf"
        self.configuration.write_text(
            f'data = "{data}"\n'
            '[sync]\nmin_free = "100 MB"\n'
            + (f"connections = {connections}\n" if connections else "") +
            '[serve]\nlisten = "127.0.0.1:0"\naccess_log = "off"\n'
            f'[[source]]\nname = "stable"\nurl = "{url}"\nkeyring = "{keyring}"\nkeep = 2\n'
            '[[publication]]\npath = "ephemeral-v3/stable"\nsources = ["stable"]\nsigned = "local"\n')

    def with_log(self, path):
        """The same with an access log, beside it."""
        other = copy.copy(self)
        other.configuration = self.configuration.with_name("mirror-log.conf")
        other.configuration.write_text(self.configuration.read_text().replace(
            'access_log = "off"', f'access_log = "combined"\naccess_log_file = "{path}"'))
        return other

    def command(self, *arguments):
        return [str(self.binary), *arguments, "--config", str(self.configuration)]

    @property
    def sync(self):
        return self.command("sync", "--quiet")

    def run(self, *arguments):
        done = subprocess.run(self.command(*arguments), capture_output=True, env=environment())
        if done.returncode != 0:
            text = (done.stdout + done.stderr).decode(errors="replace")[-2000:]
            raise BenchmarkError(f"maas-mirror {arguments[0]} ended with {done.returncode}: {text}")
        return done.stdout.decode()


class Peer:
    """sstream-mirror, which MAAS's documentation has always named for this job."""

    name = "sstream-mirror"

    def __init__(self):
        given = os.environ.get("MAAS_MIRROR_TEST_VENV")
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        venv = Path(given) if given else cache / f"maas-mirror/benchmarks-{PEER_VERSION}"
        self.binary = venv / "bin/sstream-mirror"
        if self.binary.exists():
            return
        print(f"making a Python environment with python-simplestreams {PEER_VERSION} in {venv}", file=sys.stderr)
        for command in [
            [sys.executable, "-m", "venv", venv],
            [venv / "bin/pip", "install", "--quiet", f"python-simplestreams=={PEER_VERSION}"],
        ]:
            # pip may need the proxies that the measured programs do without.
            done = subprocess.run(list(map(str, command)), capture_output=True)
            if done.returncode != 0:
                raise Skipped(f"sstream-mirror could not be installed: {done.stderr.decode()[-500:]}")

    def command(self, url, keyring, data):
        # Without filters it takes every product; without --max every version.
        return [str(self.binary), f"--keyring={keyring}", "--path=streams/v1/index.sjson", url, str(data)]
