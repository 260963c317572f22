"""The policy simulator, and the keys that policies ask for."""
from judge import *


def statements(*items):
    return json.dumps({"Version": "2012-10-17", "Statement": list(items)})


def one(**kw):
    return iam.simulate_custom_policy(**kw)["EvaluationResults"][0]


reads = doc("s3:GetObject", "arn:aws:s3:::b/*")
denies = statements({"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/secret*"})
found = one(PolicyInputList=[reads, denies], ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::b/k"])
assert (found["EvalDecision"], found["EvalResourceName"], found["MissingContextValues"]) == ("allowed", "arn:aws:s3:::b/k", []), found
(matched,) = found["MatchedStatements"]
begin = reads.index("[") + 2
assert matched["SourcePolicyId"] == "PolicyInputList.1" and matched["SourcePolicyType"] == "IAM Policy", matched
assert matched["StartPosition"] == {"Line": 1, "Column": begin} and matched["EndPosition"] == {"Line": 1, "Column": len(reads) - 1}, matched
found = one(PolicyInputList=[reads, denies], ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::b/secret"])
assert found["EvalDecision"] == "explicitDeny" and [x["SourcePolicyId"] for x in found["MatchedStatements"]] == ["PolicyInputList.2"], found
found = one(PolicyInputList=[reads], ActionNames=["s3:PutObject"])
assert (found["EvalDecision"], found["EvalResourceName"], found["MatchedStatements"]) == ("implicitDeny", "*", []), found

# Several resources: each on its own, and all together.
found = one(PolicyInputList=[reads, denies], ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::b/k", "arn:aws:s3:::c/k", "arn:aws:s3:::b/secret"])
assert found["EvalDecision"] == "explicitDeny", found
each = [(x["EvalResourceName"], x["EvalResourceDecision"]) for x in found["ResourceSpecificResults"]]
assert each == [("arn:aws:s3:::b/k", "allowed"), ("arn:aws:s3:::c/k", "implicitDeny"), ("arn:aws:s3:::b/secret", "explicitDeny")], each

# Context keys: missing ones are told, types are checked, lists are lists.
team = statements({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}/*", "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "red"}, "Bool": {"aws:SecureTransport": "true"}}})
ask = {"PolicyInputList": [team], "ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::b/alice/x"]}
key = lambda name, *values, kind="string": {"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": list(values)}
assert one(**ask)["MissingContextValues"] == ["aws:username"], one(**ask)
found = one(ContextEntries=[key("aws:username", "alice")], **ask)
assert found["EvalDecision"] == "implicitDeny" and found["MissingContextValues"] == ["aws:PrincipalTag/Team", "aws:SecureTransport"], found
found = one(ContextEntries=[key("aws:username", "alice"), key("aws:PrincipalTag/Team", "red"), key("aws:SecureTransport", "true", kind="boolean")], **ask)
assert (found["EvalDecision"], found["MissingContextValues"]) == ("allowed", []), found
fails("InvalidInput", 400, iam.simulate_custom_policy, ContextEntries=[key("aws:username", "a", "b")], **ask)
fails("InvalidInput", 400, iam.simulate_custom_policy, ContextEntries=[key("aws:username", "a"), key("AWS:username", "b")], **ask)
fails("ValidationError", 400, iam.simulate_custom_policy, ContextEntries=[key("aws:username", "a", kind="text")], **ask)
lists = statements({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}})
for values, decision in ((["a", "b"], "allowed"), (["a", "c"], "implicitDeny")):
    assert one(PolicyInputList=[lists], ActionNames=["s3:PutObject"], ContextEntries=[key("aws:TagKeys", *values, kind="stringList")])["EvalDecision"] == decision
assert sorted(iam.get_context_keys_for_custom_policy(PolicyInputList=[team, lists])["ContextKeyNames"]) == ["aws:PrincipalTag/Team", "aws:SecureTransport", "aws:TagKeys", "aws:username"]

# Boundaries and resource policies.
found = one(PolicyInputList=[doc("s3:*")], PermissionsBoundaryPolicyInputList=[doc("s3:GetObject")], ActionNames=["s3:PutObject"])
assert found["EvalDecision"] == "implicitDeny" and found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}, found
found = one(PolicyInputList=[doc("s3:*")], PermissionsBoundaryPolicyInputList=[doc("s3:GetObject")], ActionNames=["s3:GetObject"])
assert found["EvalDecision"] == "allowed" and found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}, found
theirs = statements({"Effect": "Allow", "Principal": {"AWS": A + "user/alice"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"})
ask = {"PolicyInputList": [doc("ec2:*")], "ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::b/k"], "ResourcePolicy": theirs}
found = one(CallerArn=A + "user/alice", **ask)
assert found["EvalDecision"] == "allowed" and found["MatchedStatements"][0]["SourcePolicyId"] == "ResourcePolicy", found
assert one(CallerArn=A + "user/alice", ResourceOwner="arn:aws:iam::111111111111:root", **ask)["EvalDecision"] == "implicitDeny"
assert one(CallerArn=A + "user/bob", **ask)["EvalDecision"] == "implicitDeny"
fails("InvalidInput", 400, iam.simulate_custom_policy, "CallerArn is required", **ask)

# Pages go by actions, and what cannot be read is refused.
many = iam.get_paginator("simulate_custom_policy").paginate(PolicyInputList=[doc("s3:GetObject")], ActionNames=[f"s3:Action{n}" for n in range(7)], PaginationConfig={"PageSize": 3})
assert [[x["EvalActionName"] for x in page["EvaluationResults"]] for page in many] == [[f"s3:Action{n}" for n in part] for part in ((0, 1, 2), (3, 4, 5), (6,))]
fails("InvalidInput", 400, iam.simulate_custom_policy, PolicyInputList=["{"], ActionNames=["s3:GetObject"])
fails("InvalidInput", 400, iam.simulate_custom_policy, PolicyInputList=[doc()], ActionNames=["s3:*"])
fails("InvalidInput", 400, iam.simulate_custom_policy, PolicyInputList=[doc()], ActionNames=["s3:GetObject"], ResourceArns=["bucket"])
fails("InvalidInput", 400, iam.simulate_custom_policy, PolicyInputList=[doc()], ActionNames=[f"s3:A{n}" for n in range(40)], ResourceArns=[f"arn:aws:s3:::b/{n}" for n in range(40)])
fails("InvalidInput", 400, iam.get_context_keys_for_custom_policy, PolicyInputList=["[]"])

# By a role: what it has attached and inline, and its boundary.
managed = iam.create_policy(PolicyName="sim-managed", PolicyDocument=doc("s3:GetObject"))["Policy"]["Arn"]
bound = iam.create_policy(PolicyName="sim-bound", PolicyDocument=doc(["s3:GetObject", "sqs:*"]))["Policy"]["Arn"]
role = iam.create_role(RoleName="sim", AssumeRolePolicyDocument=trust, Path="/s/", PermissionsBoundary=bound)["Role"]["Arn"]
iam.attach_role_policy(RoleName="sim", PolicyArn=managed)
iam.attach_role_policy(RoleName="sim", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess")
iam.put_role_policy(RoleName="sim", PolicyName="sim-inline", PolicyDocument=team)
results = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["s3:GetObject", "s3:PutObject", "sqs:ListQueues", "ec2:RunInstances"])["EvaluationResults"]
got = {x["EvalActionName"]: (x["EvalDecision"], [y["SourcePolicyId"] for y in x["MatchedStatements"]]) for x in results}
assert got == {"s3:GetObject": ("allowed", ["sim-managed"]), "s3:PutObject": ("implicitDeny", []), "sqs:ListQueues": ("allowed", ["AmazonSQSReadOnlyAccess"]), "ec2:RunInstances": ("implicitDeny", [])}, got
more = iam.simulate_principal_policy(PolicySourceArn=role, PolicyInputList=[doc("ec2:*")], PermissionsBoundaryPolicyInputList=[doc("*")], ActionNames=["ec2:RunInstances"])["EvaluationResults"][0]
assert (more["EvalDecision"], more["MatchedStatements"][0]["SourcePolicyId"]) == ("allowed", "PolicyInputList.1"), more
assert sorted(iam.get_context_keys_for_principal_policy(PolicySourceArn=role, PolicyInputList=[lists])["ContextKeyNames"]) == ["aws:PrincipalTag/Team", "aws:SecureTransport", "aws:TagKeys", "aws:username"]
for call, kw in ((iam.simulate_principal_policy, {"ActionNames": ["s3:GetObject"]}), (iam.get_context_keys_for_principal_policy, {})):
    fails("NoSuchEntity", 404, call, "The role with name none cannot be found.", PolicySourceArn=A + "role/none", **kw)
    fails("NoSuchEntity", 404, call, PolicySourceArn=A + "user/alice", **kw)
    fails("InvalidInput", 400, call, "does not clearly define entity type and name", PolicySourceArn="arn:aws:sts::000000000000:assumed-role/sim/s", **kw)
iam.delete_role_policy(RoleName="sim", PolicyName="sim-inline")
iam.detach_role_policy(RoleName="sim", PolicyArn=managed)
iam.detach_role_policy(RoleName="sim", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess")
iam.delete_role(RoleName="sim")
iam.delete_policy(PolicyArn=managed)
iam.delete_policy(PolicyArn=bound)
