"""A crowd of clients on loopback: slow ones that come all at once and download, and quick ones that ask for a small file
again and again, from before the others come until after they are gone. The quick ones are a process of their own, else the
slow ones' work would be in their times. Prints one line of JSON.

    crowd.py PORT LARGE_PATH SMALL_PATH SLOW QUICK SECONDS
"""

import asyncio
import json
import multiprocessing
import select
import socket
import sys
import time

SLOW_RATE = 100_000  # bytes a second
PIECE = 20_000
PAUSE = 0.05  # A region has something to do between two requests.
BEFORE = 0.5  # The quick ones are there when the slow ones come.
RUSH = 1.0


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


class Slow:
    """Each takes its bytes evenly; the longest time that one waited for some, for the first ones as well, is its gap."""

    def __init__(self, port, path, seconds):
        self.port = port
        self.path = path
        self.end = time.monotonic() + seconds
        self.gaps = []
        self.failures = []

    async def one(self):
        try:
            # A small buffer, so that a slow client is slow for the server too, and not only for itself.
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 16)
            gap, last = 0.0, time.monotonic()
            writer.write(request(self.path))
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head[:20]:
                raise ConnectionError(head[:40])
            while time.monotonic() < self.end:
                piece = await reader.read(PIECE)
                if not piece:
                    raise ConnectionError("it ended early")
                gap = max(gap, time.monotonic() - last)
                await asyncio.sleep(len(piece) / SLOW_RATE)
                last = time.monotonic()
            self.gaps.append(gap)
            writer.transport.abort()
        except (OSError, asyncio.IncompleteReadError) as error:
            self.failures.append(repr(error))

    async def all(self, count):
        await asyncio.gather(*[self.one() for _ in range(count)])


def come(pipe, port, path, count, seconds):
    slow = Slow(port, path, seconds)
    asyncio.run(slow.all(count))
    pipe.send((slow.gaps, slow.failures))


class Quick:
    """Connections that each ask, wait for the whole answer, and pause."""

    def __init__(self, port, path, count):
        self.request = request(path)
        self.poll = select.epoll()
        self.sockets = {}
        self.waiting = {}
        self.received = {}
        self.failures = []
        self.times = []
        now = time.monotonic()
        self.due = []
        for number in range(count):
            connection = socket.create_connection(("127.0.0.1", port))
            self.sockets[connection.fileno()] = connection
            self.poll.register(connection, select.EPOLLIN)
            self.due.append((now + PAUSE * number / count, connection.fileno()))

    def run(self, end):
        while (now := time.monotonic()) < end:
            while self.due and self.due[0][0] <= now:
                _, number = self.due.pop(0)
                self.waiting[number], self.received[number] = time.monotonic(), b""
                self.sockets[number].send(self.request)
            for number, _ in self.poll.poll(min(PAUSE, max(0, self.due[0][0] - now)) if self.due else PAUSE):
                self.read(number)
        self.failures += ["no answer came"] * len(
            [began for began in self.waiting.values() if end - began > 5])

    def read(self, number):
        data = self.sockets[number].recv(1 << 16)
        self.received[number] += data
        if not data:
            self.failures.append("it was cut off")
            self.poll.unregister(number)
            return
        head, found, body = self.received[number].partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]):
            return
        now = time.monotonic()
        if b" 200 " not in head[:20]:
            self.failures.append(repr(head[:40]))
        self.times.append((self.waiting.pop(number), now))
        self.due.append((now + PAUSE, number))


def p99(times):
    times = sorted(times) or [float("inf")]
    return times[len(times) * 99 // 100]


def main():
    port, slow, count, seconds = int(sys.argv[1]), int(sys.argv[4]), int(sys.argv[5]), float(sys.argv[6])
    quick = Quick(port, sys.argv[3], count)
    ours, theirs = multiprocessing.Pipe()
    crowd = multiprocessing.get_context("fork").Process(target=come, args=(theirs, port, sys.argv[2], slow, seconds))
    quick.run(time.monotonic() + BEFORE)
    began = time.monotonic()
    crowd.start()
    quick.run(began + seconds)
    gaps, failures = ours.recv()
    crowd.join()
    for failure in set(failures + quick.failures):
        print(failure, file=sys.stderr)
    print(json.dumps({
        "failures": len(failures) + len(quick.failures), "gap": max(gaps, default=0.0), "requests": len(quick.times),
        "rush": p99([end - start for start, end in quick.times if began <= start < began + RUSH]),
        "p99": p99([end - start for start, end in quick.times if start >= began + RUSH])}))


main()
