"""Downloads, resumes and revalidates with httpx. Arguments: an item's URL and a document's."""

import hashlib
import sys

import httpx

item, document = sys.argv[1:]
with httpx.Client(timeout=20) as client:
    digest = hashlib.sha256()
    first = b""
    with client.stream("GET", item) as whole:
        for piece in whole.iter_bytes():
            digest.update(piece)
            first = first or piece
    print("item", whole.status_code, digest.hexdigest())

    tag = whole.headers["ETag"]
    rest = client.get(item, headers={"Range": f"bytes={len(first)}-", "If-Range": tag})
    print("resumed", rest.status_code, hashlib.sha256(first + rest.content).hexdigest())

    again = client.get(item, headers={"If-None-Match": tag})
    print("again", again.status_code, len(again.content))

    text = client.get(document)
    print("document", text.status_code, hashlib.sha256(text.content).hexdigest())
    print("coding", text.headers.get("Content-Encoding"))
