"""docs/how-to/s3-providers.md: the settings are settings, and the policy is what the store needs."""

import ast
import json
import re

import pytest

from cloudbox.embedded.bootstrap import ROOT
from cloudbox.stores import bucket_of
from tests.cloudbox.test_settings import settings_with
from tests.docs.markdown import blocks

BLOCKS = blocks(ROOT / "docs/how-to/s3-providers.md", "ini")
NEEDED = {  # which right each call needs, as AWS's documentation says
    "head_bucket": "s3:ListBucket",
    "list_objects_v2": "s3:ListBucket",
    "list_multipart_uploads": "s3:ListBucketMultipartUploads",
    "head_object": "s3:GetObject",
    "get_object": "s3:GetObject",
    "put_object": "s3:PutObject",
    "create_multipart_upload": "s3:PutObject",
    "upload_part": "s3:PutObject",
    "complete_multipart_upload": "s3:PutObject",
    "abort_multipart_upload": "s3:AbortMultipartUpload",
    "delete_object": "s3:DeleteObject",
}
NOT_ALLOWED = {"create_bucket"}  # whoever makes the bucket does


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: re.findall("ENDPOINT=(.*)", block) or "AWS")
def test_the_settings_of_every_provider_are_settings(block: str):
    told = dict(line.split("=", 1) for line in block.splitlines())

    found = settings_with(**told)
    bucket = bucket_of(found["CLOUDBOX_STORES"]["s3"])

    assert told.keys() - found["env"].known.keys() == set()
    assert found["CLOUDBOX_STORE"] == "s3"
    assert (bucket.name, bucket.region, bucket.endpoint) == (
        told["S3_BUCKET_NAME"],
        told["S3_REGION_NAME"],
        told.get("S3_ENDPOINT", ""),
    )


def test_the_policy_allows_what_the_store_does_and_no_more():
    policy = json.loads((ROOT / "deploy/s3-policy.json").read_text())
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}

    assert allowed == {NEEDED[call] for call in calls_of_the_store() - NOT_ALLOWED}


def calls_of_the_store() -> set[str]:
    """Return the names of boto3's calls in the S3 store."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / "assets/storage/s3.py").read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Call)
        ):
            of, called = ast.unparse(node.func.value.func), node.func.attr
            if of == "self._client" and called == "get_paginator":
                found.add(str(ast.literal_eval(node.args[0])))
            elif of == "self._client" and called != "generate_presigned_url":
                found.add(called)
    return found
