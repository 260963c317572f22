"""Trust policies are bound to the very roles that they name."""
from judge import *

app = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust)["Role"]
opens = trusts("AWS", [app["Arn"], "000000000000"], "sts:AssumeRole")
read = lambda: iam.get_role(RoleName="opens")["Role"]["AssumeRolePolicyDocument"]
for principal in (A + "role/nobody", A + "role/App", A + "user/alice", "arn:aws:iam::111111111111:role/app", "arn:aws:sts::000000000000:assumed-role/nobody/s"):
    fails("MalformedPolicyDocument", 400, iam.create_role, f'Invalid principal in policy: "AWS":"{principal}"', RoleName="opens", AssumeRolePolicyDocument=trusts("AWS", principal, "sts:AssumeRole"))
assert iam.create_role(RoleName="opens", AssumeRolePolicyDocument=opens)["Role"]["AssumeRolePolicyDocument"] == json.loads(opens)
assert read() == json.loads(opens)
fails("MalformedPolicyDocument", 400, iam.update_assume_role_policy, f'Invalid principal in policy: "AWS":"{A}role/nobody"', RoleName="opens", PolicyDocument=opens.replace("role/app", "role/nobody"))
iam.delete_role(RoleName="app")
gone = json.loads(opens.replace(app["Arn"], app["RoleId"]))
assert read() == gone, read()
anew = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust)["Role"]
assert anew["RoleId"] != app["RoleId"] and read() == gone, "a role made anew inherits no trust"
assert [x for x in iam.list_roles()["Roles"] if x["RoleName"] == "opens"][0]["AssumeRolePolicyDocument"] == gone
fails("MalformedPolicyDocument", 400, iam.update_assume_role_policy, "Invalid principal in policy", RoleName="opens", PolicyDocument=json.dumps(gone))
iam.update_role(RoleName="opens", MaxSessionDuration=7200)
assert read() == gone
iam.update_assume_role_policy(RoleName="opens", PolicyDocument=opens)
assert read() == json.loads(opens)
iam.delete_role(RoleName="opens")
iam.delete_role(RoleName="app")
