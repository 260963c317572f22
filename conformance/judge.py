"""What code that runs as the operator stands on: boto3 clients whose every answer is held against botocore's own models.

An answer may have no element that the model does not know, and must have every member that the model requires.
"""
import json
import xml.etree.ElementTree as ElementTree

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

A = "arn:aws:iam::000000000000:"


def local(element):
    return element.tag.rpartition("}")[2]


def known(shape, element, path):
    """Nothing in the XML that the model does not know."""
    if shape.type_name == "structure":
        for child in element:
            member = shape.members.get(local(child))
            assert member is not None, f"{path}: the model of {shape.name} has no {local(child)}"
            known(member, child, f"{path}.{local(child)}")
    elif shape.type_name == "list":
        for child in element:
            assert local(child) == "member", f"{path}: {local(child)} in a list"
            known(shape.member, child, f"{path}[]")
    elif shape.type_name == "map":
        for entry in element:
            assert local(entry) == "entry" and [local(part) for part in entry] == ["key", "value"], f"{path}: no map"
            known(shape.value, entry[1], f"{path}{{}}")
    else:
        assert len(element) == 0, f"{path}: elements in a {shape.type_name}"


def whole(shape, value, path):
    """Every member that the model requires is there."""
    if shape.type_name == "structure":
        for name in shape.required_members:
            assert name in value, f"{path}: {name} is required"
        for name, inner in value.items():
            if name in shape.members:
                whole(shape.members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            whole(shape.member, item, f"{path}[]")


def judged(http_response, parsed, model, **_):
    """After each call: the bytes, and what botocore read from them."""
    if http_response.status_code >= 300 or model.service_model.metadata["protocol"] != "query":
        return
    root = ElementTree.fromstring(http_response.content)
    assert local(root) == f"{model.name}Response", local(root)
    assert root.tag.startswith("{" + model.service_model.metadata["xmlNamespace"] + "}"), root.tag
    assert parsed["ResponseMetadata"]["RequestId"] == root.find("{*}ResponseMetadata/{*}RequestId").text
    if model.output_shape is not None:
        known(model.output_shape, root.find("{*}" + model.output_shape.serialization["resultWrapper"]), model.name)
        whole(model.output_shape, {k: v for k, v in parsed.items() if k != "ResponseMetadata"}, model.name)


def client(name, config=None, **credentials):
    # The server is to refuse what is wrong, not the client.
    made = boto3.client(name, config=Config(parameter_validation=False).merge(config or Config()), **credentials)
    made.meta.events.register(f"after-call.{name}", judged)
    return made


def fails(code, status, call, text=None, **kw):
    """The call ends in this code, with this status, and with this text where one is given."""
    try:
        call(**kw)
    except ClientError as error:
        found = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert found == (code, status), (call.__name__, error.response)
        assert text is None or text in error.response["Error"]["Message"], error.response["Error"]["Message"]
        assert error.response["Error"]["Type"] == "Sender" and error.response["ResponseMetadata"]["RequestId"], error.response
        return
    raise AssertionError("allowed: " + call.__name__)


def doc(action="s3:GetObject", resource="*"):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})


def trusts(kind, name, action):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {kind: name}, "Action": action}]})


trust = trusts("Federated", A + "oidc-provider/i.example", "sts:AssumeRoleWithWebIdentity")
iam = client("iam")
