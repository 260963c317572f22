"""AWS's policies, where policies are in use, the account as a whole."""
from judge import *

AWS = "arn:aws:iam::aws:policy/"
known = AWS + "AmazonS3ReadOnlyAccess"
g = iam.get_policy(PolicyArn=known)["Policy"]
assert (g["PolicyName"], g["Path"], g["IsAttachable"], g["AttachmentCount"]) == ("AmazonS3ReadOnlyAccess", "/", True, 0), g
version = iam.get_policy_version(PolicyArn=known, VersionId=g["DefaultVersionId"])["PolicyVersion"]
assert version["Document"]["Statement"] and version["IsDefaultVersion"], version
assert [x["VersionId"] for x in iam.list_policy_versions(PolicyArn=known)["Versions"]] == [g["DefaultVersionId"]]
fails("NoSuchEntity", 404, iam.get_policy, PolicyArn=AWS + "AmazonS3Readonly")
fails("NoSuchEntity", 404, iam.get_policy, PolicyArn=AWS + "service-role/AmazonS3ReadOnlyAccess")
fails("NoSuchEntity", 404, iam.get_policy_version, PolicyArn=known, VersionId="v999")
fails("AccessDenied", 403, iam.delete_policy, PolicyArn=known)
fails("AccessDenied", 403, iam.create_policy_version, PolicyArn=known, PolicyDocument=doc())
fails("AccessDenied", 403, iam.tag_policy, PolicyArn=known, Tags=[{"Key": "a", "Value": ""}])

own = iam.create_policy(PolicyName="usage", PolicyDocument=doc(), Path="/u/")["Policy"]["Arn"]
iam.create_role(RoleName="user-1", AssumeRolePolicyDocument=trust, Path="/x/", PermissionsBoundary=own)
iam.create_role(RoleName="user-2", AssumeRolePolicyDocument=trust, Tags=[{"Key": "k", "Value": "v"}])
for role in ("user-1", "user-2"):
    iam.attach_role_policy(RoleName=role, PolicyArn=known)
iam.attach_role_policy(RoleName="user-2", PolicyArn=own)
iam.put_role_policy(RoleName="user-2", PolicyName="inline", PolicyDocument=doc("s3:PutObject", "arn:aws:s3:::b/a+b"))

listed = lambda **kw: [x["Arn"] for page in iam.get_paginator("list_policies").paginate(**kw) for x in page["Policies"]]
everything, ours, theirs = listed(), listed(Scope="Local"), listed(Scope="AWS")
assert len(theirs) > 1000 and known in theirs and own in ours and sorted(everything) == sorted(ours + theirs), (len(everything), len(ours), len(theirs))
assert len(set(everything)) == len(everything)
assert listed(Scope="AWS", OnlyAttached=True) == [known]
assert listed(PolicyUsageFilter="PermissionsBoundary") == [own]
assert own in listed(PolicyUsageFilter="PermissionsPolicy", PathPrefix="/u/") and listed(Scope="Local", PathPrefix="/none/") == []
assert listed(Scope="AWS", PathPrefix="/job-function/")
fails("ValidationError", 400, iam.list_policies, "Member must satisfy enum value set: [All, AWS, Local]", Scope="Mine")
fails("ValidationError", 400, iam.list_policies, Marker="%")
g = iam.get_policy(PolicyArn=own)["Policy"]
assert (g["AttachmentCount"], g["PermissionsBoundaryUsageCount"]) == (1, 1), g
assert iam.get_policy(PolicyArn=known)["Policy"]["AttachmentCount"] == 2

uses = lambda arn, **kw: [x["RoleName"] for page in iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn, **kw) for x in page["PolicyRoles"]]
assert uses(own) == ["user-1", "user-2"] and uses(known, PaginationConfig={"PageSize": 1}) == ["user-1", "user-2"]
assert uses(own, PolicyUsageFilter="PermissionsBoundary") == ["user-1"] and uses(own, PolicyUsageFilter="PermissionsPolicy") == ["user-2"]
assert uses(own, EntityFilter="User") == [] and uses(own, EntityFilter="Role", PathPrefix="/x/") == ["user-1"]
fails("NoSuchEntity", 404, iam.list_entities_for_policy, PolicyArn=A + "policy/none")
fails("ValidationError", 400, iam.list_entities_for_policy, PolicyArn=own, EntityFilter="Robot")

# Terraform asks these three at its start.
who = iam.get_user()["User"]
assert who["Arn"] == A + "root" and who["UserId"] == "000000000000", who
assert len(iam.list_roles(MaxItems=1)["Roles"]) == 1 and client("sts").get_caller_identity()["Arn"] == A + "root"
fails("NoSuchEntity", 404, iam.get_user, "The user with name alice cannot be found.", UserName="alice")
assert iam.list_users()["Users"] == [] and iam.list_groups()["Groups"] == [] and iam.list_account_aliases()["AccountAliases"] == []

summary = iam.get_account_summary()["SummaryMap"]
assert (summary["Roles"], summary["Policies"], summary["Users"]) == (len(iam.list_roles()["Roles"]), len(ours), 0), summary
assert (summary["VersionsPerPolicyQuota"], summary["AssumeRolePolicySizeQuota"], summary["AccountAccessKeysPresent"]) == (5, 2048, 1), summary

pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2}))
roles = {x["RoleName"]: x for page in pages for x in page["RoleDetailList"]}
policies = {x["Arn"]: x for page in pages for x in page["Policies"]}
assert set(policies) == {*ours, known} and len(roles) == summary["Roles"] and len(pages) > 2, (policies.keys(), roles.keys())
second = roles["user-2"]
assert second["AssumeRolePolicyDocument"] == json.loads(trust) and second["RolePolicyList"][0]["PolicyName"] == "inline", second
assert [x["PolicyArn"] for x in second["AttachedManagedPolicies"]] == [known, own] and second["Tags"] == [{"Key": "k", "Value": "v"}], second
assert second["InstanceProfileList"] == [] and roles["user-1"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == own
assert policies[own]["PolicyVersionList"][0]["Document"] == json.loads(doc()) and policies[own]["AttachmentCount"] == 1, policies[own]
some = iam.get_account_authorization_details(Filter=["AWSManagedPolicy"])
assert [x["Arn"] for x in some["Policies"]] == [known] and some["RoleDetailList"] == [] and some["UserDetailList"] == [], some
fails("ValidationError", 400, iam.get_account_authorization_details, Filter=["Everything"])

fails("DeleteConflict", 409, iam.delete_policy, "Cannot delete a policy attached to entities.", PolicyArn=own)
for role in ("user-1", "user-2"):
    iam.detach_role_policy(RoleName=role, PolicyArn=known)
iam.detach_role_policy(RoleName="user-2", PolicyArn=own)
iam.delete_role_policy(RoleName="user-2", PolicyName="inline")
iam.delete_role(RoleName="user-2")
fails("DeleteConflict", 409, iam.delete_policy, PolicyArn=own)
iam.delete_role(RoleName="user-1")
iam.delete_policy(PolicyArn=own)
