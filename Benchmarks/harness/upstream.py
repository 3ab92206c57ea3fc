"""Upstream: a signed simplestreams tree that is made on the spot, and the nginx that serves it."""

import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import time
from email.utils import format_datetime
from datetime import datetime, timezone
from pathlib import Path

from .processes import BenchmarkError, Skipped, environment, wait_until

MB = 1000 * 1000


class Signer:
    """A key in a GnuPG home of its own."""

    def __init__(self, work):
        if not shutil.which("gpg"):
            raise Skipped("gpg is not installed (Debian: apt-get install gnupg)")
        self.home = work.folder("/tmp")
        self.keyring = self.home / "keyring.gpg"
        self.gpg("--quick-gen-key", "benchmark upstream", "ed25519", "sign", "never")
        self.keyring.write_bytes(self.gpg("--export"))

    def gpg(self, *arguments, text=None):
        command = ["gpg", "--homedir", self.home, "--batch", "--quiet", "--pinentry-mode", "loopback",
                   "--passphrase", "", *arguments]
        done = subprocess.run(command, input=text, capture_output=True, env=environment())
        if done.returncode != 0:
            raise BenchmarkError(f"gpg: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def sign(self, value):
        text = json.dumps(value, indent=1, sort_keys=True).encode()
        return self.gpg("--digest-algo", "SHA512", "--clearsign", text=text)

    def close(self):
        subprocess.run(["gpgconf", "--homedir", self.home, "--kill", "gpg-agent"], capture_output=True)


class Tree:
    """A tree in the making: files first, then `publish`."""

    def __init__(self, root, signer):
        self.root = Path(root)
        self.signer = signer
        self.files = {}
        self.now = format_datetime(datetime.now(timezone.utc))
        # Incompressible and different in every file; one pool is enough for that, and quick.
        self.pool = memoryview(random.Random(7).randbytes(8 << 20))

    def add(self, path, size):
        """Writes a file of this size and returns its item."""
        if path not in self.files:
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            hasher = hashlib.sha256()
            with open(target, "wb") as file:
                head = hashlib.sha256(path.encode()).digest()[:size]
                left = size
                for piece in [memoryview(head)]:
                    hasher.update(piece)
                    file.write(piece)
                    left -= len(piece)
                while left > 0:
                    piece = self.pool[:left]
                    hasher.update(piece)
                    file.write(piece)
                    left -= len(piece)
            self.files[path] = (hasher.hexdigest(), size)
        digest, size = self.files[path]
        return {"path": path, "sha256": digest, "size": size}

    def publish(self, products_files):
        """Signs and writes the documents: a products file each for the content ids of the dictionary, and the index."""
        streams = self.root / "streams/v1"
        streams.mkdir(parents=True, exist_ok=True)
        index = {"format": "index:1.0", "updated": self.now, "index": {}}
        for content_id, products in products_files.items():
            name = f"streams/v1/{content_id}.sjson"
            document = {"content_id": content_id, "datatype": "image-ids", "format": "products:1.0",
                        "updated": self.now, "products": products}
            (self.root / name).write_bytes(self.signer.sign(document))
            index["index"][content_id] = {
                "datatype": "image-ids", "format": "products:1.0", "path": name, "updated": self.now,
                "products": sorted(products)}
        (streams / "index.sjson").write_bytes(self.signer.sign(index))

    @property
    def size(self):
        return sum(size for _, size in self.files.values())


UBUNTU = "com.ubuntu.maas:stable:v3:download"
BOOTLOADERS = "com.ubuntu.maas:stable:1:bootloader-download"
RELEASES = [("20.04", "focal"), ("22.04", "jammy"), ("24.04", "noble"), ("24.10", "oracular"), ("25.04", "plucky")]


def ubuntu_product(version, release, arch, subarch, versions):
    return {
        "arch": arch, "kflavor": "generic", "krel": release, "label": "stable", "os": "ubuntu", "release": release,
        "release_codename": release.capitalize(), "release_title": f"{version} LTS", "subarch": subarch,
        "subarches": f"generic,{subarch}", "support_eol": "2032-04-21", "support_esm_eol": "2034-04-25",
        "version": version, "versions": versions}


def large_files(tree, total=3000 * MB):
    """About 50 files with the sizes of the real streams: a squashfs for each of five releases, shared by the kernels of
    that release as upstream shares it, and the bootloaders."""
    choice = random.Random(2)
    kernels = [(number, kernel) for number in range(len(RELEASES)) for kernel in range(3)][:14]
    sizes = {pair: (choice.randint(60, 85) * MB + 13, choice.randint(11, 18) * MB + 7) for pair in kernels}
    rest = total - sum(map(sum, sizes.values()))
    shares = [0.85, 0.95, 1.0, 1.05, 1.15]
    serial = "20250709"
    products = {}
    for number, (version, release) in enumerate(RELEASES):
        base = f"{release}/amd64/{serial}"
        squashfs = tree.add(f"{base}/squashfs", int(rest / len(RELEASES) * shares[number]))
        manifest = tree.add(f"{base}/squashfs.manifest", choice.randint(10_000, 19_000))
        for kernel in [kernel for owner, kernel in kernels if owner == number]:
            subarch = f"{['ga', 'hwe', 'edge'][kernel]}-{version}"
            initrd, vmlinuz = sizes[number, kernel]
            items = {
                "squashfs": squashfs | {"ftype": "squashfs"},
                "manifest": manifest | {"ftype": "manifest"},
                "boot-initrd": tree.add(f"{base}/{subarch}/generic/boot-initrd", initrd) | {"ftype": "boot-initrd"},
                "boot-kernel": tree.add(f"{base}/{subarch}/generic/boot-kernel", vmlinuz) | {"ftype": "boot-kernel"},
            }
            products[f"com.ubuntu.maas.stable:v3:boot:{version}:amd64:{subarch}"] = ubuntu_product(
                version, release, "amd64", subarch, {serial: {"items": items}})
    tree.publish({UBUNTU: products, BOOTLOADERS: bootloaders(tree, choice)})


def bootloaders(tree, choice):
    kinds = [("pxelinux", "pxe", "i386", "syslinux", ["syslinux"]),
             ("grub-efi-signed", "uefi", "amd64", "grub-efi-signed", ["grub2-signed", "shim-signed"]),
             ("grub-efi", "uefi", "arm64", "grub-efi", ["grub2"]),
             ("grub-ieee1275", "open-firmware", "ppc64el", "grub-ieee1275", ["grub2"])]
    products = {}
    for name, method, arch, folder, packages in kinds:
        versions = {}
        for serial in ["20240801.0", "20250601.0"]:
            versions[serial] = {"items": {
                package: tree.add(f"bootloaders/{folder}/{arch}/{serial}/{package}.tar.xz",
                                  choice.randint(300_000, 1_200_000))
                | {"ftype": "archive.tar.xz", "src_package": package, "src_release": "noble", "src_version": "1.0"}
                for package in packages}}
        products[f"com.ubuntu.maas:stable:1:{name}:{method}:{arch}"] = {
            "arch": arch, "arches": arch, "bootloader-type": method, "label": "stable", "os": name,
            "versions": versions}
    return products


def small_files(tree, count):
    """This many files of 4 to 16 KB, four to a version."""
    choice = random.Random(3)
    products = {}
    for number in range(max(1, count // 4)):
        version, release = RELEASES[number % len(RELEASES)]
        subarch = f"hwe-{version}-{number}"
        base = f"{release}/amd64/20250709/{subarch}"
        items = {kind: tree.add(f"{base}/{kind}", choice.randint(4_000, 16_000)) | {"ftype": kind}
                 for kind in ["squashfs", "manifest", "boot-initrd", "boot-kernel"]}
        products[f"com.ubuntu.maas.stable:v3:boot:{version}:amd64:{subarch}"] = ubuntu_product(
            version, release, "amd64", subarch, {"20250709": {"items": items}})
    tree.publish({UBUNTU: products})


def full_size(path):
    if not path.exists():
        raise Skipped(f"{path} is not there; it has the shape of the whole stable stream")
    return json.loads(path.read_text())


def full_size_documents(tree, path):
    """The documents of the whole stable stream, with the sizes as they are and without the files."""
    document = full_size(path)
    tree.publish({document["content_id"]: document["products"]})


def full_size_files(tree, path):
    """The shape of the whole stable stream, with tiny files."""
    document = full_size(path)
    for product in document["products"].values():
        for version in product["versions"].values():
            for item in version["items"].values():
                item.update(tree.add(item["path"], 64))
    tree.publish({document["content_id"]: document["products"]})


CONFIGURATION = """
daemon off;
{user}
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections {connections}; }}
http {{
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  log_format short '$request_method $uri $status $body_bytes_sent';
  {log}
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class WebServer:
    """nginx for one folder: as Debian configures it, or `tuned` for speed, and then with or without an access log."""

    def __init__(self, work, root, tuned=False, logged=False):
        binary = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if not binary:
            raise Skipped("nginx is not installed (Debian: apt-get install nginx)")
        self.work = work
        self.folder = work.folder("/tmp")
        self.port = free_port()
        configuration = self.folder / "nginx.conf"
        # As root the worker would become a user who may not read our private folders.
        user = "user root;" if os.geteuid() == 0 else ""
        configuration.write_text(
            CONFIGURATION.format(
                folder=self.folder, port=self.port, root=root, user=user, workers="auto" if tuned else 1,
                connections=4096 if tuned else 768,
                log=self.tuning(logged) if tuned else f"access_log {self.folder}/access.log short;"))
        self.process = work.start(
            [binary, "-e", self.folder / "error.log", "-c", configuration],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: answers(self.port), "nginx")

    def tuning(self, logged):
        log = f"{self.folder}/access.log combined buffer=64k flush=1s" if logged else "off"
        return f"access_log {log}; open_file_cache max=4096 inactive=60s; keepalive_requests 1000000000;"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def requests(self):
        """The log so far: a list of [method, path, status, bytes]."""
        time.sleep(0.05)
        return [line.split() for line in (self.folder / "access.log").read_text().splitlines()]

    def close(self):
        self.work.stop(self.process)
        self.work.drop(self.folder)
