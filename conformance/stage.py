"""What every conformance module stands on: checks that are counted, and a server of its own.

The operator's aws-cli and boto3 come from the Python that runs this; needs PODPASS_BIN.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BIN = os.environ["PODPASS_BIN"]
HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "examples"
VENV_BIN = str(pathlib.Path(sys.executable).parent)
counts = {"passed": 0, "failed": 0}


def check(name, holds, detail=""):
    counts["passed" if holds else "failed"] += 1
    print(f"ok      {name}" if holds else f"FAILED  {name}: {detail}")


class Server:
    """`podpass up` on free ports over one data directory."""

    def __init__(self, folder, *more):
        self.data = folder / "state"
        self.log = open(folder / "up.log", "ab")
        self.more = more
        self.start()

    def start(self):
        args = [BIN, "up", "-f", EXAMPLES / "reports.yaml", "-f", EXAMPLES / "load-balancer-controller.yaml"]
        args += ["--data-dir", self.data, "--api", "127.0.0.1:0", "--issuer", "127.0.0.1:0", *self.more]
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        for _ in range(1000):
            if self.cli("env", "--json").returncode == 0:
                break
            assert self.process.poll() is None, "podpass up ended; see up.log"
            time.sleep(0.05)
        self.variables = json.loads(self.cli("env", "--json").stdout)
        self.operator = {**os.environ, "PATH": f"{VENV_BIN}:{os.environ['PATH']}", **self.variables}
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"):
            self.operator.pop(name, None)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def cli(self, *args, **kwargs):
        command = [BIN, args[0], "--data-dir", str(self.data), *args[1:]]
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120, **kwargs)

    def aws(self, *args):
        return subprocess.run(["aws", *args], env=self.operator, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)

    def pod(self, namespace, account, *command, env=None):
        """A command as a service account's pod, with the operator's own AWS profile all around it."""
        around = {**os.environ, "PATH": f"{VENV_BIN}:{os.environ['PATH']}", "AWS_PROFILE": "operator", "AWS_ACCESS_KEY_ID": "AKIAOPERATOR0000000", "AWS_SECRET_ACCESS_KEY": "x", **(env or {})}
        return self.cli("run", "-n", namespace, "--sa", account, "--", *command, env=around)

    def boto(self, namespace, account, code):
        """Python code as a pod; `s3`, `sts` and `iam` are clients."""
        head = "import boto3, json, hashlib, io\nfrom botocore.exceptions import ClientError\ns3, sts, iam = (boto3.client(n) for n in ('s3', 'sts', 'iam'))\n"
        return self.pod(namespace, account, sys.executable, "-c", head + code)

    def operate(self, script, timeout=300):
        """Python code as the operator, root of the account; what conformance/judge.py has is imported."""
        code = "from judge import *\n" + script
        return subprocess.run([sys.executable, "-c", code], env={**self.operator, "PYTHONPATH": str(HERE)}, capture_output=True, text=True, timeout=timeout)


def main(name, run):
    """`run(server, folder)` over a server and a folder of its own; ends with status 1 when a check failed."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"podpass-{name}-"))
    server = Server(folder)
    try:
        run(server, folder)
    finally:
        if server.process.poll() is None:
            server.kill()
    if counts["failed"]:
        print((folder / "up.log").read_text()[-3000:])
    shutil.rmtree(folder, ignore_errors=True)
    print(f"{name}: {counts['passed']} passed, {counts['failed']} failed")
    sys.exit(1 if counts["failed"] else 0)
