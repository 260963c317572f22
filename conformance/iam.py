"""IAM by boto3 as the operator, and as a pod whom policies hold to its part of the account."""
import json

from stage import EXAMPLES, HERE, check

SCRIPTS = {
    "iam_basics": "providers, policies, roles and their policies, positive and negative",
    "iam_changes": "versions, tags, role changes, client ids and thumbprints",
    "iam_account": "AWS's policies, usage, the account and its details",
    "iam_simulator": "the policy simulator and the keys that policies ask for",
    "iam_nodes": "instance profiles and service-linked roles",
    "iam_principals": "trust policies are bound to the roles that they name",
    "iam_terraform": "Terraform's sequences: create, read, update, import, delete, and an empty second plan",
}


def run(server):
    for name, sentence in SCRIPTS.items():
        done = server.operate((HERE / "operator" / f"{name}.py").read_text() + "\nprint('done')")
        check(f"boto3 iam: {sentence}", done.stdout.endswith("done\n"), done.stdout + done.stderr[-1500:])
    delegated(server)


def delegated(server):
    """A pod that may manage roles, within a boundary, its own tags and its own policies (IAM user guide, "Permissions boundaries")."""
    A = "arn:aws:iam::000000000000:"
    bound, other = A + "policy/bound", "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
    allow = lambda action, condition=None, resource="*": {"Effect": "Allow", "Action": action, "Resource": resource, **({"Condition": condition} if condition else {})}
    rules = {"Version": "2012-10-17", "Statement": [
        allow(["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"], {"StringEquals": {"iam:PermissionsBoundary": bound}}),
        allow("iam:AttachRolePolicy", {"ArnEquals": {"iam:PolicyARN": other}, "StringEquals": {"iam:PermissionsBoundary": bound}}),
        allow("iam:DeleteRole", {"StringEquals": {"aws:ResourceTag/team": "red"}}),
        allow(["iam:TagRole", "iam:CreateRole"], {"StringEquals": {"aws:RequestTag/team": "red"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, A + "role/mine-*"),
        allow("iam:UntagRole", {"ForAllValues:StringEquals": {"aws:TagKeys": ["note"]}}),
        allow("iam:SimulatePrincipalPolicy", resource=A + "role/mine-*"),
        allow("iam:GetUser"),
        {"Effect": "Deny", "Action": "iam:DeleteRolePermissionsBoundary", "Resource": "*"},
    ]}
    setup = f"""
trust = {json.dumps((EXAMPLES / 'reporting-trust.json').read_text())}
iam.create_policy(PolicyName='bound', PolicyDocument=doc('s3:*'))
iam.put_role_policy(RoleName='reporting', PolicyName='manager', PolicyDocument={json.dumps(json.dumps(rules))})
iam.create_role(RoleName='free', AssumeRolePolicyDocument=trust)
"""
    made = server.operate(setup)
    check("a pod becomes manager of roles", made.returncode == 0, made.stderr[-1500:])
    code = f"""
bound, other, trust = {bound!r}, {other!r}, {json.dumps((EXAMPLES / 'reporting-trust.json').read_text())}
doc = json.dumps({{'Version': '2012-10-17', 'Statement': [{{'Effect': 'Allow', 'Action': 's3:*', 'Resource': '*'}}]}})
def code(call, **kw):
    try: call(**kw)
    except ClientError as e: return e.response['Error']['Code']
    return 'allowed'
print(json.dumps([
  code(iam.create_role, RoleName='held', AssumeRolePolicyDocument=trust),
  code(iam.create_role, RoleName='held', AssumeRolePolicyDocument=trust, PermissionsBoundary=bound),
  code(iam.put_role_policy, RoleName='held', PolicyName='p', PolicyDocument=doc),
  code(iam.put_role_policy, RoleName='free', PolicyName='p', PolicyDocument=doc),
  code(iam.attach_role_policy, RoleName='held', PolicyArn=other),
  code(iam.attach_role_policy, RoleName='held', PolicyArn='arn:aws:iam::aws:policy/AdministratorAccess'),
  code(iam.attach_role_policy, RoleName='free', PolicyArn=other),
  code(iam.put_role_permissions_boundary, RoleName='held', PermissionsBoundary=other),
  code(iam.put_role_permissions_boundary, RoleName='free', PermissionsBoundary=bound),
  code(iam.delete_role_permissions_boundary, RoleName='held'),
  code(iam.create_role, RoleName='mine-1', AssumeRolePolicyDocument=trust, Tags=[{{'Key': 'team', 'Value': 'red'}}]),
  code(iam.create_role, RoleName='mine-2', AssumeRolePolicyDocument=trust, Tags=[{{'Key': 'team', 'Value': 'blue'}}]),
  code(iam.tag_role, RoleName='mine-1', Tags=[{{'Key': 'team', 'Value': 'red'}}, {{'Key': 'more', 'Value': ''}}]),
  code(iam.untag_role, RoleName='mine-1', TagKeys=['note']),
  code(iam.untag_role, RoleName='mine-1', TagKeys=['note', 'team']),
  code(iam.delete_role, RoleName='held'),
  code(iam.delete_role, RoleName='mine-1'),
  code(iam.get_user),
  code(iam.get_user, UserName='alice'),
  code(iam.simulate_principal_policy, PolicySourceArn='{A}role/held', ActionNames=['s3:GetObject']),
  code(iam.get_account_authorization_details),
]))
"""
    out = server.boto("reports", "reporting", code)
    no = "AccessDenied"
    expected = [
        no, "allowed", "allowed", no, "allowed", no, no, no, "allowed", no,
        "allowed", no, no, "allowed", no, no, "allowed", "ValidationError", "NoSuchEntity", no, no,
    ]
    found = json.loads(out.stdout or "[]")
    check("a manager of roles does what its conditions say", found == expected, f"{[(n, w, g) for n, (w, g) in enumerate(zip(expected, found)) if w != g]} {out.stderr[-800:]}")
    cleaned = server.operate("""
iam.delete_role_policy(RoleName='reporting', PolicyName='manager')
iam.delete_role_policy(RoleName='held', PolicyName='p')
iam.detach_role_policy(RoleName='held', PolicyArn='arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess')
for name in ('held', 'free'): iam.delete_role(RoleName=name)
iam.delete_policy(PolicyArn=A + 'policy/bound')
""")
    check("and leaves nothing behind", cleaned.returncode == 0, cleaned.stderr[-1500:])
