"""What every client script here stands on: checks that are printed, refusals by code and status, and odd keys.

A script runs inside an identity (a pod by `podpass run`, or the operator) and knows nothing but its environment; run.py counts its lines.
"""
import base64
import hashlib
import http.client
import os
import sys
import traceback
import urllib.parse

# Each has broken a client or a store before.
ODD_KEYS = [
    "a+b",
    "a b",
    "a",
    "/x",
    "//x",
    "./..",
    "../up",
    "folder/",
    "folder//",
    "a/b",
    "a%20b",
    "a%2Fb",
    "&<>\"'",
    "quarter=1?x#y;z",
    "back\\slash",
    "größe/日本/😀",
    "e\u0301",
    "tab\tand\u007f",
    "k" * 1024,
    "ä" * 512,
]
failed = 0


def check(name, holds, detail=""):
    global failed
    failed += not holds
    print(f"ok      {name}" if holds else f"FAILED  {name}: {str(detail)[:1500]!r}", flush=True)


def same(name, found, wanted):
    check(name, found == wanted, f"{found!r} is not {wanted!r}")


def refused(name, code, status, call, text=None, **words):
    """The boto3 call ends in this code and status, with a request id, and with this text where one is given."""
    from botocore.exceptions import ClientError

    try:
        found = call(**words)
    except ClientError as error:
        answer, meta = error.response.get("Error", {}), error.response["ResponseMetadata"]
        holds = (answer.get("Code"), meta["HTTPStatusCode"]) == (code, status) and bool(meta.get("RequestId"))
        check(name, holds and (text is None or text in answer.get("Message", "")), f"{error.response} is not {code} {status}")
    else:
        check(name, False, f"served: {found}")


def fetch(url, method="GET", body=None, headers=None):
    """One plain HTTP request, by no AWS client: status, headers in lower case, body."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def crc(data, polynomial, width):
    """A reflected CRC, with all bits set at both ends."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        table.append(value)
    ones = (1 << width) - 1
    found = ones
    for byte in data:
        found = (found >> 8) ^ table[(found ^ byte) & 0xFF]
    return (found ^ ones).to_bytes(width // 8, "big")


# Written out, so that they are not the client's own.
CHECKSUMS = {
    "CRC32": lambda data: crc(data, 0xEDB88320, 32),
    "CRC32C": lambda data: crc(data, 0x82F63B78, 32),
    "CRC64NVME": lambda data: crc(data, 0x9A6C9329AC4BC9B5, 64),
    "SHA1": lambda data: hashlib.sha1(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
}


def b64(data):
    return base64.b64encode(data).decode()


def etag(*parts):
    """The ETag of an object of one body, or of these parts."""
    if len(parts) == 1 and not isinstance(parts[0], list):
        return f'"{hashlib.md5(parts[0]).hexdigest()}"'
    parts = parts[0] if isinstance(parts[0], list) else parts
    digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    return f'"{digest}-{len(parts)}"'


def endpoint():
    return os.environ["AWS_ENDPOINT_URL"]


def run(*sections):
    """Each section; one that breaks off is a failed check, and the next ones are still run."""
    for section in sections:
        try:
            section()
        except Exception:
            check(f"{section.__name__.replace('_', ' ')} ends", False, traceback.format_exc()[-1500:])
    sys.exit(1 if failed else 0)
