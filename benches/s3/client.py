"""A client of S3 that is as little as it can be: one connection that is kept, requests signed by SigV4, nothing but the standard library.
"""
import datetime
import hashlib
import hmac
import socket
import urllib.parse

UNSIGNED = "UNSIGNED-PAYLOAD"
REGION = "us-east-1"


class Client:
    def __init__(self, url, access_key, secret, token=None):
        parts = urllib.parse.urlsplit(url)
        self.address, self.host = (parts.hostname, parts.port), parts.netloc
        self.url, self.keys = url, (access_key, secret, token)
        self.day, self.signing_key = None, None
        self.buffer = bytearray(1 << 20)
        self.connect()

    def again(self):
        """The same identity over a connection of its own."""
        return Client(self.url, *self.keys)

    def connect(self):
        self.socket = socket.create_connection(self.address, timeout=600)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, method, path, query="", body=b"", payload=None, expect=200, drop=False):
        """Status, head and body; with `drop` the body's length. A body may be (block, size): the block again and again."""
        block, size = body if isinstance(body, tuple) else (body, len(body))
        payload = payload or hashlib.sha256(block).hexdigest()
        head = self.head(method, path, query, payload, size)
        if size <= 64 << 10:
            self.socket.sendall(head + block)
        else:
            self.socket.sendall(head)
            left = size
            while left:
                part = memoryview(block)[: min(len(block), left)]
                self.socket.sendall(part)
                left -= len(part)
        return self.answer(method, expect, drop)

    def head(self, method, path, query, payload, size):
        access_key, secret, token = self.keys
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        if day != self.day:
            key = f"AWS4{secret}".encode()
            for word in (day, REGION, "s3", "aws4_request"):
                key = hmac.digest(key, word.encode(), "sha256")
            self.day, self.signing_key = day, key
        signed = [("host", self.host), ("x-amz-content-sha256", payload), ("x-amz-date", stamp)]
        if token:
            signed.append(("x-amz-security-token", token))
        names = ";".join(name for name, _ in signed)
        fields = "".join(f"{name}:{value}\n" for name, value in signed)
        canonical = f"{method}\n{path}\n{query}\n{fields}\n{names}\n{payload}"
        scope = f"{day}/{REGION}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self.signing_key, text.encode(), "sha256").hex()
        lines = [f"{method} {path}{'?' + query if query else ''} HTTP/1.1", *(f"{name}: {value}" for name, value in signed)]
        lines.append(f"authorization: AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}")
        if method == "PUT":
            lines.append(f"content-length: {size}")
        return "\r\n".join([*lines, "", ""]).encode()

    def answer(self, method, expect, drop):
        data = bytearray()
        while (end := data.find(b"\r\n\r\n")) < 0:
            got = self.socket.recv(1 << 16)
            if not got:
                raise ConnectionError("closed before the answer")
            data += got
        head, rest = bytes(data[:end]).decode("latin-1"), data[end + 4 :]
        status = int(head.split(" ", 2)[1])
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])}
        if method == "HEAD" or status in (204, 304):
            body = b""
        elif fields.get("transfer-encoding") == "chunked":
            body = self.chunks(rest)
        else:
            body = self.read(rest, int(fields.get("content-length", 0)), drop)
        if status != expect:
            raise AssertionError(f"{status} is not {expect}: {head}\n{body[:500] if not drop else ''}")
        if fields.get("connection", "").lower() == "close":
            self.socket.close()
            self.connect()
        return status, fields, body

    def read(self, rest, length, drop):
        if drop:
            got = len(rest)
            while got < length:
                more = self.socket.recv_into(self.buffer)
                if not more:
                    raise ConnectionError("closed before the end")
                got += more
            return got
        while len(rest) < length:
            more = self.socket.recv(min(1 << 20, length - len(rest)))
            if not more:
                raise ConnectionError("closed before the end")
            rest += more
        return bytes(rest)

    def chunks(self, rest):
        body = bytearray()
        while True:
            while (end := rest.find(b"\r\n")) < 0:
                rest += self.socket.recv(1 << 16)
            size = int(bytes(rest[:end]).split(b";")[0], 16)
            while len(rest) < end + 2 + size + 2:
                rest += self.socket.recv(1 << 16)
            body += rest[end + 2 : end + 2 + size]
            rest = rest[end + 2 + size + 2 :]
            if not size:
                return bytes(body)
