"""Downloads, resumes and revalidates with aiohttp, as MAAS 3.5 and later fetch. Arguments: an item's URL and a document's."""

import asyncio
import hashlib
import sys

import aiohttp

item, document = sys.argv[1:]


async def main():
    async with aiohttp.ClientSession() as session:
        # As MAAS does it: in chunks, without asking for a coding.
        digest = hashlib.sha256()
        first = b""
        async with session.get(item, chunked=True) as whole:
            async for piece in whole.content.iter_chunked(65536):
                digest.update(piece)
                first = first or piece
            tag = whole.headers["ETag"]
        print("item", whole.status, digest.hexdigest())

        async with session.get(item, headers={"Range": f"bytes={len(first)}-", "If-Range": tag}) as rest:
            print("resumed", rest.status, hashlib.sha256(first + await rest.read()).hexdigest())

        async with session.get(item, headers={"If-None-Match": tag}) as again:
            print("again", again.status, len(await again.read()))

        async with session.get(document) as text:
            print("document", text.status, hashlib.sha256(await text.read()).hexdigest())
            print("coding", text.headers.get("Content-Encoding"))


asyncio.run(main())
