"""aws-cli: `s3` cp, sync, mv, rm, ls and presign of odd keys.

Called as `awscli.py BUCKET SIGNED`, inside an identity that may do everything in that bucket, which it makes and removes. SIGNED as for boto_rules.py.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import boto3

from told import check, fetch, run, same

BUCKET, SIGNED = sys.argv[1:]
URL = f"s3://{BUCKET}"
# Keys that can be names of files, and those that cannot.
FILES = ["a+b", "a b", "a", "a%20b", "&<>\"'", "größe/日本/😀", "in/q=1?x#y;z", "k" * 200]
OTHERS = ["/x", "//x", "./..", "k" * 1024]
s3 = boto3.client("s3")
folder = pathlib.Path(tempfile.mkdtemp(prefix="podpass-awscli-"))


def aws(*words, data=None):
    return subprocess.run(["aws", *words], capture_output=True, input=data, timeout=120, cwd=folder, stdin=None if data is not None else subprocess.DEVNULL)


def well(name, *words, data=None):
    done = aws(*words, data=data)
    check(name, done.returncode == 0, done.stderr.decode())
    return done.stdout


def keys():
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [one["Key"] for page in pages for one in page.get("Contents", [])]


def tree(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def one_by_one():
    for key in OTHERS:
        name = repr(key[:12])
        well(f"aws s3 cp to {name}", "s3", "cp", "-", f"{URL}/{key}", data=name.encode())
        same(f"aws s3 cp from {name}", well(f"aws s3 cp of {name}", "s3", "cp", f"{URL}/{key}", "-"), name.encode())
    same("they are the keys, to the byte", keys(), sorted(OTHERS))
    # At a destination that ends in a slash `s3 cp` puts the file's name behind it.
    well("aws s3api put-object of `folder/`", "s3api", "put-object", "--bucket", BUCKET, "--key", "folder/")
    listed = well("aws s3 ls --recursive", "s3", "ls", "--recursive", URL).decode().splitlines()
    same("it shows them", [line.split(maxsplit=3)[3] for line in listed], sorted([*OTHERS, "folder/"]))
    well("aws s3 mv of `./..`", "s3", "mv", f"{URL}/./..", f"{URL}/moved to")
    same("is there and no longer here", keys(), sorted([*(key for key in OTHERS if key != "./.."), "folder/", "moved to"]))
    well("aws s3 rm of `//x`", "s3", "rm", f"{URL}///x")
    same("leaves `/x`", "/x" in keys() and "//x" not in keys(), True)


def synced():
    up, down = folder / "up", folder / "down"
    for name in FILES:
        (up / name).parent.mkdir(parents=True, exist_ok=True)
        (up / name).write_bytes(name.encode() * 3)
    (up / "big").write_bytes(os.urandom(20 << 20))
    # S3 tells times in whole seconds: a file that was written in the second of its upload is newer than its object, there as here.
    for file in (path for path in up.rglob("*") if path.is_file()):
        os.utime(file, (time.time() - 60,) * 2)
    well("aws s3 sync up", "s3", "sync", "--quiet", str(up), f"{URL}/tree")
    same("each file is a key", [key for key in keys() if key.startswith("tree/")], sorted(f"tree/{name}" for name in [*FILES, "big"]))
    same("again there is nothing to do", well("aws s3 sync again", "s3", "sync", str(up), f"{URL}/tree"), b"")
    well("aws s3 sync down", "s3", "sync", "--quiet", f"{URL}/tree", str(down))
    check("the files are the same", tree(up) == tree(down), sorted(tree(down)))
    well("aws s3 sync of two prefixes", "s3", "sync", "--quiet", f"{URL}/tree", f"{URL}/tree2", "--exclude", "big")
    # The very case that once deleted another key: `a+b` and `a b`, `a` and `a/...`.
    well("aws s3 rm of `a+b`", "s3", "rm", f"{URL}/tree/a+b")
    same("leaves `a b`", {key for key in keys() if key.startswith("tree/a")}, {"tree/a", "tree/a b", "tree/a%20b"})
    (up / "a+b").unlink()
    (up / "a").unlink()
    well("aws s3 sync --delete", "s3", "sync", "--quiet", "--delete", str(up), f"{URL}/tree")
    same("deletes what is gone", [key for key in keys() if key.startswith("tree/")], sorted(f"tree/{name}" for name in [*FILES, "big"] if name not in ("a+b", "a")))
    well("aws s3 mv --recursive", "s3", "mv", "--quiet", "--recursive", f"{URL}/tree", f"{URL}/other")
    well("aws s3 rm --recursive", "s3", "rm", "--quiet", "--recursive", f"{URL}/other")
    same("leaves what is beside the prefix", {key.partition("/")[0] for key in keys()} & {"tree", "tree2", "other"}, {"tree2"})
    same("all of it", [key for key in keys() if key.startswith("tree2/")], sorted(f"tree2/{name}" for name in FILES))


def presigned():
    for key in ("tree2/a+b", "tree2/&<>\"'", "tree2/größe/日本/😀", "/x"):
        url = well(f"aws s3 presign {key}", "s3", "presign", f"{URL}/{key}").decode().strip()
        status, _, data = fetch(url)
        if SIGNED == "v4":
            wanted = repr("/x").encode() if key == "/x" else key.removeprefix("tree2/").encode() * 3
            same("the URL is served", (status, data), (200, wanted))
        else:
            check("a V2 URL is InvalidRequest that names AWS4-HMAC-SHA256", status == 400 and b"<Code>InvalidRequest</Code>" in data and b"AWS4-HMAC-SHA256" in data, (url, status, data))
    missing = aws("s3", "cp", f"{URL}/nowhere", "-")
    check("a key that is not there: 404", missing.returncode != 0 and b"404" in missing.stderr, missing.stderr)


def the_end():
    full = aws("s3", "rb", URL)
    check("aws s3 rb of a full bucket is BucketNotEmpty", full.returncode != 0 and b"BucketNotEmpty" in full.stderr, full.stderr)
    well("aws s3 rb --force", "s3", "rb", "--force", URL)
    gone = aws("s3api", "head-bucket", "--bucket", BUCKET)
    check("the bucket is gone", gone.returncode != 0 and (b"404" in gone.stderr or b"403" in gone.stderr), gone.stderr)


well("aws s3 mb", "s3", "mb", URL)
run(one_by_one, synced, presigned, the_end)
