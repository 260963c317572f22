"""The AWS SDKs for Go, Java, JavaScript and Rust as judges: each a small program in conformance/sdk, run as a pod by
`podpass run` from nothing but the pod's environment. What they say is held against the server's own record of decisions.

Run by `cargo xtask test`; needs PODPASS_BIN, a Python with awscli, and the programs as JSON: {"go": ["/path/to/judge"], ...}.
"""
import json
import re
import sys
import time
import urllib.request

from stage import EXAMPLES, check, main

BODY = "quarter,total\n"
ARN = "arn:aws:sts::000000000000:assumed-role/reporting/"
# The name that each SDK gives a session for which the pod names none.
SESSION = {"go": r"\d+", "java": r"aws-sdk-java-\d+", "js": r"aws-sdk-js-session-\d+", "rust": r"web-identity-token-\d+"}
# Exchanges that a program needs: one a credentials cache, and one more for each refresh.
EXCHANGES = {"go": 2, "java": 4, "js": 4, "rust": 4}
# How each sends what it can read only once.
STREAMS = {"go": ["parts", "unsigned"], "java": ["trailer", "unknown"], "js": ["trailer", "parts"], "rust": ["trailer"]}
# Uploads of each that are refused, with bodies that the server does not want to read.
UPLOADS = {"go": 40, "java": 10, "js": 10, "rust": 10}


def stage(server, folder):
    """One role that reads and lists `reports` and writes below its `inbox/`, and a bucket that it may not read."""
    issuer = server.variables["PODPASS_ISSUER"]
    trust = (EXAMPLES / "reporting-trust.json").read_text().replace("localhost:4567", issuer.removeprefix("https://"))
    inbox = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:PutObject", "s3:AbortMultipartUpload"], "Resource": "arn:aws:s3:::reports/inbox/*"}}
    (folder / "q1.csv").write_text(BODY)
    for words in (
        ["iam", "create-open-id-connect-provider", "--url", issuer, "--client-id-list", "sts.amazonaws.com"],
        ["iam", "create-role", "--role-name", "reporting", "--assume-role-policy-document", trust],
        ["iam", "put-role-policy", "--role-name", "reporting", "--policy-name", "reports", "--policy-document", f"file://{EXAMPLES / 'reporting-policy.json'}"],
        ["iam", "put-role-policy", "--role-name", "reporting", "--policy-name", "inbox", "--policy-document", json.dumps(inbox)],
        ["s3", "mb", "s3://reports"],
        ["s3", "mb", "s3://payroll"],
        ["s3", "cp", str(folder / "q1.csv"), "s3://reports/q1.csv"],
    ):
        done = server.aws(*words)
        assert done.returncode == 0, done.stderr


def decisions(server):
    """Every decision so far, in the order of the log, which is written a moment after the answers: waits until it rests."""
    seen, lines = -1, []
    while len(lines) != seen:
        seen = len(lines)
        time.sleep(0.5)
        lines = [line for file in sorted(server.data.glob("decisions/*.jsonl")) for line in file.read_text().splitlines()]
    return [json.loads(line) for line in lines]


def judge(server, name, command):
    before = len(decisions(server))
    key = f"inbox/{name}"
    done = server.pod("reports", "reporting", *command, "reports", key, "payroll")
    said = json.loads(done.stdout) if done.returncode == 0 else {}
    check(f"{name}: the program ends well", done.returncode == 0, (done.stdout + done.stderr)[:3000])
    if not said:
        return
    session = re.compile(re.escape(ARN) + SESSION[name])
    check(f"{name}: GetCallerIdentity shows the role and a session of the SDK's naming", session.fullmatch(said["arn"]), said["arn"])
    check(f"{name}: PutObject and GetObject give back the bytes", said["written"] is True, said)
    stored = server.aws("s3", "cp", f"s3://reports/{key}", "-")
    check(f"{name}: the operator reads what was written", stored.stdout.startswith("written by the ") and stored.stdout.count("\n") == 1, stored.stdout + stored.stderr)
    check(f"{name}: ListObjectsV2 shows what is there", {key, "q1.csv"} <= set(said["listed"]), said["listed"])
    check(f"{name}: the other bucket is AccessDenied, 403", said["refused"] == {"code": "AccessDenied", "status": 403}, said["refused"])
    check(f"{name}: streams are whole: {', '.join(STREAMS[name])}", said["streamed"] == STREAMS[name], said["streamed"])
    presigned = said["presigned"]
    if isinstance(presigned, str):
        presigned = urllib.request.urlopen(presigned, timeout=60).read() == stored.stdout.encode()
    check(f"{name}: a presigned URL is served", presigned is True, said["presigned"])
    denials = [one for one in said["uploads"] if one != {"code": "AccessDenied", "status": 403}]
    check(f"{name}: each of {UPLOADS[name]} refused uploads hears AccessDenied, 403", len(said["uploads"]) == UPLOADS[name] and not denials, denials)
    check(f"{name}: each refresh brings another access key", len(set(said["keys"])) == len(said["keys"]) >= 2, said["keys"])
    check(f"{name}: the refreshed session is the role's, and another one", session.fullmatch(said["refreshed"]) and said["refreshed"] != said["arn"], said["refreshed"])

    seen = decisions(server)[before:]
    exchanges = [one for one in seen if one["operation"] == "sts:AssumeRoleWithWebIdentity"]
    calls = [one for one in seen if one["operation"] in ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:ListObjectsV2")]
    minted = [one["who"].get("accessKeyId") for one in exchanges if one["outcome"] == "allowed"]
    check(f"{name}: {EXCHANGES[name]} exchanges, none refused", len(minted) == len(exchanges) == EXCHANGES[name], [one["outcome"] for one in exchanges])
    check(f"{name}: the keys it shows are keys that were minted for it", set(said["keys"]) <= set(minted), (said["keys"], minted))
    used = {one["who"].get("accessKeyId") for one in calls if one["outcome"] == "allowed"}
    check(f"{name}: S3 took calls under every key it shows", set(said["keys"]) <= used, (said["keys"], used))
    denied = [(one["operation"], one["link"]) for one in seen if one["outcome"] == "denied"]
    wanted = [("s3:GetObject", "permissions")] + [("s3:PutObject", "permissions")] * UPLOADS[name]
    check(f"{name}: a denial for each refusal, over permissions", denied == wanted, denied)


def run(server, folder):
    stage(server, folder)
    for name, program in json.loads(sys.argv[1]).items():
        judge(server, name, program)


main("sdks", run)
