"""What S3 costs: CPU time of the server's process per operation, podpass beside versitygw over the same disk in one run.

Run by `cargo xtask bench s3 [quick | large]`; needs PODPASS_BIN (a release build), VERSITYGW, and a Python with boto3. Both are asked by the same
requests over one warm connection; each keeps what it calls durable. `large` is a PUT and a GET of 5 GiB, and the memory that they took.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "conformance"))

import boto3  # noqa: E402
from client import UNSIGNED, Client  # noqa: E402
from stage import EXAMPLES, Server  # noqa: E402

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
TICK = os.sysconf("SC_CLK_TCK")
BUCKET, FORBIDDEN = "bench", "forbidden"


class Process:
    """What the kernel knows of a server."""

    def __init__(self, pid):
        self.pid = pid

    def cpu(self):
        """User and system time so far, in seconds."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self, field="VmHWM"):
        """Its most (VmHWM) or present (VmRSS) memory, in MiB."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE)[1]) / 1024


class Podpass:
    name = "podpass"

    def __init__(self, folder):
        os.environ["PODPASS_LOG"] = "error"
        self.server = Server(folder)
        self.process = Process(self.server.process.pid)
        variables = self.server.variables
        self.root = Client(variables["AWS_ENDPOINT_URL"], variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"])
        # Asked by a role's session, as a pod asks.
        iam, sts = (boto3.client(name, endpoint_url=variables["AWS_ENDPOINT_URL"], region_name="us-east-1", aws_access_key_id=variables["AWS_ACCESS_KEY_ID"], aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"]) for name in ("iam", "sts"))
        issuer = variables["PODPASS_ISSUER"]
        iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["sts.amazonaws.com"])
        trust = (EXAMPLES / "reporting-trust.json").read_text().replace("localhost:4567", issuer.removeprefix("https://"))
        arn = iam.create_role(RoleName="reporting", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}]}
        iam.put_role_policy(RoleName="reporting", PolicyName="bench", PolicyDocument=json.dumps(policy))
        token = self.server.cli("token", "-n", "reports", "reporting").stdout.strip()
        held = sts.assume_role_with_web_identity(RoleArn=arn, RoleSessionName="bench", WebIdentityToken=token)["Credentials"]
        self.client = Client(variables["AWS_ENDPOINT_URL"], held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"])
        self.refused = self.client
        for bucket in (BUCKET, FORBIDDEN):
            self.root.call("PUT", f"/{bucket}")
        self.root.call("PUT", f"/{FORBIDDEN}/key", body=b"no")

    def stop(self):
        self.server.stop()


class Versitygw:
    name = "versitygw"

    def __init__(self, folder):
        program = os.environ["VERSITYGW"]
        (folder / "data").mkdir(parents=True)
        (folder / "iam").mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        url, keys = f"http://127.0.0.1:{port}", ("benchroot", "benchsecret")
        self.log = open(folder / "log", "wb")
        words = [program, "--port", f"127.0.0.1:{port}", "--access", keys[0], "--secret", keys[1], "--keep-alive", "--quiet", "--iam-dir", str(folder / "iam"), "posix", str(folder / "data")]
        self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.process = Process(self.child.pid)
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert self.child.poll() is None, "versitygw ended"
            time.sleep(0.05)
        self.root = self.client = Client(url, *keys)
        made = subprocess.run([program, "admin", "--access", keys[0], "--secret", keys[1], "--endpoint-url", url, "create-user", "--access", "nobody", "--secret", "nobodysecret", "--role", "user"], capture_output=True, text=True)
        assert made.returncode == 0, made.stdout + made.stderr
        self.refused = Client(url, "nobody", "nobodysecret")
        for bucket in (BUCKET, FORBIDDEN):
            self.root.call("PUT", f"/{bucket}")
        self.root.call("PUT", f"/{FORBIDDEN}/key", body=b"no")

    def stop(self):
        self.child.terminate()
        self.child.wait(60)
        self.log.close()


def timed(process, call, least, most_seconds=20):
    """CPU and wall time of one call, over at least so many, until the clock's ticks are fine enough."""
    for number in range(min(100, least // 4)):
        call(number)
    begin, cpu, done = time.monotonic(), process.cpu(), 0
    while True:
        for number in range(done, done + max(1, least // 4)):
            call(number)
        done += max(1, least // 4)
        spent, wall = process.cpu() - cpu, time.monotonic() - begin
        if done >= least and (spent >= 2.0 or wall >= most_seconds):
            return spent / done, wall / done, done


def fill(server, keys):
    """So many empty objects, a thousand below each prefix, by eight connections."""
    def some(start):
        client = server.client.again()
        for number in range(start, keys, 8):
            client.call("PUT", f"/{BUCKET}/many/{number // 1000:04}/{number % 1000:03}")
    threads = [threading.Thread(target=some, args=(start,)) for start in range(8)]
    begin, cpu = time.monotonic(), server.process.cpu()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # By now the idle one may have been closed.
    server.client.connect()
    return (server.process.cpu() - cpu) / keys, (time.monotonic() - begin) / keys, keys


def cases(server, keys):
    small, large = os.urandom(4 * KIB), os.urandom(64 * MIB)
    client, refused, process = server.client, server.refused, server.process
    client.call("PUT", f"/{BUCKET}/small", body=small)
    client.call("PUT", f"/{BUCKET}/large", body=large, payload=UNSIGNED)
    found = {}
    def case(name, call, least):
        found[name] = (*timed(process, call, least), process.memory())
        print(f"{server.name:<10} {name:<34} {found[name][0] * 1e6:>12.1f} us of CPU {found[name][1] * 1e6:>12.1f} us  {found[name][2]:>7} times, peak {found[name][3]:.0f} MiB", flush=True)
    assert client.call("GET", f"/{BUCKET}/small")[2] == small
    case("GET of 4 KiB", lambda _: client.call("GET", f"/{BUCKET}/small"), 4000)
    case("HEAD", lambda _: client.call("HEAD", f"/{BUCKET}/small"), 4000)
    case("denied GET", lambda _: refused.call("GET", f"/{FORBIDDEN}/key", expect=403), 4000)
    case("PUT of 4 KiB", lambda number: client.call("PUT", f"/{BUCKET}/puts/{number % 100}", body=small), 2000)
    case("GET of 64 MiB", lambda _: client.call("GET", f"/{BUCKET}/large", drop=True), 12)
    case("PUT of 64 MiB, signed payload", lambda _: client.call("PUT", f"/{BUCKET}/big", body=large), 8)
    case("PUT of 64 MiB, unsigned payload", lambda _: client.call("PUT", f"/{BUCKET}/big", body=large, payload=UNSIGNED), 8)
    made = fill(server, keys)
    found["PUT of an empty object, 8 at once"] = (*made, process.memory())
    print(f"{server.name:<10} {keys} empty objects: {made[0] * 1e6:.1f} us of CPU each, {made[1] * keys:.0f} s", flush=True)
    after = urllib.parse.quote(f"many/{keys // 4000:04}/500", safe="")
    query = f"list-type=2&max-keys=1000&start-after={after}"
    listed = client.call("GET", f"/{BUCKET}", query=query)[2]
    assert listed.count(b"<Key>") == 1000, listed[:500]
    case(f"list 1,000 of {keys:,}", lambda _: client.call("GET", f"/{BUCKET}", query=query), 40)
    delimited = "delimiter=%2F&list-type=2&prefix=many%2F"
    listed = client.call("GET", f"/{BUCKET}", query=delimited)[2]
    assert listed.count(b"<CommonPrefixes>") == min(1000, -(-keys // 1000)), listed[:500]
    case(f"list {min(1000, -(-keys // 1000))} prefixes of them", lambda _: client.call("GET", f"/{BUCKET}", query=delimited), 40)
    return found


def table(ours, theirs):
    def shown(seconds):
        return f"{seconds * 1e6:,.0f} us" if seconds < 5e-3 else f"{seconds * 1e3:,.1f} ms"
    print("\n| operation | podpass, CPU | versitygw, CPU | versitygw / podpass | wall time, podpass / versitygw |\n|---|---|---|---|---|")
    for name, own in ours.items():
        other = theirs.get(name)
        if other:
            print(f"| {name} | {shown(own[0])} | {shown(other[0])} | {other[0] / own[0]:.2f} x | {shown(own[1])} / {shown(other[1])} |")
        else:
            print(f"| {name} | {shown(own[0])} | | | {shown(own[1])} |")
    print(f"\npeak memory: podpass {max(own[3] for own in ours.values()):.0f} MiB, versitygw {max(other[3] for other in theirs.values()):.0f} MiB")


def enormous(server):
    """5 GiB in, and out again: nothing of it may stay in memory."""
    size, block = 5 * GIB, os.urandom(MIB)
    before = server.process.memory("VmRSS")
    cpu, begin = server.process.cpu(), time.monotonic()
    server.client.call("PUT", f"/{BUCKET}/enormous", body=(block, size), payload=UNSIGNED)
    put, peak = (server.process.cpu() - cpu, time.monotonic() - begin), server.process.memory()
    cpu, begin = server.process.cpu(), time.monotonic()
    got = server.client.call("GET", f"/{BUCKET}/enormous", drop=True)[2]
    assert got == size, got
    get, most = (server.process.cpu() - cpu, time.monotonic() - begin), server.process.memory()
    print(f"{server.name}: PUT of 5 GiB {put[0]:.1f} s of CPU in {put[1]:.1f} s, GET {get[0]:.1f} s in {get[1]:.1f} s; memory {before:.0f} MiB before, at most {peak:.0f} MiB after the PUT, {most:.0f} MiB after the GET", flush=True)
    return most


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    keys = int(os.environ.get("PODPASS_BENCH_KEYS", 2_000 if mode == "quick" else 100_000))
    place = pathlib.Path(tempfile.mkdtemp(prefix="s3-", dir=os.environ.get("PODPASS_BENCH_DIR")))
    found = {}
    try:
        for kind in (Podpass, Versitygw):
            if kind is Versitygw and not os.environ.get("VERSITYGW"):
                continue
            folder = place / kind.name
            folder.mkdir()
            server = kind(folder)
            try:
                found[kind.name] = enormous(server) if mode == "large" else cases(server, keys)
            finally:
                server.stop()
                shutil.rmtree(folder, ignore_errors=True)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if mode == "large":
        if found["podpass"] >= 64:
            sys.exit(f"podpass took {found['podpass']:.0f} MiB; 64 are the most it may")
    else:
        table(found["podpass"], found.get("versitygw", {}))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
