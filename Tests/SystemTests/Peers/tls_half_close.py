"""Asks for a file over TLS, ends its own side in the middle of the answer, and prints how many bytes came in all, and of
which values.

usage: tls_half_close.py HOST PORT PATH CERTIFICATE VERSION (fin | notify)
fin: a FIN without close_notify. notify: close_notify, then FIN.
"""

import socket
import ssl
import sys

host, port, path, certificate, version, ending = sys.argv[1:]
context = ssl.create_default_context(cafile=certificate)
context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
session = context.wrap_bio(incoming, outgoing, server_hostname=host)
wire = socket.socket()
# Most of the answer is still on the server when this side ends.
wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
wire.settimeout(20)
wire.connect((host, int(port)))


def send():
    # Not even nothing can be sent once this side has ended.
    if outgoing.pending:
        wire.sendall(outgoing.read())


def step(action):
    """Repeats an action of the session until the network gave it what it wants; None at the end of the network."""
    while True:
        try:
            result = action()
            send()
            return result
        except ssl.SSLWantReadError:
            send()
            data = wire.recv(65536)
            if not data:
                return None
            incoming.write(data)


step(session.do_handshake)
request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
step(lambda: session.write(request.encode()))
received = bytearray(step(lambda: session.read(1024)))
try:
    # What has come is read first: OpenSSL takes data for an error while it waits for the other side's close_notify.
    while ending == "notify":
        received += session.read(65536)
except ssl.SSLWantReadError:
    pass
if ending == "notify":
    try:
        session.unwrap()
    except ssl.SSLWantReadError:
        pass
    send()
wire.shutdown(socket.SHUT_WR)
while True:
    try:
        data = step(lambda: session.read(65536))
    except (ssl.SSLZeroReturnError, ConnectionResetError):
        break
    if not data:
        break
    received += data
body = received.partition(b"\r\n\r\n")[2]
print(len(body), *sorted(set(body)))
