"""S3 by the clients that people use, each script twice: as a pod, from nothing but the pod's environment, and as the operator.

Run by `cargo xtask test`; needs PODPASS_BIN, a Python with boto3 and awscli, and as argument the folder of the programs of another one with s3fs,
pandas, pyarrow, rclone, s3cmd and s5cmd, where it could be had.
"""
import json
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from stage import EXAMPLES, check, counts, main  # noqa: E402


def role(server):
    """What the pod's service account may do: all of S3 in buckets of its own."""
    issuer = server.variables["PODPASS_ISSUER"]
    trust = (EXAMPLES / "reporting-trust.json").read_text().replace("localhost:4567", issuer.removeprefix("https://"))
    own = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::pod-*", "arn:aws:s3:::pod-*/*"]},
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
    ]
    for words in (
        ["iam", "create-open-id-connect-provider", "--url", issuer, "--client-id-list", "sts.amazonaws.com"],
        ["iam", "create-role", "--role-name", "reporting", "--assume-role-policy-document", trust],
        ["iam", "put-role-policy", "--role-name", "reporting", "--policy-name", "own", "--policy-document", json.dumps({"Version": "2012-10-17", "Statement": own})],
    ):
        done = server.aws(*words)
        assert done.returncode == 0, done.stderr


def script(server, who, python, name, *words):
    """One script inside one identity; each of its lines is a check of ours."""
    begin = time.monotonic()
    command = [python, str(HERE / f"{name}.py"), f"{who}-{name.replace('_', '-')}", *words]
    if who == "pod":
        done = server.pod("reports", "reporting", *command)
    else:
        done = subprocess.run(command, env=server.operator, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
    lines = done.stdout.splitlines()
    for line in lines:
        if line.startswith(("ok      ", "FAILED  ")):
            counts["passed" if line.startswith("ok") else "failed"] += 1
            line = f"{line[:8]}{who}, {name}: {line[8:]}"
        print(line)
    ends = 0 if lines and not any(line.startswith("FAILED") for line in lines) else 1
    check(f"{who}, {name}: {len(lines)} checks in {time.monotonic() - begin:.0f} s", done.returncode == ends and lines, done.stderr[-3000:])


def run(server, folder):
    role(server)
    only, bin = set(sys.argv[2:]), sys.argv[1] if len(sys.argv) > 1 else ""
    for who, signed in (("pod", "v4"), ("operator", "v2")):
        scripts = [(sys.executable, "awscli", signed), (sys.executable, "boto_objects"), (sys.executable, "boto_rules", signed)]
        if bin:
            scripts += [(sys.executable, "tools", bin), (f"{bin}/python", "frames")]
        for python, name, *words in scripts:
            if not only or name in only:
                script(server, who, python, name, *words)


main("s3", run)
