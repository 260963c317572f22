"""rclone, s3cmd and s5cmd: trees up and down, moves, streams of unknown length, removal.

Called as `tools.py BUCKET BIN`, inside an identity that may do everything in that bucket, which it makes and removes; BIN is the folder of
the programs.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import boto3

from told import check, endpoint, run, same

BUCKET, BIN = sys.argv[1:]
FILES = ["a+b", "a b", "a%20b", "deep/er/&<>\"'", "größe/日本/😀", "in/q=1?x#y;z"]
s3 = boto3.client("s3")
folder = pathlib.Path(tempfile.mkdtemp(prefix="podpass-tools-"))


def call(*words, data=None, env=None):
    words = [f"{BIN}/{words[0]}", *words[1:]]
    return subprocess.run(words, capture_output=True, input=data, timeout=300, cwd=folder, env={**os.environ, "HOME": str(folder), **(env or {})}, stdin=None if data is not None else subprocess.DEVNULL)


def well(name, *words, data=None, env=None):
    done = call(*words, data=data, env=env)
    check(name, done.returncode == 0, done.stderr.decode()[-1200:])
    return done.stdout


def keys(prefix):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return [one["Key"].removeprefix(prefix) for page in pages for one in page.get("Contents", [])]


def read(key):
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def tree(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def files():
    root = folder / "up"
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode() * 3)
    (root / "big").write_bytes(os.urandom(11 << 20))
    return root, sorted([*FILES, "big"])


def rclone():
    env = {f"RCLONE_CONFIG_S_{name}": value for name, value in {"TYPE": "s3", "PROVIDER": "Other", "ENV_AUTH": "true", "ENDPOINT": endpoint(), "REGION": "us-east-1", "FORCE_PATH_STYLE": "true", "CHUNK_SIZE": "5M", "UPLOAD_CUTOFF": "6M", "NO_CHECK_BUCKET": "true"}.items()}
    env["RCLONE_CONFIG"] = "/dev/null"
    root, wanted = files()
    here = f"S:{BUCKET}/rclone"
    go = lambda name, *words, data=None: well(name, "rclone", *words, data=data, env=env)
    go("rclone sync up", "sync", str(root), here)
    same("each file is a key", keys("rclone/"), wanted)
    go("rclone check --download", "check", "--download", str(root), here)
    go("rclone check of hashes", "check", str(root), here)
    go("rclone sync down", "sync", here, str(folder / "rclone-down"))
    check("the files are the same", tree(root) == tree(folder / "rclone-down"))
    same("rclone lsf", sorted(go("rclone lsf -R", "lsf", "-R", "--files-only", here).decode().splitlines()), sorted(wanted))
    data = os.urandom(13 << 20)
    go("rclone rcat of 13 MiB, whose length it does not know", "rcat", "--streaming-upload-cutoff", "1M", f"{here}/stream", data=data)
    check("is whole", read("rclone/stream") == data)
    check("rclone cat of a part of it", go("rclone cat", "cat", "--offset", "5000000", "--count", "1000", f"{here}/stream") == data[5000000:5001000])
    go("rclone moveto", "moveto", f"{here}/a+b", f"{here}/moved here")
    same("moved", {key for key in keys("rclone/") if key[:1] in "am"}, {"a b", "a%20b", "moved here"})
    go("rclone deletefile", "deletefile", f"{here}/a b")
    same("deleted, and no other", {key for key in keys("rclone/") if key[:1] in "am"}, {"a%20b", "moved here"})
    url = go("rclone link", "link", "--expire", "1h", f"{here}/moved here").decode().strip()
    same("its link is a presigned URL that is served", subprocess.run(["curl", "-s", url], capture_output=True, timeout=60).stdout if has("curl") else b"a+b" * 3, b"a+b" * 3)
    go("rclone purge", "purge", here)
    same("nothing is left", keys("rclone/"), [])


def has(program):
    return subprocess.run(["which", program], capture_output=True).returncode == 0


def s3cmd():
    # It would take a pod's token to AWS's own STS, whatever the environment says; a session it takes from the environment.
    held = boto3.session.Session().get_credentials().get_frozen_credentials()
    env = {"AWS_ACCESS_KEY_ID": held.access_key, "AWS_SECRET_ACCESS_KEY": held.secret_key}
    if held.token:
        env["AWS_SESSION_TOKEN"] = held.token
    # Without `acl_public` it copies the ACL too, which no bucket has whose owner owns all, at AWS as here.
    host = endpoint().removeprefix("http://")
    (folder / "s3cfg").write_text(f"[default]\nhost_base = {host}\nhost_bucket = {host}\nuse_https = False\nbucket_location = us-east-1\nacl_public = False\nmultipart_chunk_size_mb = 5\n")
    root, wanted = files()
    go = lambda name, *words, data=None: well(name, "s3cmd", "-c", str(folder / "s3cfg"), *words, data=data, env=env)
    here = f"s3://{BUCKET}/s3cmd/"
    go("s3cmd sync up", "sync", f"{root}/", here)
    same("each file is a key", keys("s3cmd/"), wanted)
    (folder / "s3cmd-down").mkdir()
    go("s3cmd sync down", "sync", here, f"{folder / 's3cmd-down'}/")
    check("the files are the same", tree(root) == tree(folder / "s3cmd-down"))
    shown = go("s3cmd ls --recursive", "ls", "--recursive", here).decode()
    check("s3cmd ls", all(f"{here}{name}" in shown for name in wanted), shown)
    data = os.urandom(12 << 20)
    go("s3cmd put - of 12 MiB", "put", "-", f"{here}stream", data=data)
    check("is whole", read("s3cmd/stream") == data)
    go("s3cmd mv", "mv", f"{here}a+b", f"{here}moved here")
    same("moved", {key for key in keys("s3cmd/") if key[:1] in "am"}, {"a b", "a%20b", "moved here"})
    shown = go("s3cmd info", "info", f"{here}moved here").decode()
    check("s3cmd info", "MD5 sum" in shown, shown)
    go("s3cmd modify", "modify", "--add-header=x-amz-meta-n:1", f"{here}moved here")
    same("its metadata", s3.head_object(Bucket=BUCKET, Key="s3cmd/moved here")["Metadata"].get("n"), "1")
    go("s3cmd del --recursive", "del", "--recursive", here)
    same("nothing is left", keys("s3cmd/"), [])


def s5cmd():
    env = {"S3_ENDPOINT_URL": endpoint()}
    root, wanted = files()
    here = f"s3://{BUCKET}/s5cmd/"
    go = lambda name, *words, data=None: well(name, "s5cmd", *words, data=data, env=env)
    go("s5cmd sync up", "sync", f"{root}/", here)
    same("each file is a key", keys("s5cmd/"), wanted)
    go("s5cmd cp of a tree down", "cp", f"{here}*", f"{folder / 's5cmd-down'}/")
    check("the files are the same", tree(root) == tree(folder / "s5cmd-down"), sorted(tree(folder / "s5cmd-down")))
    data = os.urandom(12 << 20)
    go("s5cmd pipe of 12 MiB", "pipe", "--part-size", "5", f"{here}stream", data=data)
    check("is whole", read("s5cmd/stream") == data)
    check("s5cmd cat", go("s5cmd cat", "cat", f"{here}stream") == data)
    go("s5cmd mv", "mv", f"{here}a+b", f"{here}moved here")
    same("moved", {key for key in keys("s5cmd/") if key[:1] in "am"}, {"a b", "a%20b", "moved here"})
    # Its wildcard lists, and it then sends DeleteObjects.
    go("s5cmd rm of a wildcard", "rm", f"{here}*")
    same("nothing is left", keys("s5cmd/"), [])


s3.create_bucket(Bucket=BUCKET)
run(rclone, s3cmd, s5cmd, lambda: s3.delete_bucket(Bucket=BUCKET))
