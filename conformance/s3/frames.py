"""s3fs with pandas, and pyarrow (the C++ SDK): files, tables and data sets.

Called as `frames.py BUCKET`, inside an identity that may do everything in that bucket, which it makes and removes.
"""
import os
import sys

import botocore.session
import pandas
import pyarrow
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet
import s3fs

from told import ODD_KEYS, check, endpoint, run, same

BUCKET = sys.argv[1]
session = botocore.session.get_session()
s3 = session.create_client("s3")
table = pandas.DataFrame({"quarter": [f"q{n % 4 + 1}" for n in range(50_000)], "total": range(50_000), "note": ["größe & <more>"] * 50_000})


def files():
    fs = s3fs.S3FileSystem()
    root = f"{BUCKET}/fs"
    for number, key in enumerate(key for key in ODD_KEYS if not key.endswith("/") and not key.startswith("/") and ".." not in key and len(key) < 500 and "?" not in key):
        with fs.open(f"{root}/{key}", "wb") as file:
            file.write(str(number).encode())
        same(f"s3fs reads what it wrote at {key!r}", fs.cat_file(f"{root}/{key}"), str(number).encode())
    data = os.urandom(12 << 20)
    with fs.open(f"{root}/big", "wb", block_size=5 << 20) as file:
        file.write(data)
    with fs.open(f"{root}/big", "rb") as file:
        file.seek(7_000_000)
        check("s3fs writes in parts and reads from the middle", file.read(10) == data[7_000_000:7_000_010])
    check("is whole", fs.cat_file(f"{root}/big") == data)
    with fs.open(f"{root}/a+b", "ab") as file:
        file.write(b"more")
    same("s3fs appends", fs.cat_file(f"{root}/a+b"), b"0more")
    listed = session.create_client("s3").list_objects_v2(Bucket=BUCKET, Prefix="fs/")["Contents"]
    same("s3fs find", sorted(fs.find(root)), sorted(f"{BUCKET}/{one['Key']}" for one in listed))
    fs.mv(f"{root}/a b", f"{root}/moved")
    same("s3fs mv", (fs.exists(f"{root}/a b"), fs.exists(f"{root}/moved")), (False, True))
    fs.invalidate_cache()
    fs.rm(root, recursive=True)
    same("s3fs rm recursive", s3.list_objects_v2(Bucket=BUCKET, Prefix="fs/")["KeyCount"], 0)


def tables():
    for kind, write, read in (("csv", lambda path: table.to_csv(path, index=False), pandas.read_csv), ("parquet", table.to_parquet, pandas.read_parquet)):
        path = f"s3://{BUCKET}/pandas/a b+c.{kind}"
        write(path)
        check(f"pandas writes and reads {kind}", read(path).equals(table))
    # Without a file system pandas lets the C++ SDK write the partitions, which knows no session of a pod here.
    fs = s3fs.S3FileSystem()
    table.to_parquet(f"{BUCKET}/pandas/parts", partition_cols=["quarter"], filesystem=fs)
    back = pandas.read_parquet(f"{BUCKET}/pandas/parts", filters=[("quarter", "==", "q3")], filesystem=fs)
    same("pandas writes partitions and reads one", (len(back), set(back["total"] % 4)), (12_500, {2}))


def arrow():
    # The C++ SDK takes a pod's token to AWS's own STS where its version knows no AWS_ENDPOINT_URL_STS; it is given the session.
    held = session.get_credentials().get_frozen_credentials()
    fs = pyarrow.fs.S3FileSystem(access_key=held.access_key, secret_key=held.secret_key, session_token=held.token, region="us-east-1", scheme="http", endpoint_override=endpoint().removeprefix("http://"))
    whole = pyarrow.Table.from_pandas(table)
    pyarrow.parquet.write_table(whole, f"{BUCKET}/arrow/one.parquet", filesystem=fs)
    check("pyarrow writes and reads parquet", pyarrow.parquet.read_table(f"{BUCKET}/arrow/one.parquet", filesystem=fs).equals(whole))
    pyarrow.dataset.write_dataset(whole, f"{BUCKET}/arrow/set", format="parquet", partitioning=["quarter"], filesystem=fs, existing_data_behavior="overwrite_or_ignore")
    found = pyarrow.dataset.dataset(f"{BUCKET}/arrow/set", format="parquet", partitioning=["quarter"], filesystem=fs)
    same("a data set, one partition of it", found.to_table(filter=pyarrow.dataset.field("quarter") == "q2").num_rows, 12_500)
    data = os.urandom(12 << 20)
    with fs.open_output_stream(f"{BUCKET}/arrow/a b+c") as out:
        out.write(data)
    with fs.open_input_file(f"{BUCKET}/arrow/a b+c") as back:
        check("a stream in parts", back.read() == data)
    fs.copy_file(f"{BUCKET}/arrow/a b+c", f"{BUCKET}/arrow/copy")
    fs.move(f"{BUCKET}/arrow/copy", f"{BUCKET}/arrow/moved")
    info = fs.get_file_info([f"{BUCKET}/arrow/copy", f"{BUCKET}/arrow/moved"])
    same("copy and move", [(one.type, one.size) for one in info], [(pyarrow.fs.FileType.NotFound, None), (pyarrow.fs.FileType.File, len(data))])
    fs.delete_dir(f"{BUCKET}/arrow")
    same("delete_dir", s3.list_objects_v2(Bucket=BUCKET, Prefix="arrow/")["KeyCount"], 0)


def the_end():
    for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=one["Key"])
    s3.delete_bucket(Bucket=BUCKET)


s3.create_bucket(Bucket=BUCKET)
run(files, tables, arrow, the_end)
