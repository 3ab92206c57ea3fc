"""Downloads, resumes and revalidates with requests. Arguments: an item's URL and a document's."""

import hashlib
import sys

import requests

item, document = sys.argv[1:]
session = requests.Session()

whole = session.get(item, timeout=20)
print("item", whole.status_code, hashlib.sha256(whole.content).hexdigest())

half = len(whole.content) // 2
tag = whole.headers["ETag"]
rest = session.get(item, headers={"Range": f"bytes={half}-", "If-Range": tag}, timeout=20)
resumed = whole.content[:half] + rest.content
print("resumed", rest.status_code, hashlib.sha256(resumed).hexdigest())

again = session.get(item, headers={"If-None-Match": tag}, timeout=20)
print("again", again.status_code, len(again.content))

text = session.get(document, timeout=20)
print("document", text.status_code, hashlib.sha256(text.content).hexdigest())
print("coding", text.headers.get("Content-Encoding"))
