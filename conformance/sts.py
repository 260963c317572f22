"""STS by boto3 and aws-cli: every operation, positive and negative, by code, status and what botocore tries again."""
import base64
import json
import os
import subprocess
import sys
import tempfile
import pathlib
import urllib.error
import urllib.request

from stage import BIN, HERE, check

ROLES = """
def role(name, principal, actions, **more):
    statement = {'Effect': 'Allow', 'Principal': {'AWS': principal}, 'Action': actions, **more}
    iam.create_role(RoleName=name, MaxSessionDuration=43200, AssumeRolePolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [statement]}))
full = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']
role('next', A + 'role/reporting', full)
role('last', A + 'role/next', full)
role('plain', A + 'role/reporting', 'sts:AssumeRole')
role('partner', A + 'role/reporting', 'sts:AssumeRole', Condition={'StringEquals': {'sts:ExternalId': 'deal-7'}})
role('through-account', A + 'root', 'sts:AssumeRole')
role('closed', A + 'role/last', 'sts:AssumeRole')
iam.put_role_policy(RoleName='next', PolicyName='p', PolicyDocument=doc('s3:GetObject', 'arn:aws:s3:::payroll/*'))
s = client('sts')
me = s.get_caller_identity()
assert me['Arn'] == A + 'root' and me['Account'] == me['UserId'] == '000000000000', me
fails('AccessDenied', 403, s.assume_role, 'Roles may not be assumed by root accounts.', RoleArn=A + 'role/next', RoleSessionName='s1')
for key, account in (('ASIAQNZGKIQY56JQ7WML', '029608264753'), (boto3.session.Session().get_credentials().access_key, '000000000000')):
    assert s.get_access_key_info(AccessKeyId=key)['Account'] == account
for key in ('AROAQNZGKIQY56JQ7WML', 'AKIA0000000000000000', 'not-a-key-id-at-all!'):
    fails('ValidationError', 400, s.get_access_key_info, AccessKeyId=key)
print('done')
"""

CHAIN = """
from botocore.config import Config
quiet = Config(parameter_validation=False, retries={'mode': 'standard', 'max_attempts': 3})
def by(c): return {'aws_access_key_id': c['AccessKeyId'], 'aws_secret_access_key': c['SecretAccessKey'], 'aws_session_token': c['SessionToken']}
def as_(c, service='sts'): return client(service, config=quiet, **by(c))
def permanent(code, status, call, text=None, **kw):
    'refused, by the letter, and not tried again'
    fails(code, status, call, text, **kw)
    try: call(**kw)
    except ClientError as e: assert e.response['ResponseMetadata']['RetryAttempts'] == 0, e.response
me = client('sts', config=quiet); role = A + 'role/'
r = me.assume_role(RoleArn=role + 'next', RoleSessionName='hop')
assert r['AssumedRoleUser']['Arn'] == 'arn:aws:sts::000000000000:assumed-role/next/hop' and r['AssumedRoleUser']['AssumedRoleId'].endswith(':hop'), r
assert 'PackedPolicySize' not in r and 'SourceIdentity' not in r, r
assert r['SessionTokenSize'] == len(r['Credentials']['SessionToken']) and 1 <= r['SessionTokenUtilization'] <= 100, r
import datetime
left = (r['Credentials']['Expiration'] - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
assert 3500 < left <= 3600, left
n = r['Credentials']; assert n['AccessKeyId'].startswith('ASIA')
assert as_(n).get_caller_identity()['Arn'] == r['AssumedRoleUser']['Arn']
assert as_(n, 's3').get_object(Bucket='payroll', Key='salaries.csv')['Body'].read()
permanent('AccessDenied', 403, as_(n).get_access_key_info, AccessKeyId='ASIAQNZGKIQY56JQ7WML')
s3 = as_(n, 's3')
try: s3.get_object(Bucket='reports', Key='q1.csv'); raise SystemExit('allowed')
except ClientError as e: assert e.response['Error']['Code'] == 'AccessDenied', e.response
no = 'is not authorized to perform: sts:AssumeRole on resource: ' + role
permanent('AccessDenied', 403, me.assume_role, no + 'closed', RoleArn=role + 'closed', RoleSessionName='hop')
permanent('AccessDenied', 403, me.assume_role, no + 'none', RoleArn=role + 'none', RoleSessionName='hop')
permanent('AccessDenied', 403, me.assume_role, no + 'through-account', RoleArn=role + 'through-account', RoleSessionName='hop')
permanent('AccessDenied', 403, me.assume_role, no + 'partner', RoleArn=role + 'partner', RoleSessionName='hop')
permanent('AccessDenied', 403, me.assume_role, no + 'partner', RoleArn=role + 'partner', RoleSessionName='hop', ExternalId='deal-8')
assert me.assume_role(RoleArn=role + 'partner', RoleSessionName='hop', ExternalId='deal-7')['Credentials']
permanent('AccessDenied', 403, me.assume_role, None, RoleArn='arn:aws:iam::111111111111:role/next', RoleSessionName='hop')
hour = 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.'
big = me.assume_role(RoleArn=role + 'next', RoleSessionName='hop', MinimumSessionTokenSize=4096)
assert big['SessionTokenSize'] == len(big['Credentials']['SessionToken']) == 4096 and big['SessionTokenUtilization'] == 100, big
assert as_(big['Credentials']).get_caller_identity()['Account'] == '000000000000'
permanent('ValidationError', 400, me.assume_role, 'minimumSessionTokenSize', RoleArn=role + 'next', RoleSessionName='hop', MinimumSessionTokenSize=4097)
permanent('ValidationError', 400, me.assume_role, hour, RoleArn=role + 'next', RoleSessionName='hop', DurationSeconds=3601)
permanent('ValidationError', 400, me.assume_role, 'durationSeconds', RoleArn=role + 'next', RoleSessionName='hop', DurationSeconds=899)
permanent('ValidationError', 400, me.assume_role, 'durationSeconds', RoleArn=role + 'next', RoleSessionName='hop', DurationSeconds=43201)
permanent('ValidationError', 400, me.assume_role, 'roleSessionName', RoleArn=role + 'next', RoleSessionName='a/b')
permanent('ValidationError', 400, me.assume_role, 'Value null at', RoleArn=role + 'next')
permanent('ValidationError', 400, me.assume_role, 'externalId', RoleArn=role + 'next', RoleSessionName='hop', ExternalId='a')
permanent('ValidationError', 400, me.assume_role, 'Request ARN is invalid', RoleArn=role + 'n*xt-something', RoleSessionName='hop')
permanent('ValidationError', 400, me.assume_role, None, RoleArn=role + 'next', RoleSessionName='hop', SerialNumber='GAHT12345678', TokenCode='123456')
permanent('MalformedPolicyDocument', 400, me.assume_role, None, RoleArn=role + 'next', RoleSessionName='hop', Policy='{}')
tag = lambda k, v: {'Key': k, 'Value': v}
permanent('AccessDenied', 403, me.assume_role, 'sts:TagSession', RoleArn=role + 'plain', RoleSessionName='hop', Tags=[tag('team', 'red')])
permanent('AccessDenied', 403, me.assume_role, 'sts:SetSourceIdentity', RoleArn=role + 'plain', RoleSessionName='hop', SourceIdentity='alice')
permanent('InvalidParameterValue', 400, me.assume_role, 'Duplicate tag keys found', RoleArn=role + 'next', RoleSessionName='hop', Tags=[tag('a', '1'), tag('A', '2')])
permanent('InvalidParameterValue', 400, me.assume_role, 'must be included in the requested tags', RoleArn=role + 'next', RoleSessionName='hop', Tags=[tag('a', '1')], TransitiveTagKeys=['b'])
permanent('ValidationError', 400, me.assume_role, 'tags', RoleArn=role + 'next', RoleSessionName='hop', Tags=[tag('k%d' % i, 'v') for i in range(51)])
import hashlib
noise = lambda i: ''.join(hashlib.sha256(bytes([i, j])).hexdigest() for j in range(4))
permanent('PackedPolicyTooLarge', 400, me.assume_role, 'Packed size of session tags consumes', RoleArn=role + 'next', RoleSessionName='hop', Tags=[tag('k%d' % i, noise(i)) for i in range(50)])
arns = [{'arn': A + 'policy/' + 'p' * 100 + str(i)} for i in range(10)]
bulky = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:GetObject', 'Resource': ['arn:aws:s3:::b/' + 'x' * 90 + str(i) for i in range(9)]}]})
permanent('PackedPolicyTooLarge', 400, me.assume_role, 'Packed policy consumes', RoleArn=role + 'next', RoleSessionName='hop', Policy=bulky, PolicyArns=arns)
t = me.assume_role(RoleArn=role + 'next', RoleSessionName='hop', SourceIdentity='alice', Tags=[tag('team', 'red'), tag('desk', '4')], TransitiveTagKeys=['team'])
assert t['SourceIdentity'] == 'alice' and 1 <= t['PackedPolicySize'] <= 100, t
c = as_(t['Credentials'])
u = c.assume_role(RoleArn=role + 'last', RoleSessionName='end')
assert u['SourceIdentity'] == 'alice' and u['PackedPolicySize'] >= 1, u
permanent('InvalidParameterValue', 400, c.assume_role, "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.", RoleArn=role + 'last', RoleSessionName='end', Tags=[tag('Team', 'blue')])
permanent('AccessDenied', 403, c.assume_role, 'sts:SetSourceIdentity', RoleArn=role + 'last', RoleSessionName='end', SourceIdentity='mallory')
w = me.assume_role(RoleArn=role + 'next', RoleSessionName='hop', Policy=doc('s3:ListBucket'), PolicyArns=[{'arn': 'arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess'}])
assert w['PackedPolicySize'] >= 1
try: as_(w['Credentials'], 's3').get_object(Bucket='payroll', Key='salaries.csv'); raise SystemExit('allowed')
except ClientError as e: assert e.response['Error']['Code'] == 'AccessDenied', e.response
permanent('InvalidAction', 400, me.assume_root, TargetPrincipal='000000000000', TaskPolicyArn={'arn': 'arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials'})
permanent('InvalidAction', 400, me.get_federation_token, Name='abc')
print('done')
"""

EXCHANGE = """
from botocore import UNSIGNED
from botocore.config import Config
token = open(__import__('os').environ['AWS_WEB_IDENTITY_TOKEN_FILE']).read()
me = client('sts', config=Config(signature_version=UNSIGNED, parameter_validation=False, retries={'mode': 'standard', 'max_attempts': 3}))
good = {'RoleArn': A + 'role/reporting', 'RoleSessionName': 's1', 'WebIdentityToken': token}
def permanent(code, status, text=None, **kw):
    fails(code, status, me.assume_role_with_web_identity, text, **{**good, **kw})
    try: me.assume_role_with_web_identity(**{**good, **kw})
    except ClientError as e: assert e.response['ResponseMetadata']['RetryAttempts'] == 0, e.response
r = me.assume_role_with_web_identity(**good)
assert r['Audience'] == 'sts.amazonaws.com' and r['SubjectFromWebIdentityToken'] == 'system:serviceaccount:reports:reporting' and r['Provider'].startswith('arn:aws:iam::000000000000:oidc-provider/localhost'), r
assert 'PackedPolicySize' not in r, r
assert me.assume_role_with_web_identity(**good, DurationSeconds=900, Policy=doc('s3:GetObject'), PolicyArns=[{'arn': A + 'policy/reporting'}])['PackedPolicySize'] >= 1
assert me.assume_role_with_web_identity(**good, MinimumSessionTokenSize=2000)['SessionTokenSize'] == 2000
permanent('ValidationError', 400, 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.', DurationSeconds=3601)
permanent('ValidationError', 400, 'durationSeconds', DurationSeconds=899)
permanent('ValidationError', 400, None, ProviderId='www.amazon.com')
permanent('ValidationError', 400, 'roleSessionName', RoleSessionName='a b')
permanent('ValidationError', 400, 'policy', Policy=doc('s3:GetObject', 'x' * 2048))
permanent('MalformedPolicyDocument', 400, None, Policy='{')
permanent('AccessDenied', 403, 'Not authorized to perform sts:AssumeRoleWithWebIdentity', RoleArn=A + 'role/none')
permanent('AccessDenied', 403, 'Not authorized to perform sts:AssumeRoleWithWebIdentity', RoleArn=A + 'role/next')
permanent('InvalidIdentityToken', 400, 'The ID Token provided is not a valid JWT', WebIdentityToken='garbage')
head, body, seal = token.split('.')
permanent('InvalidIdentityToken', 400, None, WebIdentityToken=head + '.' + body + '.' + seal[::-1])
permanent('InvalidIdentityToken', 400, 'No OpenIDConnect provider found in your account for', RoleArn='arn:aws:iam::111111111111:role/reporting')
print('done')
"""


def fetch(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def presigned(server):
    """What aws-iam-authenticator's server does with a token of `aws eks get-token`."""
    made = server.pod("reports", "reporting", "aws", "eks", "get-token", "--cluster-name", "cluster-1", "--output", "json")
    check("aws eks get-token", made.returncode == 0, made.stderr)
    token = json.loads(made.stdout or '{"status": {"token": "."}}')["status"]["token"].split(".", 1)[1]
    url = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    check("its URL leads here and not to AWS", url.startswith(server.variables["AWS_ENDPOINT_URL"]), url.split("?")[0])
    status, text = fetch(url, **{"x-k8s-aws-id": "cluster-1", "Accept": "application/json"})
    found = json.loads(text)["GetCallerIdentityResponse"]["GetCallerIdentityResult"] if status == 200 else {}
    check("the token says who it is", found.get("Arn", "").startswith("arn:aws:sts::000000000000:assumed-role/reporting/"), text)
    for name, address, headers, wanted in (
        ("for another cluster", url, {"x-k8s-aws-id": "cluster-2"}, (403, "SignatureDoesNotMatch")),
        ("for no cluster", url, {}, (403, "SignatureDoesNotMatch")),
        ("with an action more", url + "&Action=AssumeRole", {"x-k8s-aws-id": "cluster-1"}, (400, "InvalidRequest")),
        ("with another action", url.replace("GetCallerIdentity", "AssumeRole"), {"x-k8s-aws-id": "cluster-1"}, (403, "SignatureDoesNotMatch")),
        ("with a second signature", url, {"x-k8s-aws-id": "cluster-1", "Authorization": "AWS4-HMAC-SHA256 x"}, (400, "IncompleteSignature")),
    ):
        status, text = fetch(address, Accept="application/json", **headers)
        code = json.loads(text).get("Error", {}).get("Code") if text.startswith("{") else text
        check(f"attack 34: the token {name} is refused", (status, code) == wanted, f"{status} {text}")


def creds(server):
    """`podpass creds` as aws-cli starts it."""
    role = "arn:aws:iam::000000000000:role/reporting"
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "config")
        config.write_text(f"[profile pod]\nregion = us-east-1\ncredential_process = {BIN} creds --data-dir {server.data} --role {role} -n reports --sa reporting --session-name by-process\n")
        env = {"PATH": server.operator["PATH"], "HOME": folder, "AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "pod", "AWS_ENDPOINT_URL": server.variables["AWS_ENDPOINT_URL"]}
        who = subprocess.run(["aws", "sts", "get-caller-identity"], env=env, capture_output=True, text=True, timeout=60)
        check("credential_process: aws-cli is the role", '"arn:aws:sts::000000000000:assumed-role/reporting/by-process"' in who.stdout, who.stdout + who.stderr)
        token = pathlib.Path(folder, "token")
        token.write_text(server.cli("token", "-n", "reports", "reporting").stdout + "\n")
        made = server.cli("creds", "--role", role, "--token-file", str(token), "--duration", "900")
        found = json.loads(made.stdout or "{}")
        check("creds prints the five members of version 1", sorted(found) == ["AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken", "Version"] and found["Version"] == 1, made.stderr)
        by_environment = subprocess.run([BIN, "creds"], env={"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ENDPOINT_URL_STS": server.variables["AWS_ENDPOINT_URL"]}, capture_output=True, text=True, timeout=60)
        check("creds takes everything from a pod's variables", by_environment.returncode == 0, by_environment.stderr)
        for name, args, code, part in (
            ("a role that does not trust it", ["--role", role.replace("reporting", "next"), "--token-file", str(token)], 1, "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"),
            ("the same, and where to ask for the reason", ["--role", role.replace("reporting", "next"), "--token-file", str(token)], 1, "`podpass why "),
            ("no token", ["--role", role], 2, "no token was given"),
            ("a file that is not there", ["--role", role, "--token-file", "/nowhere"], 2, "/nowhere"),
            ("a token in the clear", ["--role", role, "--token-file", str(token), "--endpoint", "http://sts.example"], 2, "in the clear"),
            ("nobody there", ["--role", role, "--token-file", str(token), "--endpoint", "http://127.0.0.1:1"], 3, "127.0.0.1:1"),
        ):
            bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
            out = server.cli("creds", *args, env=bare)
            check(f"creds, {name}: code {code} and nothing on stdout", out.returncode == code and part in out.stderr and out.stdout == "", f"{out.returncode} {out.stderr}")


def run(server):
    made = server.operate(ROLES)
    check("boto3: roles that trust roles, key ids, and root", made.stdout == "done\n", made.stdout + made.stderr[-1500:])
    head = f"import sys; sys.path.insert(0, {str(HERE)!r}); from judge import *\n"
    for name, code in (("AssumeRole and what follows from it", CHAIN), ("AssumeRoleWithWebIdentity", EXCHANGE)):
        done = server.pod("reports", "reporting", sys.executable, "-c", head + code)
        check(f"boto3: {name}, positive and negative", done.stdout == "done\n", done.stdout + done.stderr[-1500:])
    presigned(server)
    creds(server)
