"""The real Terraform over S3: state in a bucket with its lock (`use_lockfile`), and buckets, their policies and what is in them.

Run by `cargo xtask test`; needs PODPASS_BIN, a Python with awscli, `terraform`, and the folder of its plugins as argument.
"""
import json
import subprocess
import sys

from stage import check, main
from terraform import Terraform

BACKEND = """terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
  backend "s3" {
    bucket         = "states"
    key            = "team a+b/terraform.tfstate"
    region         = "us-east-1"
    use_lockfile   = true
    use_path_style = true
  }
}

provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}

variable "issuer" {
  type = string
}
"""
BUCKETS = """
resource "aws_s3_bucket" "reports" {
  bucket        = "tf-reports"
  force_destroy = true
}

resource "aws_s3_bucket_public_access_block" "reports" {
  bucket                  = aws_s3_bucket.reports.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

data "aws_iam_policy_document" "reports" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.reports.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::000000000000:root"]
    }
  }
}

resource "aws_s3_bucket_policy" "reports" {
  bucket     = aws_s3_bucket.reports.id
  policy     = data.aws_iam_policy_document.reports.json
  depends_on = [aws_s3_bucket_public_access_block.reports]
}

resource "aws_s3_bucket_ownership_controls" "reports" {
  bucket = aws_s3_bucket.reports.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_object" "table" {
  bucket       = aws_s3_bucket.reports.id
  key          = "in/a+b &.csv"
  content      = "quarter,total\\n"
  content_type = "text/csv"
  tags         = { team = "reports" }
}
"""
LATER = (
    ('content      = "quarter,total\\n"', 'content      = "quarter,total\\nq1,42\\n"'),
    ("restrict_public_buckets = true", "restrict_public_buckets = false"),
    ('["s3:GetObject"]', '["s3:GetObject", "s3:GetObjectTagging"]'),
)


def run(server, folder):
    (folder / "tf").mkdir()
    terraform = Terraform(server, folder / "tf")
    made = server.aws("s3", "mb", "s3://states")
    check("a bucket for the state", made.returncode == 0, made.stderr)
    text = BACKEND
    (terraform.folder / "main.tf").write_text(text)
    done = terraform("init", f"-plugin-dir={sys.argv[1]}", "-no-color")
    check("terraform init with the state in S3", done.returncode == 0, done.stderr)
    text += BUCKETS
    (terraform.folder / "main.tf").write_text(text)
    terraform.apply("a bucket, its block, policy, ownership and an object", "5 added, 0 changed, 0 destroyed")
    keys = lambda bucket: sorted(one["Key"] for one in json.loads(server.aws("s3api", "list-objects-v2", "--bucket", bucket, "--output", "json").stdout or "{}").get("Contents", []))
    state = server.aws("s3", "cp", "s3://states/team a+b/terraform.tfstate", "-")
    check("the state is in the bucket", '"tf-reports"' in state.stdout, state.stderr)
    check("and its lock is gone", keys("states") == ["team a+b/terraform.tfstate"], keys("states"))
    locks(server, terraform, folder)
    for old, new in LATER:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (terraform.folder / "main.tf").write_text(text)
    terraform.apply("changes in place", "0 added, 3 changed, 0 destroyed")
    read = server.aws("s3", "cp", "s3://tf-reports/in/a+b &.csv", "-")
    check("the object is the new one", read.stdout == "quarter,total\nq1,42\n", read.stdout + read.stderr)
    terraform("state", "rm", "aws_s3_bucket.reports")
    done = terraform("import", "-no-color", "aws_s3_bucket.reports", "tf-reports")
    check("terraform import of the bucket", done.returncode == 0, done.stderr)
    terraform.apply("force_destroy, which an import does not know", "0 added, 1 changed, 0 destroyed")
    # What Terraform knows nothing of: force_destroy empties the bucket first.
    for key in ("a b", "a+b", "folder/", "//x", "größe/&<>"):
        put = server.aws("s3api", "put-object", "--bucket", "tf-reports", "--key", key)
        check(f"an object {key!r} beside", put.returncode == 0, put.stderr)
    done = terraform("destroy", "-auto-approve", "-no-color")
    check("terraform destroy of a full bucket", done.returncode == 0 and "Destroy complete! Resources: 5 destroyed." in done.stdout, (done.stdout + done.stderr)[-2000:])
    gone = server.aws("s3api", "head-bucket", "--bucket", "tf-reports")
    check("the bucket is gone", gone.returncode != 0 and "404" in gone.stderr, gone.stdout + gone.stderr)


def locks(server, terraform, folder):
    """A lock that somebody holds, one that is broken, and two who want it at once."""
    lock = "team a+b/terraform.tfstate.tflock"
    info = {"ID": "7d1e2c1e-0000-4000-8000-000000000001", "Operation": "OperationTypeApply", "Info": "", "Who": "somebody@elsewhere", "Version": "1.11.4", "Created": "2026-01-01T00:00:00Z", "Path": "states/team a+b/terraform.tfstate"}
    (folder / "lock.json").write_text(json.dumps(info))
    held = server.aws("s3api", "put-object", "--bucket", "states", "--key", lock, "--body", str(folder / "lock.json"))
    check("somebody holds the lock", held.returncode == 0, held.stderr)
    plan = terraform("plan", "-no-color")
    check("terraform plan waits for nobody: the state is locked", plan.returncode == 1 and "Error acquiring the state lock" in plan.stderr and "somebody@elsewhere" in plan.stderr, plan.stdout[-500:] + plan.stderr)
    freed = terraform("force-unlock", "-force", "-no-color", info["ID"])
    check("terraform force-unlock", freed.returncode == 0, freed.stdout + freed.stderr)
    terraform.still("after the lock was broken")
    two = [subprocess.Popen(["terraform", "plan", "-no-color", "-lock-timeout=120s"], cwd=terraform.folder, env=terraform.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL) for _ in range(2)]
    ends = [(one.communicate(timeout=180), one.returncode) for one in two]
    check("two at once: each gets the lock in its turn", all(status == 0 for _, status in ends), [out[1][-500:] for out, _ in ends])


if __name__ == "__main__":
    main("terraform s3", run)
