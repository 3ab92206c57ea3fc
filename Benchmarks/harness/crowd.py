"""A crowd of clients on loopback, as a process of its own: slow ones that download, and quick ones that ask for small
files again and again. Prints one line of JSON.

    crowd.py PORT LARGE_PATH SMALL_PATH SLOW QUICK SECONDS
"""

import asyncio
import json
import sys
import time

SLOW_RATE = 100_000  # bytes a second
PIECE = 20_000


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


class Crowd:
    def __init__(self, port, large, small, seconds):
        self.port = port
        self.large = large
        self.small = small
        self.end = time.monotonic() + seconds
        self.failures = 0
        self.gaps = []
        self.times = []

    async def connect(self):
        # Small windows, so that a slow client is slow for the server too, and not only for itself.
        return await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 16)

    async def slow(self):
        """Takes its bytes evenly; the longest time that it stood still is its gap."""
        try:
            reader, writer = await self.connect()
            writer.write(request(self.large))
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head[:20]:
                raise ConnectionError(head[:40])
            gap, last = 0.0, time.monotonic()
            while time.monotonic() < self.end:
                piece = await reader.read(PIECE)
                if not piece:
                    raise ConnectionError("it ended early")
                now = time.monotonic()
                gap, last = max(gap, now - last), now
                await asyncio.sleep(len(piece) / SLOW_RATE)
                last = time.monotonic()
            self.gaps.append(gap)
            writer.transport.abort()
        except (OSError, asyncio.IncompleteReadError) as error:
            self.failures += 1
            print(f"slow client: {error!r}", file=sys.stderr)

    async def quick(self):
        try:
            reader, writer = await self.connect()
            while time.monotonic() < self.end:
                began = time.monotonic()
                writer.write(request(self.small))
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                self.times.append(time.monotonic() - began)
                # A region has something to do between two requests.
                await asyncio.sleep(0.05)
            writer.transport.abort()
        except (OSError, asyncio.IncompleteReadError, IndexError) as error:
            self.failures += 1
            print(f"quick client: {error!r}", file=sys.stderr)


async def main():
    port, slow, quick, seconds = int(sys.argv[1]), int(sys.argv[4]), int(sys.argv[5]), float(sys.argv[6])
    crowd = Crowd(port, sys.argv[2], sys.argv[3], seconds)
    await asyncio.gather(*[crowd.slow() for _ in range(slow)], *[crowd.quick() for _ in range(quick)])
    times = sorted(crowd.times) or [float("inf")]
    print(json.dumps({
        "failures": crowd.failures, "gap": max(crowd.gaps, default=0.0), "requests": len(crowd.times),
        "median": times[len(times) // 2], "p99": times[len(times) * 99 // 100]}))


asyncio.run(main())
