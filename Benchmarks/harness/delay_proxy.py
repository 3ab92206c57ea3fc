"""A TCP proxy that adds a constant delay to each direction, as a long line does.

    python3 delay_proxy.py TARGET_PORT DELAY_MS [--handshake]

Prints its port. Every chunk is passed on DELAY_MS after it came, in order; chunks do not wait for each other. The
kernel answers a connect itself, at once; with --handshake the first bytes of a connection wait as long as a real
handshake over such a line takes, one delay each way.
"""

import asyncio
import collections
import socket
import sys

CHUNK = 256 * 1024


class Direction(asyncio.Protocol):
    """One side of a connection: what it receives goes to the other side, later."""

    def __init__(self, delay):
        self.delay = delay
        self.loop = asyncio.get_running_loop()
        self.peer = None
        self.transport = None
        self.not_before = 0.0
        self.waiting = collections.deque()
        self.timer = None

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data):
        self.later(data)

    def eof_received(self):
        self.later(None)
        return True

    def connection_lost(self, error):
        self.later(None)

    def later(self, data):
        # A later chunk never has an earlier time, so that the head of the queue is always the next one.
        self.not_before = max(self.not_before, self.loop.time() + self.delay)
        self.waiting.append((self.not_before, data))
        if self.timer is None:
            self.timer = self.loop.call_at(self.not_before, self.pass_on)

    def pass_on(self):
        self.timer = None
        target = self.peer.transport if self.peer else None
        if target is None:
            # The connection to the target is not there yet.
            self.timer = self.loop.call_later(0.001, self.pass_on)
            return
        # epoll counts in milliseconds and rounds up, so what is due within half of one is due.
        now = self.loop.time() + 0.0005
        while self.waiting and self.waiting[0][0] <= now:
            data = self.waiting.popleft()[1]
            if target.is_closing():
                continue
            if data is not None:
                target.write(data)
            elif target.can_write_eof():
                try:
                    target.write_eof()
                except OSError:
                    pass
                if self.transport.is_closing() or self.peer.done:
                    target.close()
                    self.transport.close()
                self.done = True
        if self.waiting:
            self.timer = self.loop.call_at(self.waiting[0][0], self.pass_on)

    done = False


class Accepted(Direction):
    def __init__(self, delay, port, handshake):
        super().__init__(delay)
        self.port = port
        self.handshake = handshake

    def connection_made(self, transport):
        super().connection_made(transport)
        if self.handshake:
            self.not_before = self.loop.time() + 3 * self.delay
        self.opening = self.loop.create_task(self.open())

    async def open(self):
        try:
            _, outward = await self.loop.create_connection(lambda: Direction(self.delay), "127.0.0.1", self.port)
        except OSError:
            self.transport.abort()
            return
        outward.peer = self
        self.peer = outward


async def main():
    port, delay = int(sys.argv[1]), float(sys.argv[2]) / 1000
    handshake = "--handshake" in sys.argv[3:]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Accepted(delay, port, handshake), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
