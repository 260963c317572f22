"""boto3 over what S3 refuses and what it only allows under conditions: conditional requests, presigned URLs, forms, bucket
policies, public access, the configuration of a new bucket.

Called as `boto_rules.py BUCKET SIGNED`: inside an identity that may do everything in that bucket, which it makes and removes. SIGNED is
`v4` where the configuration asks for s3v4 (`podpass run` writes one), `v2` where boto3 presigns as it does by itself.
"""
import datetime
import io
import json
import socket
import sys
import urllib.parse

import boto3
from botocore.client import Config
from botocore.handlers import validate_bucket_name

from told import ODD_KEYS, check, endpoint, etag, fetch, refused, run, same

BUCKET, SIGNED = sys.argv[1:]
s3 = boto3.client("s3")
v4 = boto3.client("s3", config=Config(signature_version="s3v4"))
HERE = {"Bucket": BUCKET}


def put(key, data=b"x", **words):
    return s3.put_object(**HERE, Key=key, Body=data, **words)


def get(key, **words):
    return s3.get_object(**HERE, Key=key, **words)


def delete(*keys):
    s3.delete_objects(**HERE, Delete={"Objects": [{"Key": key} for key in keys]})


def code(answer):
    """The code of S3's error in a plain answer."""
    status, _, data = answer
    return status, data.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()


def conditional_writes():
    tag = put("c", b"1", IfNoneMatch="*")["ETag"]
    refused("If-None-Match: * where a key is", "PreconditionFailed", 412, put, key="c", IfNoneMatch="*")
    refused("If-Match of another ETag", "PreconditionFailed", 412, put, key="c", IfMatch=etag(b"other"))
    refused("If-Match where no key is", "NoSuchKey", 404, put, key="nowhere", IfMatch=tag)
    same("what was refused changed nothing", get("c")["Body"].read(), b"1")
    tag = put("c", b"2", IfMatch=tag)["ETag"]
    same("If-Match of the ETag writes", get("c")["Body"].read(), b"2")
    def complete(key, **words):
        upload = s3.create_multipart_upload(**HERE, Key=key)["UploadId"]
        part = s3.upload_part(**HERE, Key=key, UploadId=upload, PartNumber=1, Body=b"3")["ETag"]
        return s3.complete_multipart_upload(**HERE, Key=key, UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]}, **words)
    refused("CompleteMultipartUpload If-None-Match: *", "PreconditionFailed", 412, complete, key="c", IfNoneMatch="*")
    complete("c2", IfNoneMatch="*")
    same("and where no key is", get("c2")["Body"].read(), b"3")
    source = {"Bucket": BUCKET, "Key": "c"}
    refused("CopyObject If-None-Match: *", "PreconditionFailed", 412, s3.copy_object, **HERE, Key="c2", CopySource=source, IfNoneMatch="*")
    refused("x-amz-copy-source-if-match of another", "PreconditionFailed", 412, s3.copy_object, **HERE, Key="c3", CopySource=source, CopySourceIfMatch=etag(b"other"))
    refused("x-amz-copy-source-if-none-match of the same", "PreconditionFailed", 412, s3.copy_object, **HERE, Key="c3", CopySource=source, CopySourceIfNoneMatch=tag)
    s3.copy_object(**HERE, Key="c3", CopySource=source, CopySourceIfMatch=tag)
    same("x-amz-copy-source-if-match of the ETag", get("c3")["Body"].read(), b"2")
    refused("DeleteObject If-Match of another", "PreconditionFailed", 412, s3.delete_object, **HERE, Key="c", IfMatch=etag(b"other"))
    done = s3.delete_objects(**HERE, Delete={"Objects": [{"Key": "c", "ETag": etag(b"other")}, {"Key": "c3", "ETag": tag}]})
    same("DeleteObjects, each with its ETag", ([one["Key"] for one in done["Deleted"]], [(one["Key"], one["Code"]) for one in done["Errors"]]), (["c3"], [("c", "PreconditionFailed")]))
    s3.delete_object(**HERE, Key="c", IfMatch=tag)
    refused("it is deleted under its ETag", "NoSuchKey", 404, get, key="c")
    delete("c2", "c3")


def conditional_reads():
    tag = put("r", b"data")["ETag"]
    then = get("r")["LastModified"]
    hour = datetime.timedelta(hours=1)
    refused("If-None-Match of the ETag", "304", 304, get, key="r", IfNoneMatch=tag)
    refused("If-Modified-Since the last change", "304", 304, get, key="r", IfModifiedSince=then)
    same("If-Modified-Since a time to come says nothing", get("r", IfModifiedSince=then + hour)["Body"].read(), b"data")
    refused("If-Match of another", "PreconditionFailed", 412, get, key="r", IfMatch=etag(b"other"))
    refused("If-Unmodified-Since before", "PreconditionFailed", 412, get, key="r", IfUnmodifiedSince=then - hour)
    same("If-Match outranks If-Unmodified-Since", get("r", IfMatch=tag, IfUnmodifiedSince=then - hour)["Body"].read(), b"data")
    refused("If-None-Match outranks If-Modified-Since", "304", 304, get, key="r", IfNoneMatch=tag, IfModifiedSince=then - hour)
    status, headers, data = fetch(v4.generate_presigned_url("get_object", Params={**HERE, "Key": "r", "IfNoneMatch": tag}), headers={"If-None-Match": tag})
    same("a 304 has the ETag and no body", (status, headers.get("etag"), data), (304, tag, b""))
    refused("HEAD If-Match of another", "412", 412, s3.head_object, **HERE, Key="r", IfMatch=etag(b"other"))
    delete("r")


def presigned():
    for key in [key for key in ODD_KEYS if len(key) < 100]:
        url = v4.generate_presigned_url("put_object", Params={**HERE, "Key": key})
        same(f"presigned PUT of {key!r}", fetch(url, "PUT", b"by url")[0], 200)
        url = v4.generate_presigned_url("get_object", Params={**HERE, "Key": key, "ResponseContentType": "text/x"})
        status, headers, data = fetch(url)
        same("and GET", (status, headers.get("content-type"), data), (200, "text/x", b"by url"))
        delete(key)
    put("p", b"data")
    url = v4.generate_presigned_url("get_object", Params={**HERE, "Key": "p"}, ExpiresIn=60)
    same("presigned HEAD is of its own method", fetch(url, "HEAD")[0], 403)
    for name, old, new in (("key", "/p?", "/q?"), ("expiry", "X-Amz-Expires=60", "X-Amz-Expires=61"), ("end", url[-1:], "0" if url[-1:] != "0" else "1")):
        assert old in url, url
        before, _, after = url.rpartition(old)
        same(f"a URL whose {name} was changed", code(fetch(before + new + after)), (403, "SignatureDoesNotMatch"))
    same("a header of AWS's that was not signed", code(fetch(url, headers={"x-amz-meta-a": "b"})), (403, "AccessDenied"))
    long = v4.generate_presigned_url("get_object", Params={**HERE, "Key": "p"}, ExpiresIn=604801)
    same("a URL for more than a week", code(fetch(long)), (400, "AuthorizationQueryParametersError"))
    same("response-* without a signature", code(fetch(f"{endpoint()}/{BUCKET}/p?response-content-type=text/html"))[0], 403)
    url = s3.generate_presigned_url("get_object", Params={**HERE, "Key": "p"})
    if SIGNED == "v4":
        check("boto3 presigns with V4 under this configuration", "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url, url)
        same("and the URL is served", fetch(url)[::2], (200, b"data"))
    else:
        check("boto3 presigns with V2 by itself", "AWSAccessKeyId=" in url, url)
        answer = fetch(url)
        same("V2 is InvalidRequest", code(answer), (400, "InvalidRequest"))
        check("that names what to use", b"AWS4-HMAC-SHA256" in answer[2], answer[2])
    delete("p")


def form(fields, file, name="upload.bin", more=()):
    """A browser's form: the fields, the file, and then `more`."""
    edge, out = "-----------------------------podpass", io.BytesIO()
    for field, value in [*fields.items(), ("file", None), *more]:
        out.write(f"--{edge}\r\n".encode())
        if value is None:
            out.write(f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'.encode() + file + b"\r\n")
        else:
            out.write(f'Content-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode())
    out.write(f"--{edge}--\r\n".encode())
    return out.getvalue(), {"Content-Type": f"multipart/form-data; boundary={edge}"}


def forms():
    def post(key="form/${filename}", file=b"file's bytes", conditions=(), fields=None, extra=None, life=600, **words):
        fields = fields or {}
        made = v4.generate_presigned_post(BUCKET, key, Fields=dict(fields), Conditions=[*conditions, *({name: value} for name, value in fields.items())], ExpiresIn=life)
        data, headers = form({**made["fields"], **(extra or {})}, file, **words)
        return fetch(made["url"], "POST", data, headers)
    status, headers, data = post()
    same("a form is answered with 204", (status, data, headers.get("etag")), (204, b"", etag(b"file's bytes")))
    same("${filename} is the file's name", get("form/upload.bin")["Body"].read(), b"file's bytes")
    status, headers, data = post(fields={"success_action_status": "201", "Content-Type": "text/y", "x-amz-meta-who": "form", "tagging": "<Tagging><TagSet><Tag><Key>t</Key><Value>1</Value></Tag></TagSet></Tagging>"})
    check("201 tells where it is", status == 201 and all(part in data for part in (b"<PostResponse>", f"<Bucket>{BUCKET}</Bucket>".encode(), b"<Key>form/upload.bin</Key>", b"<Location>", b"<ETag>")), (status, data))
    found = get("form/upload.bin")
    same("its type, metadata and tags", (found["ContentType"], found["Metadata"], s3.get_object_tagging(**HERE, Key="form/upload.bin")["TagSet"]), ("text/y", {"who": "form"}, [{"Key": "t", "Value": "1"}]))
    within = [["content-length-range", 5, 20]]
    same("a file within content-length-range", post(conditions=within)[0], 204)
    same("a file above it", code(post(conditions=within, file=b"x" * 21)), (400, "EntityTooLarge"))
    same("a file below it", code(post(conditions=within, file=b"x")), (400, "EntityTooSmall"))
    same("a field that no condition covers", code(post(extra={"x-amz-meta-b": "c"})), (403, "AccessDenied"))
    same("a field of no meaning to S3 too", code(post(extra={"whatever": "c"})), (403, "AccessDenied"))
    same("x-ignore- fields need none", post(extra={"x-ignore-this": "c"})[0], 204)
    same("another key than the policy's", code(post(key="form/only", extra={"key": "elsewhere"})), (403, "AccessDenied"))
    same("a policy that has ended", code(post(life=-10)), (403, "AccessDenied"))
    same("starts-with, met", post(key="form/x", conditions=[["starts-with", "$x-amz-meta-n", "a"]], extra={"x-amz-meta-n": "abc"})[0], 204)
    same("starts-with, not met", code(post(key="form/x", conditions=[["starts-with", "$x-amz-meta-n", "a"]], extra={"x-amz-meta-n": "b"})), (403, "AccessDenied"))
    same("a file of 6 MiB", post(key="form/big", file=b"z" * (6 << 20))[0], 204)
    same("is whole", get("form/big")["Body"].read(), b"z" * (6 << 20))
    same("a file with no name's key", post(key="form/plain", file=b"")[0], 204)
    same("is empty", get("form/plain")["Body"].read(), b"")
    made = v4.generate_presigned_post(BUCKET, "form/signed")
    data, headers = form({**made["fields"], "x-amz-signature": "0" * 64}, b"x")
    same("another signature", code(fetch(made["url"], "POST", data, headers)), (403, "SignatureDoesNotMatch"))
    delete(*(one["Key"] for one in s3.list_objects_v2(**HERE)["Contents"]))


def buckets():
    same("a bucket is where it was made", s3.get_bucket_location(**HERE)["LocationConstraint"], None)
    found = s3.head_bucket(**HERE)
    same("HeadBucket tells the region", (found["BucketRegion"], found["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"]), ("us-east-1",) * 2)
    same("one's own bucket again, in us-east-1", s3.create_bucket(**HERE)["ResponseMetadata"]["HTTPStatusCode"], 200)
    refused("a name that is none", "InvalidBucketName", 400, unchecked().create_bucket, Bucket="Upper_Case")
    put("one")
    refused("a bucket that is not empty", "BucketNotEmpty", 409, s3.delete_bucket, **HERE)
    refused("an ACL that grants", "AccessControlListNotSupported", 400, put, key="one", ACL="public-read")
    refused("PutBucketAcl", "AccessControlListNotSupported", 400, s3.put_bucket_acl, **HERE, ACL="public-read")
    put("one", ACL="bucket-owner-full-control", StorageClass="STANDARD")
    check("headers that state the default are served", True)
    same("x-amz-expected-bucket-owner of its owner", s3.list_objects_v2(**HERE, ExpectedBucketOwner="000000000000")["KeyCount"], 1)
    refused("x-amz-expected-bucket-owner of another", "AccessDenied", 403, s3.list_objects_v2, **HERE, ExpectedBucketOwner="111111111111")
    delete("one")
    same("versioning", s3.get_bucket_versioning(**HERE).get("Status"), None)
    same("who pays", s3.get_bucket_request_payment(**HERE)["Payer"], "BucketOwner")
    same("acceleration", s3.get_bucket_accelerate_configuration(**HERE).get("Status"), None)
    same("logging", s3.get_bucket_logging(**HERE).get("LoggingEnabled"), None)
    notified = {name: value for name, value in s3.get_bucket_notification_configuration(**HERE).items() if name != "ResponseMetadata"}
    same("notifications", notified, {})
    same("the ACL is the owner's", [(one["Grantee"]["Type"], one["Permission"]) for one in s3.get_bucket_acl(**HERE)["Grants"]], [("CanonicalUser", "FULL_CONTROL")])
    same("ownership", s3.get_bucket_ownership_controls(**HERE)["OwnershipControls"]["Rules"], [{"ObjectOwnership": "BucketOwnerEnforced"}])
    for name, answer in (
        ("lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("cors", "NoSuchCORSConfiguration"),
        ("website", "NoSuchWebsiteConfiguration"),
        ("replication", "ReplicationConfigurationNotFoundError"),
        ("tagging", "NoSuchTagSet"),
        ("policy", "NoSuchBucketPolicy"),
    ):
        refused(f"get_bucket_{name} of a new bucket", answer, 404, getattr(s3, f"get_bucket_{name}"), **HERE)
    refused("object lock of a new bucket", "ObjectLockConfigurationNotFoundError", 404, s3.get_object_lock_configuration, **HERE)
    check("ListBuckets has it", BUCKET in [one["Name"] for one in s3.list_buckets()["Buckets"]])
    found = [one["Name"] for page in s3.get_paginator("list_buckets").paginate(Prefix=BUCKET, PaginationConfig={"PageSize": 1}) for one in page["Buckets"]]
    same("ListBuckets with a prefix, in pages of one", found, [BUCKET])
    refused("versioning cannot be had", "NotImplemented", 501, s3.put_bucket_versioning, **HERE, VersioningConfiguration={"Status": "Enabled"})


def unchecked():
    """A client that lets the server say what a bucket may be called."""
    client = boto3.client("s3", config=Config(parameter_validation=False))
    client.meta.events.unregister("before-parameter-build.s3", validate_bucket_name)
    return client


def policies():
    allow = lambda principal, more=None: json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*", **(more or {})}]})
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    same("a new bucket blocks public access", s3.get_public_access_block(**HERE)["PublicAccessBlockConfiguration"], block)
    refused("a public policy", "AccessDenied", 403, s3.put_bucket_policy, **HERE, Policy=allow("*"))
    text = allow({"AWS": "arn:aws:iam::000000000000:root"})
    s3.put_bucket_policy(**HERE, Policy=text)
    same("a policy reads back as it was written", json.loads(s3.get_bucket_policy(**HERE)["Policy"]), json.loads(text))
    same("and is not public", s3.get_bucket_policy_status(**HERE)["PolicyStatus"]["IsPublic"], False)
    refused("a policy that is none", "MalformedPolicy", 400, s3.put_bucket_policy, **HERE, Policy="{}")
    refused("a policy over another bucket", "MalformedPolicy", 400, s3.put_bucket_policy, **HERE, Policy=text.replace(BUCKET, "another-bucket"))
    s3.put_public_access_block(**HERE, PublicAccessBlockConfiguration={**block, "BlockPublicPolicy": False, "RestrictPublicBuckets": False})
    s3.put_bucket_policy(**HERE, Policy=allow("*"))
    same("once nothing blocks it, the policy is public", s3.get_bucket_policy_status(**HERE)["PolicyStatus"]["IsPublic"], True)
    put("open", b"for all")
    same("the anonymous are not answered unless the server was told to", code(fetch(f"{endpoint()}/{BUCKET}/open")), (403, "AccessDenied"))
    s3.put_bucket_policy(**HERE, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*", "Condition": {"StringEquals": {"s3:ExistingObjectTag/secret": "yes"}}}]}))
    same("a Deny over a tag that the object has not", get("open")["Body"].read(), b"for all")
    s3.put_object_tagging(**HERE, Key="open", Tagging={"TagSet": [{"Key": "secret", "Value": "yes"}]})
    refused("and once it has", "AccessDenied", 403, get, key="open")
    s3.delete_bucket_policy(**HERE)
    same("DeleteBucketPolicy ends it", get("open")["Body"].read(), b"for all")
    s3.delete_public_access_block(**HERE)
    refused("no block is left", "NoSuchPublicAccessBlockConfiguration", 404, s3.get_public_access_block, **HERE)
    delete("open")


def virtual_hosts():
    """A bucket in the name of the host. Whether `*.localhost` resolves is each resolver's own; here it does."""
    real = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *rest, **words: real("127.0.0.1" if str(host).endswith("localhost") else host, *rest, **words)
    try:
        port = urllib.parse.urlsplit(endpoint()).port
        hosted = boto3.client("s3", endpoint_url=f"http://localhost:{port}", config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
        for key in ("plain", "//x", "a+b &<>", f"{BUCKET}/y"):
            hosted.put_object(**HERE, Key=key, Body=b"hosted")
            same(f"{key!r} at BUCKET.localhost is the same at the path", get(key)["Body"].read(), b"hosted")
            url = hosted.generate_presigned_url("get_object", Params={**HERE, "Key": key})
            check("its URL has the bucket's host", urllib.parse.urlsplit(url).hostname == f"{BUCKET}.localhost", url)
            same("and is served", fetch(url)[::2], (200, b"hosted"))
        same("ListObjectsV2 there", sorted(one["Key"] for one in hosted.list_objects_v2(**HERE)["Contents"]), sorted(("plain", "//x", "a+b &<>", f"{BUCKET}/y")))
        same("a host that is not served", fetch(f"http://127.0.0.1:{port}/{BUCKET}/plain", headers={"Host": "bucket.example.com"})[0], 400)
        delete("plain", "//x", "a+b &<>", f"{BUCKET}/y")
    finally:
        socket.getaddrinfo = real


s3.create_bucket(**HERE)
run(conditional_writes, conditional_reads, presigned, forms, buckets, policies, virtual_hosts, lambda: s3.delete_bucket(**HERE))
