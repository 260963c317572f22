"""Real clients against podpass: aws-cli and boto3, started as pods by `podpass run`, and as the operator by `podpass env`.

Run by `cargo xtask test`; needs PODPASS_BIN and a Python with boto3 and awscli.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BIN = os.environ["PODPASS_BIN"]
HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "examples"
VENV_BIN = str(pathlib.Path(sys.executable).parent)
passed = failed = 0


def check(name, holds, detail=""):
    global passed, failed
    if holds:
        passed += 1
        print(f"ok      {name}")
    else:
        failed += 1
        print(f"FAILED  {name}: {detail}")


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
        for _ in range(200):
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
        self.process.wait(10)

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
  code(s3.delete_objects, Bucket='reports', Delete={'Objects': [{'Key': 'inbox/big'}, {'Key': 'q1.csv'}]}),
  code(s3.create_bucket, Bucket='mine'),
  code(s3.list_objects_v2, Bucket='payroll'),
  code(s3.get_object, Bucket='nowhere', Key='x'),
  code(s3.get_object, Bucket='reports', Key='missing'),
  code(s3.put_object, Bucket='reports', Key='inbox/../q1.csv', Body=b'no'),
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
        ["AccessDenied", 403, True], ["AccessDenied", 403, True], ["NoSuchKey", 404, True], ["InvalidArgument", 400, True], ["NotImplemented", 501, True],
        ["NotImplemented", 501, True], ["AccessDenied", 403, True], ["AccessDenied", 403, True],
    ]
    found = json.loads(out.stdout or "[]")
    for place, (wanted, got) in enumerate(zip(expected, found or [None] * len(expected))):
        check(f"boto3 denial {place + 1} is {wanted[0]}", wanted == got, f"{got} {out.stderr[-300:]}")
    body = server.aws("s3", "cp", "s3://reports/q1.csv", "-")
    check("what was refused changed nothing", body.stdout == "quarter,total\nq1,42\n", body.stdout + body.stderr)


def iam_with_boto3(server):
    """Every IAM operation, positive and negative, with botocore's own models as judge."""
    code = """
import boto3, json
from botocore.exceptions import ClientError
iam = boto3.client('iam'); A = 'arn:aws:iam::000000000000:'
doc = lambda action='s3:GetObject': json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': action, 'Resource': '*'}]})
trust = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Federated': A + 'oidc-provider/i.example'}, 'Action': 'sts:AssumeRoleWithWebIdentity'}]})
def fails(code, status, call, **kw):
    try: call(**kw)
    except ClientError as e:
        assert (e.response['Error']['Code'], e.response['ResponseMetadata']['HTTPStatusCode']) == (code, status), (call.__name__, e.response)
        return
    raise AssertionError('allowed: ' + call.__name__)
p = iam.create_open_id_connect_provider(Url='https://i.example/x/', ClientIDList=['b', 'a'], ThumbprintList=['A' * 40, 'b' * 40], Tags=[{'Key': 'k', 'Value': 'v'}])['OpenIDConnectProviderArn']
assert p == A + 'oidc-provider/i.example/x/', p
g = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=p)
assert (g['Url'], g['ClientIDList'], g['ThumbprintList'], g['Tags']) == ('i.example/x/', ['b', 'a'], ['a' * 40, 'b' * 40], [{'Key': 'k', 'Value': 'v'}]) and g['CreateDate'], g
assert p in [x['Arn'] for x in iam.list_open_id_connect_providers()['OpenIDConnectProviderList']]
fails('EntityAlreadyExists', 409, iam.create_open_id_connect_provider, Url='https://i.example/x/')
fails('InvalidInput', 400, iam.create_open_id_connect_provider, Url='http://i.example')
fails('InvalidInput', 400, iam.create_open_id_connect_provider, Url='https://i.example:8443')
iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=p)
fails('NoSuchEntity', 404, iam.get_open_id_connect_provider, OpenIDConnectProviderArn=p)
fails('NoSuchEntity', 404, iam.delete_open_id_connect_provider, OpenIDConnectProviderArn=p)
q = iam.create_policy(PolicyName='p1', PolicyDocument=doc(), Path='/a/', Description='d +%', Tags=[{'Key': 'k', 'Value': ''}])['Policy']
assert q['Arn'] == A + 'policy/a/p1' and q['DefaultVersionId'] == 'v1' and q['AttachmentCount'] == 0, q
assert iam.get_policy(PolicyArn=q['Arn'])['Policy']['Description'] == 'd +%'
assert iam.get_policy_version(PolicyArn=q['Arn'], VersionId='v1')['PolicyVersion']['Document'] == json.loads(doc())
fails('EntityAlreadyExists', 409, iam.create_policy, PolicyName='P1', PolicyDocument=doc())
fails('MalformedPolicyDocument', 400, iam.create_policy, PolicyName='p2', PolicyDocument='{}')
fails('MalformedPolicyDocument', 400, iam.create_policy, PolicyName='p2', PolicyDocument=doc('GetObject'))
fails('NoSuchEntity', 404, iam.get_policy, PolicyArn=A + 'policy/p1')
fails('NoSuchEntity', 404, iam.get_policy_version, PolicyArn=q['Arn'], VersionId='v2')
fails('LimitExceeded', 409, iam.create_policy, PolicyName='p2', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:*', 'Resource': ['arn:aws:s3:::' + 'b' * 60 + str(n) for n in range(90)]}]}))
fails('ValidationError', 400, iam.create_policy, PolicyName='a b', PolicyDocument=doc())
r = iam.create_role(RoleName='r1', AssumeRolePolicyDocument=trust, Path='/t/', Description='x', MaxSessionDuration=7200, PermissionsBoundary=q['Arn'], Tags=[{'Key': 'T', 'Value': '1'}])['Role']
assert r['Arn'] == A + 'role/t/r1' and r['RoleId'].startswith('AROA') and len(r['RoleId']) == 21 and r['AssumeRolePolicyDocument'] == json.loads(trust), r
g = iam.get_role(RoleName='R1')['Role']
assert (g['MaxSessionDuration'], g['PermissionsBoundary']['PermissionsBoundaryArn'], g['Tags'], g['Path']) == (7200, q['Arn'], [{'Key': 'T', 'Value': '1'}], '/t/') and g['CreateDate'], g
fails('EntityAlreadyExists', 409, iam.create_role, RoleName='R1', AssumeRolePolicyDocument=trust)
fails('MalformedPolicyDocument', 400, iam.create_role, RoleName='r2', AssumeRolePolicyDocument=doc())
fails('NoSuchEntity', 404, iam.create_role, RoleName='r2', AssumeRolePolicyDocument=trust, PermissionsBoundary=A + 'policy/none')
fails('InvalidInput', 400, iam.create_role, RoleName='r2', AssumeRolePolicyDocument=trust, Tags=[{'Key': 'a', 'Value': '1'}, {'Key': 'A', 'Value': '2'}])
fails('ValidationError', 400, iam.create_role, RoleName='r2', AssumeRolePolicyDocument=trust, MaxSessionDuration=43201)
fails('NoSuchEntity', 404, iam.get_role, RoleName='none')
iam.update_assume_role_policy(RoleName='r1', PolicyDocument=trust.replace('i.example', 'j.example'))
assert 'j.example' in json.dumps(iam.get_role(RoleName='r1')['Role']['AssumeRolePolicyDocument'])
iam.attach_role_policy(RoleName='r1', PolicyArn=q['Arn']); iam.attach_role_policy(RoleName='r1', PolicyArn=q['Arn'])
assert iam.list_attached_role_policies(RoleName='r1')['AttachedPolicies'] == [{'PolicyName': 'p1', 'PolicyArn': q['Arn']}]
assert iam.get_policy(PolicyArn=q['Arn'])['Policy']['AttachmentCount'] == 1
fails('NoSuchEntity', 404, iam.attach_role_policy, RoleName='r1', PolicyArn='arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess')
fails('NoSuchEntity', 404, iam.attach_role_policy, RoleName='r1', PolicyArn='arn:aws:iam::111111111111:policy/other')
iam.put_role_policy(RoleName='r1', PolicyName='in', PolicyDocument=doc('s3:PutObject'))
assert iam.list_role_policies(RoleName='r1')['PolicyNames'] == ['in'] and iam.get_role_policy(RoleName='r1', PolicyName='in')['PolicyDocument'] == json.loads(doc('s3:PutObject'))
fails('NoSuchEntity', 404, iam.get_role_policy, RoleName='r1', PolicyName='none')
fails('NoSuchEntity', 404, iam.delete_role_policy, RoleName='r1', PolicyName='none')
fails('DeleteConflict', 409, iam.delete_policy, PolicyArn=q['Arn'])
fails('DeleteConflict', 409, iam.delete_role, RoleName='r1')
assert iam.list_instance_profiles_for_role(RoleName='r1')['InstanceProfiles'] == []
iam.detach_role_policy(RoleName='r1', PolicyArn=q['Arn']); iam.delete_role_policy(RoleName='r1', PolicyName='in')
fails('NoSuchEntity', 404, iam.detach_role_policy, RoleName='r1', PolicyArn=q['Arn'])
fails('DeleteConflict', 409, iam.delete_policy, PolicyArn=q['Arn'])
iam.delete_role(RoleName='r1'); fails('NoSuchEntity', 404, iam.delete_role, RoleName='r1')
iam.delete_policy(PolicyArn=q['Arn']); fails('NoSuchEntity', 404, iam.delete_policy, PolicyArn=q['Arn'])
for n in range(7): iam.create_role(RoleName=f'many{n}', AssumeRolePolicyDocument=trust, Path='/many/')
pages = list(iam.get_paginator('list_roles').paginate(PathPrefix='/many/', PaginationConfig={'PageSize': 3}))
assert [len(x['Roles']) for x in pages] == [3, 3, 1], pages
for n in range(7): iam.delete_role(RoleName=f'many{n}')
assert [x['PolicyName'] for x in iam.list_policies(Scope='Local', OnlyAttached=True)['Policies']] == ['aws-load-balancer-controller', 'reporting']
fails('ValidationError', 400, iam.list_roles, Marker='%%')
fails('InvalidAction', 400, iam.create_user, UserName='u')
print('done')
"""
    done = subprocess.run([sys.executable, "-c", code], env=server.operator, capture_output=True, text=True, timeout=120)
    check("boto3: every IAM operation, positive and negative", done.stdout == "done\n", done.stdout + done.stderr[-1500:])


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
    check("a decision is still explained after kill -9", json.loads(server.cli("why", json.loads(old)["requestId"], "-o", "json").stdout or "{}") == json.loads(old))
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
    check("no server: code 3", away.returncode == 3 and "no server answers" in away.stderr, f"{away.returncode} {away.stderr}")
    server.stop()
    other = up("--issuer", f"127.0.0.1:{port + 1 if port < 65535 else port - 1}", "--api", "127.0.0.1:0", data=server.data)
    check("the issuer of a data directory is fixed", other.returncode == 2 and server.variables["PODPASS_ISSUER"] in other.stderr, other.stderr)


def no_secret_in_the_logs(server, folder):
    """Neither log nor decision file holds a secret, a session token or a service account token."""
    text = (folder / "up.log").read_text() + "".join(path.read_text() for path in server.data.glob("decisions*.jsonl"))
    secret = server.variables["AWS_SECRET_ACCESS_KEY"]
    check("attack 32: the root secret is in no log", secret not in text)
    check("attack 32: no token is in a log", "eyJ" not in text and "SessionToken" not in text)
    check("the data directory is closed to others", oct(server.data.stat().st_mode & 0o777) == "0o700" and oct((server.data / "control.sock").stat().st_mode & 0o777) == "0o600")


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="podpass-conformance-"))
    server = Server(folder)
    try:
        resources(server)
        pods_with_the_cli(server)
        pods_with_boto3(server)
        iam_with_boto3(server)
        accounts(server)
        no_secret_in_the_logs(server, folder)
        restart(server)
        starting(server, folder)
    finally:
        if server.process.poll() is None:
            server.kill()
    if failed:
        print((folder / "up.log").read_text()[-3000:])
    shutil.rmtree(folder, ignore_errors=True)
    print(f"conformance: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
