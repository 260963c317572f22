"""Real clients against podpass: aws-cli and boto3, started as pods by `podpass run`, and as the operator by `podpass env`.

Run by `cargo xtask test`; needs PODPASS_BIN and a Python with boto3 and awscli.
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import iam
import sts
from stage import BIN, EXAMPLES, check, main


def resources(server):
    """The guide's resources, by plain aws commands."""
    issuer = server.variables["PODPASS_ISSUER"]
    provider = server.aws("iam", "create-open-id-connect-provider", "--url", issuer, "--client-id-list", "sts.amazonaws.com")
    check("aws iam create-open-id-connect-provider", provider.returncode == 0, provider.stderr)
    folder = pathlib.Path(tempfile.mkdtemp())
    for name, account in (("reporting", "reporting"), ("load-balancer-controller", "aws-load-balancer-controller")):
        trust = (EXAMPLES / f"{name}-trust.json").read_text().replace("localhost:4567", issuer.removeprefix("https://"))
        (folder / "trust.json").write_text(trust)
        policy = server.aws("iam", "create-policy", "--policy-name", account, "--policy-document", f"file://{EXAMPLES / (name + '-policy.json')}")
        role = server.aws("iam", "create-role", "--role-name", account, "--assume-role-policy-document", f"file://{folder / 'trust.json'}")
        attach = server.aws("iam", "attach-role-policy", "--role-name", account, "--policy-arn", f"arn:aws:iam::000000000000:policy/{account}")
        check(f"policy, role and attachment of {account}", [policy.returncode, role.returncode, attach.returncode] == [0, 0, 0], policy.stderr + role.stderr + attach.stderr)
        check(f"the trust policy of {account} reads back as it was written", json.loads(role.stdout)["Role"]["AssumeRolePolicyDocument"] == json.loads(trust), role.stdout)
    writer = {"Version": "2012-10-17", "Statement": [{"Sid": "WriteInbox", "Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], "Resource": "arn:aws:s3:::reports/inbox/*"}]}
    inline = server.aws("iam", "put-role-policy", "--role-name", "reporting", "--policy-name", "inbox", "--policy-document", json.dumps(writer))
    check("aws iam put-role-policy", inline.returncode == 0, inline.stderr)
    (folder / "q1.csv").write_text("quarter,total\nq1,42\n")
    for bucket, key in (("reports", "q1.csv"), ("payroll", "salaries.csv")):
        made = server.aws("s3", "mb", f"s3://{bucket}")
        put = server.aws("s3", "cp", str(folder / "q1.csv"), f"s3://{bucket}/{key}")
        check(f"bucket {bucket} with {key}", made.returncode == 0 and put.returncode == 0, made.stderr + put.stderr)
    shutil.rmtree(folder)


def pods_with_the_cli(server):
    who = server.pod("reports", "reporting", "aws", "sts", "get-caller-identity", "--output", "json")
    arn = json.loads(who.stdout or "{}").get("Arn", "")
    check("GetCallerIdentity shows assumed-role/ROLE/SESSION, not the operator", arn.startswith("arn:aws:sts::000000000000:assumed-role/reporting/botocore-session-"), who.stdout + who.stderr)
    read = server.pod("reports", "reporting", "aws", "s3", "cp", "s3://reports/q1.csv", "-")
    check("aws s3 cp prints the file", read.returncode == 0 and read.stdout == "quarter,total\nq1,42\n", read.stdout + read.stderr)
    listed = server.pod("reports", "reporting", "aws", "s3", "ls", "s3://reports")
    check("aws s3 ls lists the bucket", "q1.csv" in listed.stdout, listed.stdout + listed.stderr)
    refused = server.pod("reports", "reporting", "aws", "s3", "cp", "s3://payroll/salaries.csv", "-")
    check("aws s3 cp of the other bucket fails", refused.returncode != 0 and "403" in refused.stderr and refused.stdout == "", refused.stderr)
    refused = server.pod("reports", "reporting", "aws", "s3api", "get-object", "--bucket", "payroll", "--key", "salaries.csv", "/dev/null")
    check("GetObject of the other bucket ends in AccessDenied", refused.returncode != 0 and "AccessDenied" in refused.stderr, refused.stderr)
    why = server.cli("why")
    for part in ("denied at permissions", "role/reporting", "no statement of the role's policies allows s3:GetObject", '"ReadReports"', "arn:aws:s3:::payroll/salaries.csv"):
        check(f"why names {part}", part in why.stdout, why.stdout + why.stderr)
    other = server.pod("payments", "payroll", "aws", "sts", "get-caller-identity")
    check("another service account is not admitted", other.returncode != 0 and "Not authorized to perform sts:AssumeRoleWithWebIdentity" in other.stderr, other.stderr)
    bare = server.pod("reports", "intern", "aws", "sts", "get-caller-identity")
    check("without annotation there are no credentials", bare.returncode != 0 and "Unable to locate credentials" in bare.stderr and "no annotation" in bare.stderr, bare.stderr)
    unknown = server.pod("reports", "nobody", "true")
    check("an unknown service account is refused", unknown.returncode == 1 and "no service account `reports/nobody`" in unknown.stderr, unknown.stderr)
    for code in ("exit 7", "kill -9 $$"):
        ended = server.pod("reports", "reporting", "sh", "-c", code)
        check(f"run ends with the status of `{code}`", ended.returncode == (7 if code == "exit 7" else 137), str(ended.returncode))
    shown = server.pod("reports", "reporting", "env", env={"MINE": "m"})
    check("nothing of the operator shows through run", not any(word in shown.stdout for word in ("AKIAOPERATOR", "AWS_PROFILE", "MINE=", "AWS_ACCESS_KEY_ID")), shown.stdout)
    check("the pod's calls cannot reach a real AWS", f"AWS_ENDPOINT_URL={server.variables['AWS_ENDPOINT_URL']}" in shown.stdout and "AWS_EC2_METADATA_DISABLED=true" in shown.stdout, shown.stdout)


def pods_with_boto3(server):
    code = """
body = bytes(range(256)) * 4 * 1024 * 20                      # 20 MiB
from boto3.s3.transfer import TransferConfig
s3.upload_fileobj(io.BytesIO(body), 'reports', 'inbox/big', Config=TransferConfig(multipart_chunksize=8 * 1024 * 1024))
back = io.BytesIO(); s3.download_fileobj('reports', 'inbox/big', back)
assert hashlib.sha256(back.getvalue()).digest() == hashlib.sha256(body).digest()
assert s3.head_object(Bucket='reports', Key='inbox/big')['ContentLength'] == len(body)
assert s3.get_object(Bucket='reports', Key='inbox/big', Range='bytes=5-9')['Body'].read() == body[5:10]
s3.put_object(Bucket='reports', Key='inbox/small', Body=b'x', Metadata={'a': 'b'}, ContentType='text/x')
got = s3.get_object(Bucket='reports', Key='inbox/small'); assert got['Metadata'] == {'a': 'b'} and got['ContentType'] == 'text/x', got
s3.copy_object(Bucket='reports', Key='inbox/copy', CopySource={'Bucket': 'reports', 'Key': 'inbox/small'})
s3.delete_objects(Bucket='reports', Delete={'Objects': [{'Key': 'inbox/copy'}, {'Key': 'inbox/small'}]})
keys = [o['Key'] for p in s3.get_paginator('list_objects_v2').paginate(Bucket='reports') for o in p.get('Contents', [])]
assert keys == ['inbox/big', 'q1.csv'], keys
print('done')
"""
    done = server.boto("reports", "reporting", code)
    check("boto3: 20 MiB multipart, range, metadata, copy, delete, list", done.stdout == "done\n", done.stdout + done.stderr)
    denials = """
def code(call, **kw):
    try: call(**kw)
    except ClientError as e: return e.response['Error']['Code'], e.response['ResponseMetadata']['HTTPStatusCode'], bool(e.response['ResponseMetadata'].get('RequestId'))
    return 'allowed'
out = [
  code(s3.get_object, Bucket='payroll', Key='salaries.csv'),
  code(s3.put_object, Bucket='reports', Key='q1.csv', Body=b'no'),
  code(s3.copy_object, Bucket='reports', Key='inbox/stolen', CopySource={'Bucket': 'payroll', 'Key': 'salaries.csv'}),
  code(s3.create_bucket, Bucket='mine'),
  code(s3.list_objects_v2, Bucket='payroll'),
  code(s3.get_object, Bucket='nowhere', Key='x'),
  code(s3.get_object, Bucket='reports', Key='missing'),
  code(s3.put_object_acl, Bucket='reports', Key='inbox/big', ACL='public-read'),
  code(s3.put_object, Bucket='reports', Key='inbox/x', Body=b'x', ACL='public-read'),
  code(iam.create_role, RoleName='mine', AssumeRolePolicyDocument='{}'),
  code(iam.list_roles),
]
print(json.dumps(out))
"""
    out = server.boto("reports", "reporting", denials)
    expected = [
        ["AccessDenied", 403, True], ["AccessDenied", 403, True], ["AccessDenied", 403, True], ["AccessDenied", 403, True], ["AccessDenied", 403, True],
        ["AccessDenied", 403, True], ["NoSuchKey", 404, True], ["AccessControlListNotSupported", 400, True], ["AccessControlListNotSupported", 400, True],
        ["AccessDenied", 403, True], ["AccessDenied", 403, True],
    ]
    found = json.loads(out.stdout or "[]")
    check("boto3: as many answers as denials", len(found) == len(expected), out.stderr[-300:])
    for place, (wanted, got) in enumerate(zip(expected, found or [None] * len(expected))):
        check(f"boto3 denial {place + 1} is {wanted[0]}", wanted == got, f"{got} {out.stderr[-300:]}")
    # Each key is decided by itself, and a key is a name, no path.
    apart = """
s3.put_object(Bucket='reports', Key='inbox/../q1.csv', Body=b'no')
done = s3.delete_objects(Bucket='reports', Delete={'Objects': [{'Key': 'inbox/big'}, {'Key': 'q1.csv'}, {'Key': 'inbox/../q1.csv'}]})
print(json.dumps([[one['Key'] for one in done['Deleted']], [[one['Key'], one['Code']] for one in done['Errors']]]))
"""
    out = server.boto("reports", "reporting", apart)
    check("boto3: DeleteObjects deletes what it may, and names what it may not", json.loads(out.stdout or "[]") == [["inbox/big", "inbox/../q1.csv"], [["q1.csv", "AccessDenied"]]], out.stdout + out.stderr[-300:])
    body = server.aws("s3", "cp", "s3://reports/q1.csv", "-")
    check("what was refused changed nothing", body.stdout == "quarter,total\nq1,42\n", body.stdout + body.stderr)


def accounts(server):
    """A second account, of another partition: its own names, nothing of the first, root credentials that rotate."""
    def podpass(*args):
        return subprocess.run([BIN, *args], env=server.operator, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    made = podpass("account", "create", "--partition", "aws-cn", "-o", "json")
    check("podpass account create", made.returncode == 0, made.stderr)
    variables = json.loads(made.stdout)
    account = variables["PODPASS_ACCOUNT"]
    aws = lambda *args, env=variables: subprocess.run(["aws", *args], env={**server.operator, **env}, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    who = aws("sts", "get-caller-identity", "--query", "Arn", "--output", "text")
    check("its root credentials work at once, in its partition", who.stdout.strip() == f"arn:aws-cn:iam::{account}:root", who.stdout + who.stderr)
    trust = (EXAMPLES / "reporting-trust.json").read_text().replace("arn:aws:iam::000000000000", f"arn:aws-cn:iam::{account}")
    role = aws("iam", "create-role", "--role-name", "reporting", "--assume-role-policy-document", trust, "--query", "Role.Arn", "--output", "text")
    check("the same role name is another role there", role.stdout.strip() == f"arn:aws-cn:iam::{account}:role/reporting", role.stdout + role.stderr)
    listed = aws("iam", "list-policies", "--scope", "Local", "--output", "json")
    check("it sees no policy of the first account", listed.returncode == 0 and json.loads(listed.stdout)["Policies"] == [], listed.stdout + listed.stderr)
    for command in (["iam", "get-policy", "--policy-arn", "arn:aws:iam::000000000000:policy/reporting"], ["s3api", "list-objects-v2", "--bucket", "reports"]):
        denied = aws(*command)
        check(f"it cannot {command[1]} of the first account", denied.returncode != 0 and "AccessDenied" in denied.stderr, denied.stdout + denied.stderr)
    shown = podpass("account", "list")
    check("podpass account list", shown.returncode == 0 and account in shown.stdout and "000000000000" in shown.stdout and variables["AWS_SECRET_ACCESS_KEY"] not in shown.stdout, shown.stdout)
    same = podpass("env", "--account", account, "--json")
    check("env --account is the same", json.loads(same.stdout) == variables, same.stderr)
    fresh = json.loads(podpass("keys", "rotate", "--root", account, "-o", "json").stdout)
    old, new = aws("iam", "list-roles"), aws("iam", "list-roles", env=fresh)
    check("rotated root credentials: the new work, the old are dead", new.returncode == 0 and "InvalidClientTokenId" in old.stderr, old.stderr + new.stderr)
    twice = podpass("account", "create", account)
    check("an account is made once: code 1", twice.returncode == 1 and "exists already" in twice.stderr, twice.stderr)


def restart(server):
    """What was acknowledged survives kill -9; sessions too, and a role made anew gets none of the old one's."""
    keep = tempfile.mkdtemp()
    body = os.urandom(100_000)
    code = f"""
import sys, time, pathlib
c = boto3.session.Session().get_credentials().get_frozen_credentials()
pathlib.Path({keep!r}, 'session.json').write_text(json.dumps([c.access_key, c.secret_key, c.token]))
"""
    out = server.boto("reports", "reporting", code)
    session = json.loads(pathlib.Path(keep, "session.json").read_text())
    server.aws("iam", "create-role", "--role-name", "kept", "--assume-role-policy-document", (EXAMPLES / "reporting-trust.json").read_text())
    denial = server.pod("reports", "reporting", "aws", "s3", "ls", "s3://payroll")
    old = server.cli("why", "-o", "json").stdout
    rotated = subprocess.run([BIN, "keys", "rotate", "-o", "json"], env=server.operator, capture_output=True, text=True, timeout=60)
    check("podpass keys rotate", rotated.returncode == 0 and json.loads(rotated.stdout)["current"] == 2, rotated.stderr)
    server.kill()
    server.start()
    check("kill -9 loses no role that was acknowledged", server.aws("iam", "get-role", "--role-name", "kept").returncode == 0)
    check("a decision is still explained after kill -9", json.loads(server.cli("why", json.loads(old)["record"]["requestId"], "-o", "json").stdout or "{}") == json.loads(old))
    env = {**server.operator, "AWS_ACCESS_KEY_ID": session[0], "AWS_SECRET_ACCESS_KEY": session[1], "AWS_SESSION_TOKEN": session[2]}
    who = lambda: subprocess.run(["aws", "sts", "get-caller-identity"], env=env, capture_output=True, text=True, timeout=60)
    check("a session outlives its key's rotation and the server", who().returncode == 0, who().stderr)
    issuer = server.variables["PODPASS_ISSUER"]
    trust = (EXAMPLES / "reporting-trust.json").read_text().replace("localhost:4567", issuer.removeprefix("https://"))
    for step in (["detach-role-policy", "--policy-arn", "arn:aws:iam::000000000000:policy/reporting"], ["delete-role-policy", "--policy-name", "inbox"], ["delete-role"]):
        server.aws("iam", step[0], "--role-name", "reporting", *step[1:])
    gone = who()
    check("deleting a role ends its sessions at once", gone.returncode != 0 and "InvalidClientTokenId" in gone.stderr, gone.stderr)
    server.aws("iam", "create-role", "--role-name", "reporting", "--assume-role-policy-document", trust)
    gone = who()
    check("attack 23: a role made anew under the name revives no session", gone.returncode != 0 and "InvalidClientTokenId" in gone.stderr, gone.stderr)
    fresh = server.pod("reports", "reporting", "aws", "sts", "get-caller-identity")
    check("the new role gives sessions of its own", fresh.returncode == 0, fresh.stderr)
    shutil.rmtree(keep)


def starting(server, folder):
    """What cannot be started says so in one line, with code 2, and leaves nothing half-started."""
    def up(*args, data=None):
        return subprocess.run([BIN, "up", "--data-dir", str(data or folder / "other"), *args], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)
    busy = socket.socket(); busy.bind(("127.0.0.1", 0)); busy.listen()
    port = busy.getsockname()[1]
    (folder / "broken.yaml").write_text("kind: [")
    (folder / "open").mkdir(mode=0o755)
    for name, out, part in (
        ("a busy port", up("--api", f"127.0.0.1:{port}", "--issuer", "127.0.0.1:0"), f"port {port} of 127.0.0.1 is in use"),
        ("an unreadable manifest", up("-f", str(folder / "nowhere.yaml")), "nowhere.yaml: No such file"),
        ("a broken manifest", up("-f", str(folder / "broken.yaml")), "broken.yaml:"),
        ("a bad flag", up("--apy"), "unexpected argument '--apy'"),
        ("an address that is not loopback", up("--api", "0.0.0.0:4566"), "not a loopback address"),
        ("a data directory in use", up("--api", "127.0.0.1:0", "--issuer", "127.0.0.1:0", data=server.data), "is in use by another podpass"),
        ("a data directory that others may read", up("--api", "127.0.0.1:0", "--issuer", "127.0.0.1:0", data=folder / "open"), "mode 0755"),
    ):
        check(f"{name}: one clear line and code 2", out.returncode == 2 and part in out.stderr and out.stdout == "", f"{out.returncode} {out.stderr}")
    away = subprocess.run([BIN, "env", "--data-dir", str(folder / "nobody")], capture_output=True, text=True, timeout=30)
    nowhere = subprocess.run([BIN, "env"], env={"HOME": str(folder), "PODPASS_DATA_DIR": ""}, capture_output=True, text=True, timeout=30)
    check("a PODPASS_DATA_DIR that is set to nothing says nothing", nowhere.returncode == 3 and f"{folder}/.local/state/podpass" in nowhere.stderr, f"{nowhere.returncode} {nowhere.stderr}")
    unnamed = server.cli("token", "-n", "reports", "reporting", "--audience", "")
    check("a token for no audience: code 2", unnamed.returncode == 2 and "--audience" in unnamed.stderr and unnamed.stdout == "", f"{unnamed.returncode} {unnamed.stderr}")
    check("no server: code 3", away.returncode == 3 and "no server answers" in away.stderr, f"{away.returncode} {away.stderr}")
    server.stop()
    other = up("--issuer", f"127.0.0.1:{port + 1 if port < 65535 else port - 1}", "--api", "127.0.0.1:0", data=server.data)
    check("the issuer of a data directory is fixed", other.returncode == 2 and server.variables["PODPASS_ISSUER"] in other.stderr, other.stderr)


def no_secret_in_the_logs(server, folder):
    """Neither log nor decision file holds a secret, a session token or a service account token."""
    text = (folder / "up.log").read_text() + "".join(path.read_text() for path in server.data.glob("decisions/*.jsonl"))
    secret = server.variables["AWS_SECRET_ACCESS_KEY"]
    check("attack 32: the root secret is in no log", secret not in text)
    # A JWT begins with `{"`, a session token with the number of its layout and of its key.
    check("attack 32: no token is in a log", not any(word in text for word in ("eyJ", "AgAAAA", "<SessionToken>", '"SessionToken"')))
    check("the data directory is closed to others", oct(server.data.stat().st_mode & 0o777) == "0o700" and oct((server.data / "control.sock").stat().st_mode & 0o777) == "0o600")


def run(server, folder):
    resources(server)
    pods_with_the_cli(server)
    pods_with_boto3(server)
    iam.run(server)
    sts.run(server)
    accounts(server)
    no_secret_in_the_logs(server, folder)
    restart(server)
    starting(server, folder)


if __name__ == "__main__":
    main("conformance", run)
