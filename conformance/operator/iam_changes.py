"""Versions of policies, tags, changes of roles and providers."""
from judge import *

# Providers: thumbprints keep their order, client ids come and go, and both may be repeated.
p = iam.create_open_id_connect_provider(Url="https://changes.example", ClientIDList=["a"], ThumbprintList=["a" * 40])["OpenIDConnectProviderArn"]
iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=p, ThumbprintList=["C" * 40, "b" * 40])
iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=p, ClientID="b")
iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=p, ClientID="b")
iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=p, ClientID="a")
iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=p, ClientID="never")
g = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=p)
assert (g["ClientIDList"], g["ThumbprintList"]) == (["b"], ["c" * 40, "b" * 40]), g
fails("ValidationError", 400, iam.update_open_id_connect_provider_thumbprint, OpenIDConnectProviderArn=p, ThumbprintList=["x"])
fails("InvalidInput", 400, iam.update_open_id_connect_provider_thumbprint, OpenIDConnectProviderArn=p, ThumbprintList=[])
fails("InvalidInput", 400, iam.update_open_id_connect_provider_thumbprint, OpenIDConnectProviderArn=p, ThumbprintList=[c * 40 for c in "abcdef"])
fails("ValidationError", 400, iam.add_client_id_to_open_id_connect_provider, OpenIDConnectProviderArn=p, ClientID="x" * 256)
none = A + "oidc-provider/none.example"
fails("NoSuchEntity", 404, iam.update_open_id_connect_provider_thumbprint, OpenIDConnectProviderArn=none, ThumbprintList=["a" * 40])
fails("NoSuchEntity", 404, iam.add_client_id_to_open_id_connect_provider, OpenIDConnectProviderArn=none, ClientID="b")
fails("NoSuchEntity", 404, iam.remove_client_id_from_open_id_connect_provider, OpenIDConnectProviderArn=none, ClientID="b")
for n in range(99):
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=p, ClientID=f"client-{n}")
fails("LimitExceeded", 409, iam.add_client_id_to_open_id_connect_provider, "ClientIdsPerOpenIdConnectProvider: 100", OpenIDConnectProviderArn=p, ClientID="more")

# Versions: five at most, the default one stays, numbers are never given twice.
v = iam.create_policy(PolicyName="versions", PolicyDocument=doc("s3:A"))["Policy"]["Arn"]
second = iam.create_policy_version(PolicyArn=v, PolicyDocument=doc("s3:B"))["PolicyVersion"]
assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False), second
assert iam.get_policy(PolicyArn=v)["Policy"]["DefaultVersionId"] == "v1"
assert iam.create_policy_version(PolicyArn=v, PolicyDocument=doc("s3:C"), SetAsDefault=True)["PolicyVersion"]["IsDefaultVersion"] is True
assert iam.get_policy(PolicyArn=v)["Policy"]["DefaultVersionId"] == "v3"
fails("DeleteConflict", 409, iam.delete_policy_version, "Cannot delete the default version of a policy.", PolicyArn=v, VersionId="v3")
fails("DeleteConflict", 409, iam.delete_policy, "more than one version", PolicyArn=v)
iam.set_default_policy_version(PolicyArn=v, VersionId="v2")
assert iam.get_policy_version(PolicyArn=v, VersionId="v2")["PolicyVersion"]["Document"] == json.loads(doc("s3:B"))
for n in range(2):
    iam.create_policy_version(PolicyArn=v, PolicyDocument=doc())
fails("LimitExceeded", 409, iam.create_policy_version, "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.", PolicyArn=v, PolicyDocument=doc())
assert [x["VersionId"] for x in iam.list_policy_versions(PolicyArn=v)["Versions"]] == ["v5", "v4", "v3", "v2", "v1"]
pages = list(iam.get_paginator("list_policy_versions").paginate(PolicyArn=v, PaginationConfig={"PageSize": 2}))
assert [[x["VersionId"] for x in page["Versions"]] for page in pages] == [["v5", "v4"], ["v3", "v2"], ["v1"]], pages
iam.delete_policy_version(PolicyArn=v, VersionId="v5")
assert iam.create_policy_version(PolicyArn=v, PolicyDocument=doc())["PolicyVersion"]["VersionId"] == "v6"
fails("NoSuchEntity", 404, iam.delete_policy_version, PolicyArn=v, VersionId="v5")
fails("NoSuchEntity", 404, iam.set_default_policy_version, PolicyArn=v, VersionId="v9")
fails("ValidationError", 400, iam.set_default_policy_version, PolicyArn=v, VersionId="9")
fails("MalformedPolicyDocument", 400, iam.create_policy_version, PolicyArn=v, PolicyDocument="{")
fails("NoSuchEntity", 404, iam.create_policy_version, PolicyArn=A + "policy/none", PolicyDocument=doc())
fails("NoSuchEntity", 404, iam.list_policy_versions, PolicyArn=A + "policy/none")

# Roles: what is not sent stays.
iam.create_role(RoleName="changes", AssumeRolePolicyDocument=trust, Description="kept", MaxSessionDuration=7200)
assert "Description" in iam.get_role(RoleName="changes")["Role"]
iam.update_role(RoleName="changes", MaxSessionDuration=3600)
g = iam.get_role(RoleName="changes")["Role"]
assert (g["Description"], g["MaxSessionDuration"]) == ("kept", 3600), g
assert iam.update_role_description(RoleName="changes", Description="new")["Role"]["Description"] == "new"
iam.update_role(RoleName="changes", Description="")
assert iam.get_role(RoleName="changes")["Role"].get("Description", "") == ""
fails("ValidationError", 400, iam.update_role, RoleName="changes", MaxSessionDuration=60)
fails("ValidationError", 400, iam.update_role, RoleName="changes", Description="x" * 1001)
fails("NoSuchEntity", 404, iam.update_role, RoleName="none", Description="x")
fails("NoSuchEntity", 404, iam.update_role_description, RoleName="none", Description="x")
iam.put_role_permissions_boundary(RoleName="changes", PermissionsBoundary=v)
assert iam.get_role(RoleName="changes")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == v
g = iam.get_policy(PolicyArn=v)["Policy"]
assert (g["AttachmentCount"], g["PermissionsBoundaryUsageCount"]) == (0, 1), g
iam.put_role_permissions_boundary(RoleName="changes", PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess")
iam.delete_role_permissions_boundary(RoleName="changes")
assert "PermissionsBoundary" not in iam.get_role(RoleName="changes")["Role"]
fails("NoSuchEntity", 404, iam.put_role_permissions_boundary, RoleName="changes", PermissionsBoundary=A + "policy/none")
fails("NoSuchEntity", 404, iam.put_role_permissions_boundary, RoleName="none", PermissionsBoundary=v)
fails("NoSuchEntity", 404, iam.delete_role_permissions_boundary, RoleName="none")

# Tags of all three.
for word, names, missing in (
    ("role", {"RoleName": "changes"}, {"RoleName": "none"}),
    ("policy", {"PolicyArn": v}, {"PolicyArn": A + "policy/none"}),
    ("open_id_connect_provider", {"OpenIDConnectProviderArn": p}, {"OpenIDConnectProviderArn": none}),
):
    tag, untag, tags = (getattr(iam, name) for name in (f"tag_{word}", f"untag_{word}", f"list_{word}_tags"))
    tag(Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}], **names)
    tag(Tags=[{"Key": "B", "Value": "2"}], **names)
    assert tags(**names)["Tags"] == [{"Key": "B", "Value": "2"}, {"Key": "a", "Value": ""}], tags(**names)
    first = tags(MaxItems=1, **names)
    assert first["IsTruncated"] and [x["Key"] for x in tags(Marker=first["Marker"], **names)["Tags"]] == ["a"], first
    untag(TagKeys=["B", "never"], **names)
    assert [x["Key"] for x in tags(**names)["Tags"]] == ["a"]
    fails("InvalidInput", 400, tag, Tags=[{"Key": "aws:x", "Value": ""}], **names)
    fails("ValidationError", 400, tag, Tags=[{"Key": str(n), "Value": ""} for n in range(51)], **names)
    tag(Tags=[{"Key": str(n), "Value": ""} for n in range(49)], **names)
    fails("LimitExceeded", 409, tag, Tags=[{"Key": "more", "Value": ""}], **names)
    for call, more in ((tag, {"Tags": [{"Key": "a", "Value": ""}]}), (untag, {"TagKeys": ["a"]}), (tags, {})):
        fails("NoSuchEntity", 404, call, **missing, **more)

iam.delete_role(RoleName="changes")
for n in ("v1", "v3", "v4", "v6"):
    iam.delete_policy_version(PolicyArn=v, VersionId=n)
iam.delete_policy(PolicyArn=v)
iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=p)
