"""The real Terraform with AWS's provider on examples/terraform: apply, empty plans, changes in place, import, destroy.

Run by `cargo xtask test`; needs PODPASS_BIN, a Python with awscli, `terraform`, and the folder of its plugins as argument.
"""
import subprocess
import sys

from stage import EXAMPLES, check, main

# Each as a person would make it: what stands in main.tf, and what is to stand there.
CHANGES = (
    ('client_id_list = ["sts.amazonaws.com"]', 'client_id_list = ["sts.amazonaws.com", "other"]\n  tags = { team = "reports" }'),
    ('actions   = ["s3:GetObject"]', 'actions   = ["s3:GetObject", "s3:GetObjectTagging"]'),
    ('name               = "reporting"', 'name = "reporting"\n  description = "reads"\n  max_session_duration = 7200\n  tags = { team = "reports" }'),
)

# What a node controller's module makes beside it, and how it looks later.
NODES = """resource "aws_iam_role" "nodes" {
  name = "nodes"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_instance_profile" "nodes" {
  name = "nodes"
  role = aws_iam_role.nodes.name
}

resource "aws_iam_service_linked_role" "spot" {
  aws_service_name = "spot.amazonaws.com"
}
"""
LATER = (
    ("  role = aws_iam_role.nodes.name", '  role = aws_iam_role.nodes.name\n  tags = { cluster = "one" }'),
    ('"spot.amazonaws.com"', '"spot.amazonaws.com"\n  description      = "spot"\n  tags             = { cluster = "one" }'),
)


class Terraform:
    def __init__(self, server, folder):
        self.folder = folder
        # No configuration of the machine's, and no registry: the plugins that are here, or none.
        (folder / "cli.tfrc").write_text("disable_checkpoint = true\n")
        self.env = {**server.operator, "TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc"), "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "TF_VAR_issuer": server.variables["PODPASS_ISSUER"]}

    def __call__(self, *words):
        return subprocess.run(["terraform", *words], cwd=self.folder, env=self.env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=180)

    def apply(self, name, summary):
        done = self("apply", "-auto-approve", "-no-color")
        check(f"terraform apply: {name}", done.returncode == 0 and f"Apply complete! Resources: {summary}." in done.stdout, (done.stdout + done.stderr)[-2000:])
        self.still(f"after {name}")

    def still(self, name):
        plan = self("plan", "-detailed-exitcode", "-no-color")
        check(f"terraform plan is empty {name}", plan.returncode == 0, (plan.stdout + plan.stderr)[-2000:])


def run(server, folder):
    configuration = folder / "main.tf"
    text = (EXAMPLES / "terraform/main.tf").read_text()
    configuration.write_text(text)
    terraform = Terraform(server, folder)
    done = terraform("init", f"-plugin-dir={sys.argv[1]}", "-no-color")
    check("terraform init", done.returncode == 0, done.stderr)
    shape = terraform("fmt", "-check", "-no-color")
    check("the example is in Terraform's format", shape.returncode == 0, shape.stdout)
    terraform.apply("the example", "4 added, 0 changed, 0 destroyed")

    for words in (["mb", "s3://reports"], ["mb", "s3://payroll"], ["cp", str(configuration), "s3://reports/main.tf"]):
        server.aws("s3", *words)
    read = server.pod("reports", "reporting", "aws", "s3", "cp", "s3://reports/main.tf", "-")
    check("the pod reads under the role that Terraform made", read.stdout == text, read.stdout[-200:] + read.stderr)
    other = server.pod("reports", "reporting", "aws", "s3", "ls", "s3://payroll")
    check("and is refused the other bucket", "AccessDenied" in other.stderr, other.stdout + other.stderr)

    for old, new in CHANGES:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    configuration.write_text(text)
    terraform.apply("changes in place", "0 added, 3 changed, 0 destroyed")
    terraform("state", "rm", "aws_iam_role.reporting")
    done = terraform("import", "-no-color", "aws_iam_role.reporting", "reporting")
    check("terraform import of the role", done.returncode == 0, done.stderr)
    terraform.still("after the import")
    nodes(terraform)
    done = terraform("destroy", "-auto-approve", "-no-color")
    check("terraform destroy", done.returncode == 0 and "Destroy complete! Resources: 7 destroyed." in done.stdout, (done.stdout + done.stderr)[-2000:])
    for name in ("reporting", "nodes", "AWSServiceRoleForEC2Spot"):
        gone = server.aws("iam", "get-role", "--role-name", name)
        check(f"nothing is left of {name}", "NoSuchEntity" in gone.stderr, gone.stdout + gone.stderr)


def nodes(terraform):
    """An instance profile and a service-linked role: made, changed in place, imported."""
    text = NODES
    (terraform.folder / "nodes.tf").write_text(text)
    terraform.apply("an instance profile and a service-linked role", "3 added, 0 changed, 0 destroyed")
    for old, new in LATER:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (terraform.folder / "nodes.tf").write_text(text)
    terraform.apply("their changes in place", "0 added, 2 changed, 0 destroyed")
    terraform("state", "rm", "aws_iam_instance_profile.nodes")
    done = terraform("import", "-no-color", "aws_iam_instance_profile.nodes", "nodes")
    check("terraform import of the instance profile", done.returncode == 0, done.stderr)
    terraform.still("after that import")


if __name__ == "__main__":
    main("terraform", run)
