"""What Terraform's AWS provider sends for the guide's five resources, in its order: create, read, a second plan that finds
nothing to do, update, import, delete. The provider itself is not run; the sequences are those of its source.
"""
from judge import *

from urllib.parse import unquote_plus

import botocore.handlers

# Terraform reads documents with form rules, so a plus must come encoded; boto3 would decode them before we see them.
iam.meta.events.unregister("after-call.iam", botocore.handlers.json_decode_policies)
document = lambda text: json.loads(unquote_plus(text))
tags = lambda made: {tag["Key"]: tag["Value"] for tag in made.get("Tags", [])}
as_tags = lambda wanted: [{"Key": key, "Value": value} for key, value in wanted.items()]


def provider_read(arn):
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    return {"url": "https://" + got["Url"], "client_id_list": set(got["ClientIDList"]), "thumbprint_list": got["ThumbprintList"], "tags": tags(got)}


def policy_read(arn):
    got = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=got["DefaultVersionId"])["PolicyVersion"]
    assert got["PolicyId"] and got["AttachmentCount"] >= 0
    return {"name": got["PolicyName"], "path": got["Path"], "description": got.get("Description", ""), "policy": document(version["Document"]), "tags": tags(got)}


def role_read(name):
    got = iam.get_role(RoleName=name)["Role"]
    assert got["CreateDate"] and got["RoleId"] and got["Arn"].startswith("arn:")
    inline = {}
    for one in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        inline[one] = document(iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"])
    attached = [x["PolicyArn"] for x in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
    return {
        "name": got["RoleName"], "path": got["Path"], "description": got.get("Description", ""), "max_session_duration": got["MaxSessionDuration"],
        "permissions_boundary": got.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"), "assume_role_policy": document(got["AssumeRolePolicyDocument"]),
        "inline": inline, "attached": attached, "tags": tags(got),
    }


def unchanged(wanted, read, name):
    assert read(name) == wanted, ("the second plan is not empty", read(name), wanted)


# aws_iam_openid_connect_provider
provider = {"url": "https://oidc.tf.example/id/X", "client_id_list": {"sts.amazonaws.com"}, "thumbprint_list": ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"], "tags": {"env": "tf"}}
provider_arn = iam.create_open_id_connect_provider(Url=provider["url"], ClientIDList=list(provider["client_id_list"]), ThumbprintList=provider["thumbprint_list"], Tags=as_tags(provider["tags"]))["OpenIDConnectProviderArn"]
unchanged(provider, provider_read, provider_arn)
provider.update(thumbprint_list=["b" * 40, "a" * 40], client_id_list={"sts.amazonaws.com", "x"}, tags={"env": "prod"})
iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=provider_arn, ThumbprintList=provider["thumbprint_list"])
iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=provider_arn, ClientID="x")
iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=provider_arn, Tags=as_tags(provider["tags"]))
unchanged(provider, provider_read, provider_arn)
iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=provider_arn, ClientID="x")
iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=provider_arn, TagKeys=["env"])
provider.update(client_id_list={"sts.amazonaws.com"}, tags={})
unchanged(provider, provider_read, provider_arn)
assert provider_arn in [x["Arn"] for x in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]

# aws_iam_policy: a document with everything that an encoding could spoil.
text = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/a+b c/%20/&=é/*"}]}, ensure_ascii=False)
policy = {"name": "tf-policy", "path": "/tf/", "description": "", "policy": json.loads(text), "tags": {"a": "b c+d"}}
policy_arn = iam.create_policy(PolicyName="tf-policy", Path="/tf/", PolicyDocument=text, Description="", Tags=as_tags(policy["tags"]))["Policy"]["Arn"]
unchanged(policy, policy_read, policy_arn)
for n in range(6):
    versions = iam.list_policy_versions(PolicyArn=policy_arn)["Versions"]
    if len(versions) >= 5:
        oldest = min((x for x in versions if not x["IsDefaultVersion"]), key=lambda x: (x["CreateDate"], int(x["VersionId"][1:])))
        iam.delete_policy_version(PolicyArn=policy_arn, VersionId=oldest["VersionId"])
    policy["policy"] = json.loads(doc(f"s3:Get{n}"))
    made = iam.create_policy_version(PolicyArn=policy_arn, PolicyDocument=json.dumps(policy["policy"]), SetAsDefault=n % 2 == 0)["PolicyVersion"]
    if n % 2:
        iam.set_default_policy_version(PolicyArn=policy_arn, VersionId=made["VersionId"])
    unchanged(policy, policy_read, policy_arn)
iam.untag_policy(PolicyArn=policy_arn, TagKeys=["a"])
iam.tag_policy(PolicyArn=policy_arn, Tags=[{"Key": "c", "Value": "d"}])
unchanged({**policy, "tags": {"c": "d"}}, policy_read, policy_arn)

# aws_iam_role
trust_text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": provider_arn}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringEquals": {"oidc.tf.example/id/X:sub": "system:serviceaccount:a:b"}}}]}, indent=2)
role = {"name": "tf-role", "path": "/tf/", "description": "a role", "max_session_duration": 3600, "permissions_boundary": policy_arn, "assume_role_policy": json.loads(trust_text), "inline": {}, "attached": [], "tags": {"a": "b"}}
made = iam.create_role(RoleName="tf-role", Path="/tf/", AssumeRolePolicyDocument=trust_text, MaxSessionDuration=3600, Description="a role", PermissionsBoundary=policy_arn, Tags=as_tags(role["tags"]))["Role"]
assert made["RoleName"] == "tf-role"
unchanged(role, role_read, "tf-role")

# aws_iam_role_policy_attachment, aws_iam_role_policy
managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
iam.attach_role_policy(RoleName="tf-role", PolicyArn=policy_arn)
iam.attach_role_policy(RoleName="tf-role", PolicyArn=managed)
iam.put_role_policy(RoleName="tf-role", PolicyName="tf-inline", PolicyDocument=text)
role.update(attached=[managed, policy_arn], inline={"tf-inline": json.loads(text)})
unchanged(role, role_read, "tf-role")
assert iam.get_policy(PolicyArn=policy_arn)["Policy"]["AttachmentCount"] == 1

# Updates of the role, one call for each attribute.
role.update(description="", max_session_duration=7200, permissions_boundary=None, tags={"c": "d"}, assume_role_policy=json.loads(trust_text.replace(":a:b", ":a:c")))
iam.update_assume_role_policy(RoleName="tf-role", PolicyDocument=json.dumps(role["assume_role_policy"]))
iam.update_role_description(RoleName="tf-role", Description="kept")
iam.update_role(RoleName="tf-role", MaxSessionDuration=7200)
unchanged({**role, "description": "kept", "permissions_boundary": policy_arn, "tags": {"a": "b"}}, role_read, "tf-role")
iam.update_role_description(RoleName="tf-role", Description="")
iam.delete_role_permissions_boundary(RoleName="tf-role")
iam.untag_role(RoleName="tf-role", TagKeys=["a"])
iam.tag_role(RoleName="tf-role", Tags=[{"Key": "c", "Value": "d"}])
unchanged(role, role_read, "tf-role")
iam.put_role_permissions_boundary(RoleName="tf-role", PermissionsBoundary=managed)
unchanged({**role, "permissions_boundary": managed}, role_read, "tf-role")

# Delete, in the order of the dependencies; what is gone already is fine.
fails("DeleteConflict", 409, iam.delete_role, "Cannot delete entity, must detach all policies first.", RoleName="tf-role")
for arn in (policy_arn, managed):
    iam.detach_role_policy(RoleName="tf-role", PolicyArn=arn)
    fails("NoSuchEntity", 404, iam.detach_role_policy, RoleName="tf-role", PolicyArn=arn)
fails("DeleteConflict", 409, iam.delete_role, "Cannot delete entity, must delete policies first.", RoleName="tf-role")
iam.delete_role_policy(RoleName="tf-role", PolicyName="tf-inline")
assert iam.list_instance_profiles_for_role(RoleName="tf-role")["InstanceProfiles"] == []
iam.delete_role(RoleName="tf-role")
fails("NoSuchEntity", 404, iam.get_role, RoleName="tf-role")
for version in iam.list_policy_versions(PolicyArn=policy_arn)["Versions"]:
    if not version["IsDefaultVersion"]:
        iam.delete_policy_version(PolicyArn=policy_arn, VersionId=version["VersionId"])
iam.delete_policy(PolicyArn=policy_arn)
fails("NoSuchEntity", 404, iam.get_policy, PolicyArn=policy_arn)
iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider_arn)
iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider_arn)
fails("NoSuchEntity", 404, iam.get_open_id_connect_provider, OpenIDConnectProviderArn=provider_arn)
