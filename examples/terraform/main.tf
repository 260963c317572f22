# The guide's provider, policy, role and attachment as Terraform: `eval "$(podpass env)"`, `terraform init`, then
# `terraform apply -var issuer="$PODPASS_ISSUER"`.
#
# Region, endpoint and credentials come from the environment; nothing here knows that AWS is podpass.
# Service accounts, buckets and the workload are those of examples/reports.yaml.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "issuer" {
  description = "The cluster's issuer, https://...; PODPASS_ISSUER of `podpass env`."
  type        = string
}

variable "namespace" {
  type    = string
  default = "reports"
}

variable "service_account" {
  type    = string
  default = "reporting"
}

provider "aws" {}

locals {
  issuer = trimprefix(var.issuer, "https://")
}

resource "aws_iam_openid_connect_provider" "cluster" {
  url            = var.issuer
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "OnlyThisServiceAccount"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.cluster.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = ["system:serviceaccount:${var.namespace}:${var.service_account}"]
    }
  }
}

data "aws_iam_policy_document" "reports" {
  statement {
    sid       = "ReadReports"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::reports/*"]
  }

  statement {
    sid       = "ListReports"
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::reports"]
  }
}

resource "aws_iam_policy" "reports" {
  name   = "reporting"
  policy = data.aws_iam_policy_document.reports.json
}

resource "aws_iam_role" "reporting" {
  name               = "reporting"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "reports" {
  role       = aws_iam_role.reporting.name
  policy_arn = aws_iam_policy.reports.arn
}

output "role_arn" {
  description = "For the annotation `eks.amazonaws.com/role-arn`."
  value       = aws_iam_role.reporting.arn
}
