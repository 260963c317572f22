"""Signs generated requests with botocore's own signers; a line of JSON for each, for botocore_signer.rs."""
import base64
import datetime
import json
import random
import sys

import botocore
import botocore.auth as auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = 1440938160
MOMENT = datetime.datetime(2015, 8, 30, 12, 36, 0)


auth.get_current_datetime = lambda remove_tzinfo=True: MOMENT

draw = random.Random(int(sys.argv[1]))
LETTERS = "abcXYZ019 ~!*'()+,;=:@/?&%$#[]\\^`{|}<>\"-._éß語😀"


def text(most, letters=LETTERS):
    return "".join(draw.choice(letters) for _ in range(draw.randint(1, most)))


def quote(value, safe=""):
    from urllib.parse import quote as encode

    return encode(value, safe=safe + "-_.~")


def write(kind, method, target, headers, body):
    print(json.dumps({
        "kind": kind,
        "method": method,
        "target": target,
        "headers": headers,
        "body": base64.b64encode(body).decode(),
    }))


def target_of(request, url):
    return url[len("https://s3.localhost"):]


def request(method, target, body):
    made = AWSRequest(method=method, url="https://s3.localhost" + target, data=body)
    for _ in range(draw.randint(0, 4)):
        made.headers["x-amz-meta-" + text(8, "abcdefgh-019")] = text(30, "abc  XYZ,;='\"/é")
    if draw.random() < 0.3:
        made.headers["Content-Type"] = "text/plain; charset=utf-8"
    return made


def sent_headers(made):
    # A name may stand more often than once: assigning one adds it.
    return [["Host", "s3.localhost"]] + [[name, str(value)] for name, value in made.headers.items()]


def credentials():
    token = text(60, "abcXYZ019+/=") if draw.random() < 0.5 else None
    return Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)


print(json.dumps({"kind": "version", "version": botocore.__version__}))
for _ in range(int(sys.argv[2])):
    key, body = text(40), bytes(draw.randrange(256) for _ in range(draw.randint(0, 80)))
    words = "&".join(quote(text(8)) + "=" + quote(text(20)) for _ in range(draw.randint(0, 4)))
    target = "/bucket/" + quote(key, "/") + ("?" + words if words else "")
    method = draw.choice(["GET", "PUT", "HEAD", "DELETE", "POST"])

    made = request(method, target, body)
    made.context["payload_signing_enabled"] = True
    auth.S3SigV4Auth(credentials(), "s3", "us-east-1").add_auth(made)
    write("s3", method, target_of(made, made.url), sent_headers(made), body)

    made = request("POST", "/", body)
    auth.SigV4Auth(credentials(), "sts", "us-east-1").add_auth(made)
    write("sts", "POST", "/", sent_headers(made), body)

    made = request(method, target, b"")
    auth.S3SigV4QueryAuth(credentials(), "s3", "us-east-1", expires=draw.randint(1, 604800)).add_auth(made)
    write("presigned", method, target_of(made, made.url), sent_headers(made), b"")

    made = AWSRequest(method="POST", url="https://s3.localhost/bucket")
    made.context["s3-presign-post-fields"] = {"key": key}
    made.context["s3-presign-post-policy"] = {
        "expiration": "2015-08-30T13:36:00Z",
        "conditions": [{"key": key}, ["content-length-range", 0, draw.randint(1, 10**9)]],
    }
    auth.S3SigV4PostAuth(credentials(), "s3", "us-east-1").add_auth(made)
    write("post", "POST", "/bucket", list(made.context["s3-presign-post-fields"].items()), b"")
