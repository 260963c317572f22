"""boto3 over objects: transfers, odd keys, what is kept beside the bytes, ranges, copies, parts, checksums, tags, pages.

Called as `boto_objects.py BUCKET`, inside an identity that may do everything in that bucket, which it makes and removes.
"""
import io
import sys

import boto3
from boto3.s3.transfer import TransferConfig

from told import CHECKSUMS, ODD_KEYS, b64, check, etag, refused, run, same

BUCKET = sys.argv[1]
MIB = 1 << 20
s3 = boto3.client("s3")


def body(size):
    pattern = bytes(range(251))
    return (pattern * (size // len(pattern) + 1))[:size]


def put(key, data=b"x", **words):
    return s3.put_object(Bucket=BUCKET, Key=key, Body=data, **words)


def get(key, **words):
    return s3.get_object(Bucket=BUCKET, Key=key, **words)


def read(key, **words):
    return get(key, **words)["Body"].read()


def head(key, **words):
    return s3.head_object(Bucket=BUCKET, Key=key, **words)


def keys(**words):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, **words)
    return [one["Key"] for page in pages for one in page.get("Contents", [])]


def empty():
    for key in keys():
        s3.delete_object(Bucket=BUCKET, Key=key)


def transfers():
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB, max_concurrency=4)
    for size in (0, 1, 5 * MIB, 8 * MIB, 17 * MIB + 3):
        data = body(size)
        s3.upload_fileobj(io.BytesIO(data), BUCKET, "transfer", Config=config, ExtraArgs={"Metadata": {"size": str(size)}, "ContentType": "text/x"})
        back = io.BytesIO()
        s3.download_fileobj(BUCKET, "transfer", back, Config=config)
        same(f"upload_fileobj and download_fileobj of {size} bytes", back.getvalue() == data, True)
        found = head("transfer")
        wanted = etag(data) if size < 8 * MIB else etag([data[start : start + 8 * MIB] for start in range(0, size, 8 * MIB)])
        same(f"its ETag, length, type and metadata ({size})", (found["ETag"], found["ContentLength"], found["ContentType"], found["Metadata"]), (wanted, size, "text/x", {"size": str(size)}))
    s3.copy({"Bucket": BUCKET, "Key": "transfer"}, BUCKET, "copied", Config=config)
    same("a managed copy in parts has the bytes", read("copied") == data, True)
    empty()


def beside(key):
    """The same below a prefix, with room for it."""
    return "to/" + key.encode()[:1000].decode(errors="ignore")


def odd_keys():
    for number, key in enumerate(ODD_KEYS):
        made = put(key, str(number).encode())
        check(f"PutObject of {key[:20]!r}", made["ETag"] == etag(str(number).encode()), made)
    wanted = sorted(ODD_KEYS, key=str.encode)
    same("ListObjectsV2 has them in the order of their bytes", keys(), wanted)
    same("so has ListObjects", [one["Key"] for one in s3.list_objects(Bucket=BUCKET)["Contents"]], wanted)
    same("in pages of three too", keys(PaginationConfig={"PageSize": 3}), wanted)
    for number, key in enumerate(ODD_KEYS):
        data = str(number).encode()
        holds = read(key) == data and head(key)["ETag"] == etag(data)
        s3.copy_object(Bucket=BUCKET, Key=beside(key), CopySource={"Bucket": BUCKET, "Key": key})
        s3.put_object_tagging(Bucket=BUCKET, Key=key, Tagging={"TagSet": [{"Key": "n", "Value": str(number)}]})
        tags = s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]
        listed = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET, Prefix=key, MaxKeys=1)["Contents"]]
        uploads = s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
        part = s3.upload_part(Bucket=BUCKET, Key=key, UploadId=uploads, PartNumber=1, Body=data)["ETag"]
        shown = [one["Key"] for one in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]]
        s3.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=uploads, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
        holds = holds and (read(beside(key)), read(key), tags, listed, shown) == (data, data, [{"Key": "n", "Value": str(number)}], [key], [key])
        check(f"read, head, copy, tags, prefix, upload of {key[:20]!r}", holds, (read(key), tags, listed, shown))
    same("a delimiter groups", [one["Prefix"] for one in s3.list_objects_v2(Bucket=BUCKET, Delimiter="/", Prefix="folder")["CommonPrefixes"]], ["folder/"])
    same("a delimiter of two characters too", [one["Prefix"] for one in s3.list_objects_v2(Bucket=BUCKET, Delimiter="//")["CommonPrefixes"]], ["//", "folder//", "to//", "to/folder//"])
    same("StartAfter", s3.list_objects_v2(Bucket=BUCKET, StartAfter="a b", MaxKeys=1)["Contents"][0]["Key"], "a%20b")
    s3.delete_object(Bucket=BUCKET, Key="a+b")
    left = [key for key in wanted if key != "a+b"]
    same("DeleteObject of `a+b` leaves all others", [key for key in keys() if not key.startswith("to/")], left)
    done = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in left]})
    same("DeleteObjects names each key that it deleted", (sorted(one["Key"] for one in done["Deleted"]), done.get("Errors")), (sorted(left), None))
    same("and leaves what it was not told", len(keys()), len({beside(key) for key in ODD_KEYS}))
    quiet = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys()], "Quiet": True})
    same("Quiet is quiet", ("Deleted" in quiet, "Errors" in quiet, keys()), (False, False, []))
    refused("a key of 1,025 bytes", "KeyTooLongError", 400, put, key="k" * 1025)


def beside_the_bytes():
    put("plain")
    found = get("plain")
    same("the default Content-Type", (found["ContentType"], found["Metadata"], found["AcceptRanges"]), ("binary/octet-stream", {}, "bytes"))
    words = {"ContentType": "text/csv", "ContentEncoding": "gzip", "ContentDisposition": 'attachment; filename="x"', "ContentLanguage": "de", "CacheControl": "no-cache", "Metadata": {"a": "b", "c-d": "e f"}}
    put("dressed", Expires="Thu, 01 Jan 2099 00:00:00 GMT", **words)
    found = head("dressed")
    same("what was put beside the bytes", ({name: found.get(name) for name in words}, found["ExpiresString"]), (words, "Thu, 01 Jan 2099 00:00:00 GMT"))
    found = get("dressed", ResponseContentType="x/y", ResponseCacheControl="max-age=1", ResponseContentDisposition="inline")
    same("response-* of a signed GET", (found["ContentType"], found["CacheControl"], found["ContentDisposition"]), ("x/y", "max-age=1", "inline"))
    refused("user metadata above 2 KiB", "MetadataTooLarge", 400, put, key="fat", Metadata={"a": "x" * 2048})
    put("dressed", b"new")
    same("an object put again keeps nothing of the old", (head("dressed")["Metadata"], head("dressed")["ContentType"]), ({}, "binary/octet-stream"))
    empty()


def ranges():
    data = body(1000)
    put("r", data)
    for header, part, shown in (
        ("bytes=0-0", data[:1], "bytes 0-0/1000"),
        ("bytes=5-9", data[5:10], "bytes 5-9/1000"),
        ("bytes=990-", data[990:], "bytes 990-999/1000"),
        ("bytes=990-2000", data[990:], "bytes 990-999/1000"),
        ("bytes=-5", data[-5:], "bytes 995-999/1000"),
        ("bytes=-5000", data, "bytes 0-999/1000"),
    ):
        found = get("r", Range=header)
        same(f"Range: {header}", (found["Body"].read(), found.get("ContentRange"), found["ResponseMetadata"]["HTTPStatusCode"]), (part, shown, 206))
        found = head("r", Range=header)
        same(f"HEAD with it", (found["ContentLength"], found["ContentRange"]), (len(part), shown))
    for header in ("bytes=9-5", "bytes=a-b", "lines=1-2"):
        found = get("r", Range=header)
        same(f"Range: {header} is the whole", (found["Body"].read() == data, found["ResponseMetadata"]["HTTPStatusCode"]), (True, 200))
    for header in ("bytes=1000-", "bytes=-0"):
        refused(f"Range: {header}", "InvalidRange", 416, get, key="r", Range=header)
    empty()


def copies():
    put("from", b"data", ContentType="text/a", Metadata={"k": "v"}, Tagging="t=1")
    source = {"Bucket": BUCKET, "Key": "from"}
    copy = lambda **words: s3.copy_object(Bucket=BUCKET, CopySource=source, **words)
    done = copy(Key="to")
    same("CopyObject answers with the ETag", done["CopyObjectResult"]["ETag"], etag(b"data"))
    found = head("to")
    same("and takes metadata and type", (found["Metadata"], found["ContentType"]), ({"k": "v"}, "text/a"))
    same("and tags", s3.get_object_tagging(Bucket=BUCKET, Key="to")["TagSet"], [{"Key": "t", "Value": "1"}])
    copy(Key="to", MetadataDirective="REPLACE", Metadata={"n": "w"}, ContentType="text/b", TaggingDirective="REPLACE", Tagging="u=2")
    found = head("to")
    same("or replaces them", (found["Metadata"], found["ContentType"], s3.get_object_tagging(Bucket=BUCKET, Key="to")["TagSet"]), ({"n": "w"}, "text/b", [{"Key": "u", "Value": "2"}]))
    refused("a copy onto itself that changes nothing", "InvalidRequest", 400, copy, Key="from")
    copy(Key="from", MetadataDirective="REPLACE", Metadata={"now": "this"})
    same("a copy onto itself that replaces metadata", (head("from")["Metadata"], read("from")), ({"now": "this"}, b"data"))
    refused("a copy of a key that is not there", "NoSuchKey", 404, s3.copy_object, Bucket=BUCKET, Key="to", CopySource={"Bucket": BUCKET, "Key": "nowhere"})
    done = copy(Key="summed", ChecksumAlgorithm="SHA256")
    same("a copy with a checksum of its own", (done["CopyObjectResult"].get("ChecksumSHA256"), head("summed", ChecksumMode="ENABLED").get("ChecksumSHA256")), (b64(CHECKSUMS["SHA256"](b"data")),) * 2)
    empty()


def parts():
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="m", Metadata={"k": "v"}, Tagging="t=1", ContentType="text/m")["UploadId"]
    words = {"Bucket": BUCKET, "Key": "m", "UploadId": upload}
    bodies = {2: body(5 * MIB), 7: body(5 * MIB + 1), 9000: b"last"}
    tags = {number: s3.upload_part(**words, PartNumber=number, Body=data)["ETag"] for number, data in bodies.items()}
    same("UploadPart answers with the part's ETag", tags, {number: etag(data) for number, data in bodies.items()})
    pages = list(s3.get_paginator("list_parts").paginate(**words, PaginationConfig={"PageSize": 2}))
    same("ListParts, in pages of two", [[(one["PartNumber"], one["Size"]) for one in page["Parts"]] for page in pages], [[(2, 5 * MIB), (7, 5 * MIB + 1)], [(9000, 4)]])
    complete = lambda chosen: s3.complete_multipart_upload(**words, MultipartUpload={"Parts": [{"PartNumber": number, "ETag": tag} for number, tag in chosen]})
    refused("parts out of order", "InvalidPartOrder", 400, complete, chosen=[(7, tags[7]), (2, tags[2])])
    refused("a part with another ETag", "InvalidPart", 400, complete, chosen=[(2, tags[7])])
    refused("a part that is not there", "InvalidPart", 400, complete, chosen=[(3, tags[2])])
    refused("no parts", "MalformedXML", 400, complete, chosen=[])
    small = s3.upload_part(**words, PartNumber=3, Body=b"small")["ETag"]
    refused("a small part before the last", "EntityTooSmall", 400, complete, chosen=[(2, tags[2]), (3, small), (7, tags[7])])
    refused("nothing is there before it is complete", "NoSuchKey", 404, get, key="m")
    same("a failed completion changes nothing", [one["PartNumber"] for one in s3.list_parts(**words)["Parts"]], [2, 3, 7, 9000])
    done = complete([(2, tags[2]), (7, tags[7]), (9000, tags[9000])])
    chosen = [bodies[2], bodies[7], bodies[9000]]
    same("CompleteMultipartUpload", done["ETag"], etag(chosen))
    found = get("m")
    same("the parts that were chosen, and what the upload began with", (found["Body"].read() == b"".join(chosen), found["Metadata"], found["ContentType"], found.get("TagCount")), (True, {"k": "v"}, "text/m", 1))
    found = get("m", PartNumber=2)
    same("GET of the second part", (found["Body"].read() == bodies[7], found["PartsCount"], found["ContentRange"]), (True, 3, f"bytes {5 * MIB}-{10 * MIB}/{10 * MIB + 5}"))
    refused("the upload is over", "NoSuchUpload", 404, s3.list_parts, **words)
    begun = {key: s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"] for key in ("u/1", "u/2", "v")}
    pages = list(s3.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2}))
    same("ListMultipartUploads, in pages of two", [[one["Key"] for one in page["Uploads"]] for page in pages], [["u/1", "u/2"], ["v"]])
    same("with a delimiter", [one["Prefix"] for one in s3.list_multipart_uploads(Bucket=BUCKET, Delimiter="/")["CommonPrefixes"]], ["u/"])
    for key, upload in begun.items():
        s3.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload)
    same("AbortMultipartUpload ends them", s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads"), None)
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="c")["UploadId"]
    done = s3.upload_part_copy(Bucket=BUCKET, Key="c", UploadId=upload, PartNumber=1, CopySource={"Bucket": BUCKET, "Key": "m"}, CopySourceRange="bytes=1-10")
    s3.complete_multipart_upload(Bucket=BUCKET, Key="c", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": done["CopyPartResult"]["ETag"]}]})
    same("UploadPartCopy of a range", read("c"), bodies[2][1:11])
    empty()


def checksums():
    data = body(1234)
    for name, digest in CHECKSUMS.items():
        value, wrong = b64(digest(data)), b64(digest(b"other"))
        made = put("sum", data, **{f"Checksum{name}": value})
        found = head("sum", ChecksumMode="ENABLED")
        same(f"{name} is kept and told", (made.get(f"Checksum{name}"), found.get(f"Checksum{name}"), found.get("ChecksumType")), (value, value, "FULL_OBJECT"))
        refused(f"a wrong {name}", "BadDigest", 400, put, key="sum2", data=data, **{f"Checksum{name}": wrong})
        refused("and nothing is kept", "404", 404, head, key="sum2")
        kinds = ["COMPOSITE"] if name.startswith("SHA") else ["FULL_OBJECT"] if name == "CRC64NVME" else ["COMPOSITE", "FULL_OBJECT"]
        for kind in kinds:
            halves = [body(5 * MIB), b"tail"]
            sums = [FIVE[name], digest(halves[1])]
            upload = s3.create_multipart_upload(Bucket=BUCKET, Key="sums", ChecksumAlgorithm=name, ChecksumType=kind)["UploadId"]
            chosen = []
            for number, (half, digested) in enumerate(zip(halves, sums), 1):
                part = s3.upload_part(Bucket=BUCKET, Key="sums", UploadId=upload, PartNumber=number, Body=half, **{f"Checksum{name}": b64(digested)})
                chosen.append({"PartNumber": number, "ETag": part["ETag"], f"Checksum{name}": part[f"Checksum{name}"]})
            done = s3.complete_multipart_upload(Bucket=BUCKET, Key="sums", UploadId=upload, MultipartUpload={"Parts": chosen})
            value = f"{b64(digest(b''.join(sums)))}-2" if kind == "COMPOSITE" else b64(FULL[name])
            same(f"{name} of parts, {kind}", (done.get(f"Checksum{name}"), done.get("ChecksumType")), (value, kind))
    put("md5", data, ContentMD5=b64(__import__("hashlib").md5(data).digest()))
    refused("a wrong Content-MD5", "BadDigest", 400, put, key="md5", data=data, ContentMD5=b64(b"0" * 16))
    refused("a Content-MD5 that is none", "InvalidDigest", 400, put, key="md5", data=data, ContentMD5="!")
    found = s3.get_object_attributes(Bucket=BUCKET, Key="sums", ObjectAttributes=["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"])
    same("GetObjectAttributes", (found["ETag"], found["ObjectSize"], found.get("StorageClass"), found["ObjectParts"]["TotalPartsCount"], found["Checksum"]["ChecksumType"]), (etag([body(5 * MIB), b"tail"]).strip('"'), 5 * MIB + 4, "STANDARD", 2, "COMPOSITE"))
    found = s3.get_object_attributes(Bucket=BUCKET, Key="md5", ObjectAttributes=["ObjectSize"])
    same("only what was asked", (found["ObjectSize"], "ETag" in found, "Checksum" in found), (1234, False, False))
    empty()


def tags():
    put("t", Tagging="a=1&b=x%20y%2B")
    same("tags of PutObject", s3.get_object_tagging(Bucket=BUCKET, Key="t")["TagSet"], [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "x y+"}])
    same("GET tells their number", get("t")["TagCount"], 2)
    modified = head("t")["LastModified"]
    s3.put_object_tagging(Bucket=BUCKET, Key="t", Tagging={"TagSet": [{"Key": "c", "Value": "3"}]})
    same("PutObjectTagging replaces them, and nothing else", (s3.get_object_tagging(Bucket=BUCKET, Key="t")["TagSet"], head("t")["LastModified"]), ([{"Key": "c", "Value": "3"}], modified))
    s3.delete_object_tagging(Bucket=BUCKET, Key="t")
    same("DeleteObjectTagging", s3.get_object_tagging(Bucket=BUCKET, Key="t")["TagSet"], [])
    many = {"TagSet": [{"Key": str(number), "Value": ""} for number in range(11)]}
    refused("eleven tags", "BadRequest", 400, s3.put_object_tagging, Bucket=BUCKET, Key="t", Tagging=many)
    refused("a tag twice", "InvalidTag", 400, s3.put_object_tagging, Bucket=BUCKET, Key="t", Tagging={"TagSet": [{"Key": "a", "Value": ""}] * 2})
    empty()


def pages():
    wanted = sorted(f"p/{number % 7}/{number}" for number in range(120))
    for key in wanted:
        put(key, b"")
    same("120 keys in pages of 50", keys(PaginationConfig={"PageSize": 50}), wanted)
    found = list(s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="p/", Delimiter="/", PaginationConfig={"PageSize": 3}))
    same("common prefixes in pages of three", [[one["Prefix"] for one in page["CommonPrefixes"]] for page in found], [["p/0/", "p/1/", "p/2/"], ["p/3/", "p/4/", "p/5/"], ["p/6/"]])
    found = list(s3.get_paginator("list_objects").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 50}))
    same("ListObjects goes on by markers", [one["Key"] for page in found for one in page["Contents"]], wanted)
    found = s3.list_objects_v2(Bucket=BUCKET, MaxKeys=5000)
    same("at most 1,000 keys at once", (found["MaxKeys"], found["KeyCount"], found["IsTruncated"]), (1000, 120, False))
    found = list(s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 50}))
    same("ListObjectVersions: each is `null`, the latest", [(one["Key"], one["VersionId"], one["IsLatest"]) for page in found for one in page["Versions"]], [(key, "null", True) for key in wanted])
    found = boto3.resource("s3").Bucket(BUCKET)
    found.objects.filter(Prefix="p/1/").delete()
    same("the resource's collection deletes what is below the prefix", keys(), [key for key in wanted if not key.startswith("p/1/")])
    empty()


FIVE = {name: digest(body(5 * MIB)) for name, digest in CHECKSUMS.items()}
FULL = {name: digest(body(5 * MIB) + b"tail") for name, digest in CHECKSUMS.items() if not name.startswith("SHA")}
s3.create_bucket(Bucket=BUCKET)
run(transfers, odd_keys, beside_the_bytes, ranges, copies, parts, checksums, tags, pages, lambda: s3.delete_bucket(Bucket=BUCKET))
