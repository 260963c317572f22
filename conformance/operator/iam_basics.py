"""Providers, policies, roles and their policies: each operation as it should go, and as it should not."""
from judge import *

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
iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=p)
fails('InvalidInput', 400, iam.delete_open_id_connect_provider, OpenIDConnectProviderArn=A + 'role/i.example')
q = iam.create_policy(PolicyName='p1', PolicyDocument=doc(), Path='/a/', Description='d +%', Tags=[{'Key': 'k', 'Value': ''}])['Policy']
assert q['Arn'] == A + 'policy/a/p1' and q['DefaultVersionId'] == 'v1' and q['AttachmentCount'] == 0 and 'Description' not in q, q
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
fails('NoSuchEntity', 404, iam.attach_role_policy, RoleName='r1', PolicyArn='arn:aws:iam::aws:policy/AmazonS3Readonly')
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
