"""Instance profiles and service-linked roles: what node controllers ask for, positive and negative."""
from judge import *

ec2 = trusts("Service", "ec2.amazonaws.com", "sts:AssumeRole")
iam.create_role(RoleName="nodes", AssumeRolePolicyDocument=ec2, Path="/n/")
p = iam.create_instance_profile(InstanceProfileName="nodes", Path="/k/", Tags=[{"Key": "cluster", "Value": "one"}])["InstanceProfile"]
assert p["Arn"] == A + "instance-profile/k/nodes" and p["InstanceProfileId"].startswith("AIPA") and len(p["InstanceProfileId"]) == 21, p
assert p["Roles"] == [] and p["Tags"] == [{"Key": "cluster", "Value": "one"}], p
assert "Tags" not in iam.create_instance_profile(InstanceProfileName="bare")["InstanceProfile"]
assert iam.get_instance_profile(InstanceProfileName="bare")["InstanceProfile"]["Tags"] == []
fails("EntityAlreadyExists", 409, iam.create_instance_profile, "Instance Profile Nodes already exists.", InstanceProfileName="Nodes")
fails("ValidationError", 400, iam.create_instance_profile, "2 validation errors detected", InstanceProfileName="a b", Path="x")
fails("NoSuchEntity", 404, iam.get_instance_profile, "Instance Profile none cannot be found.", InstanceProfileName="none")
fails("NoSuchEntity", 404, iam.delete_instance_profile, InstanceProfileName="none")
fails("NoSuchEntity", 404, iam.remove_role_from_instance_profile, "Role nodes in Instance Profile nodes cannot be found.", InstanceProfileName="nodes", RoleName="nodes")

iam.add_role_to_instance_profile(InstanceProfileName="nodes", RoleName="nodes")
iam.add_role_to_instance_profile(InstanceProfileName="bare", RoleName="nodes")
fails("LimitExceeded", 409, iam.add_role_to_instance_profile, "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", InstanceProfileName="nodes", RoleName="nodes")
held = iam.get_instance_profile(InstanceProfileName="nodes")["InstanceProfile"]["Roles"]
assert [(x["Arn"], x["AssumeRolePolicyDocument"]) for x in held] == [(A + "role/n/nodes", json.loads(ec2))], held
assert [x["InstanceProfileName"] for page in iam.get_paginator("list_instance_profiles").paginate(PaginationConfig={"PageSize": 1}) for x in page["InstanceProfiles"]] == ["bare", "nodes"]
assert [x["InstanceProfileName"] for x in iam.list_instance_profiles(PathPrefix="/k/")["InstanceProfiles"]] == ["nodes"]
assert [x["InstanceProfileName"] for page in iam.get_paginator("list_instance_profiles_for_role").paginate(RoleName="nodes", PaginationConfig={"PageSize": 1}) for x in page["InstanceProfiles"]] == ["bare", "nodes"]
for waiter in ("instance_profile_exists", "role_exists"):
    iam.get_waiter(waiter).wait(**{"InstanceProfileName" if "profile" in waiter else "RoleName": "nodes"})
detail = [x for page in iam.get_paginator("get_account_authorization_details").paginate(Filter=["Role"]) for x in page["RoleDetailList"] if x["RoleName"] == "nodes"][0]
assert [x["InstanceProfileName"] for x in detail["InstanceProfileList"]] == ["bare", "nodes"], detail
assert iam.get_account_summary()["SummaryMap"]["InstanceProfiles"] == 2

iam.tag_instance_profile(InstanceProfileName="nodes", Tags=[{"Key": "Cluster", "Value": "two"}])
iam.untag_instance_profile(InstanceProfileName="nodes", TagKeys=["never"])
assert iam.list_instance_profile_tags(InstanceProfileName="nodes")["Tags"] == [{"Key": "Cluster", "Value": "two"}]

conflict = "Cannot delete entity, must remove roles from instance profile first."
fails("DeleteConflict", 409, iam.delete_role, conflict, RoleName="nodes")
fails("DeleteConflict", 409, iam.delete_instance_profile, conflict, InstanceProfileName="nodes")
for name in ("nodes", "bare"):
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName="nodes")
    iam.delete_instance_profile(InstanceProfileName=name)
iam.delete_role(RoleName="nodes")
assert iam.list_instance_profiles()["InstanceProfiles"] == []

# Service-linked roles: made by name, nobody's to change, gone at once.
name = "AWSServiceRoleForElasticLoadBalancing"
r = iam.create_service_linked_role(AWSServiceName="elasticloadbalancing.amazonaws.com")["Role"]
assert r["Arn"] == A + "role/aws-service-role/elasticloadbalancing.amazonaws.com/" + name, r
assert r["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": ["elasticloadbalancing.amazonaws.com"]}, r
assert [x["PolicyName"] for x in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]] == ["AWSElasticLoadBalancingServiceRolePolicy"]
taken = f"Service role name {name} has been taken in this account, please try a different suffix."
fails("InvalidInput", 400, iam.create_service_linked_role, taken, AWSServiceName="elasticloadbalancing.amazonaws.com")
fails("InvalidInput", 400, iam.create_service_linked_role, "Custom suffix is not allowed for ecs.amazonaws.com", AWSServiceName="ecs.amazonaws.com", CustomSuffix="x")
fails("InvalidInput", 400, iam.create_service_linked_role, AWSServiceName="nothing.amazonaws.com")
protected = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
fails("UnmodifiableEntity", 400, iam.delete_role, protected, RoleName=name)
fails("UnmodifiableEntity", 400, iam.attach_role_policy, protected, RoleName=name, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
fails("UnmodifiableEntity", 400, iam.put_role_policy, protected, RoleName=name, PolicyName="x", PolicyDocument=doc())
fails("UnmodifiableEntity", 400, iam.update_assume_role_policy, protected, RoleName=name, PolicyDocument=trust)
fails("InvalidInput", 400, iam.create_role, "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles", RoleName="mine", Path="/aws-service-role/x/", AssumeRolePolicyDocument=ec2)
iam.update_role(RoleName=name, Description="balancers")
iam.tag_role(RoleName=name, Tags=[{"Key": "team", "Value": "net"}])
assert iam.get_role(RoleName=name)["Role"]["Description"] == "balancers"
task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
assert task.startswith(f"task/aws-service-role/elasticloadbalancing.amazonaws.com/{name}/"), task
assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
fails("NoSuchEntity", 404, iam.get_service_linked_role_deletion_status, DeletionTaskId=task[:-1] + ("0" if task[-1] != "0" else "1"))
fails("NoSuchEntity", 404, iam.get_role, RoleName=name)
fails("NoSuchEntity", 404, iam.delete_service_linked_role, RoleName=name)
