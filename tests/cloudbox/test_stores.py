"""Which stores there are, as the settings say."""

from pathlib import Path

import pytest

from cloudbox.environment import Environment, WrongSetting
from cloudbox.stores import Bucket, all_stores, bucket_of, chosen_store, directory_of

DATA, BASE = Path("/data"), Path("/srv/cloudbox")


def stores(**variables: str) -> dict[str, str]:
    return all_stores(Environment(variables), DATA, BASE)


def chosen(**variables: str) -> str:
    env = Environment(variables)
    return chosen_store(env, all_stores(env, DATA, BASE))


def test_a_directory_and_the_database_are_always_known():
    assert stores() == {"local": "local:///data/blobs", "database": "database:"}
    assert chosen() == "local"


def test_the_ancestors_choose_and_describe_by_their_own_names():
    ancestor = {"ACTIVE_STORAGE": "s3", "S3_BUCKET_NAME": "files", "S3_ENDPOINT": "https://s3.example.org"}

    assert chosen(ACTIVE_STORAGE="database") == "database"
    assert chosen(ACTIVE_STORAGE="database", CLOUDBOX_STORE="local") == "local"
    assert chosen(**ancestor) == "s3"
    for login in (
        {"S3_ACCESS_KEY": "key", "S3_SECRET_KEY": "se/cr+t", "S3_REGION": "here"},
        {"S3_ACCESS_KEY_ID": "key", "S3_SECRET_ACCESS_KEY": "se/cr+t", "S3_REGION_NAME": "here"},
    ):
        bucket = bucket_of(stores(**ancestor, **login)["s3"])
        assert (bucket.name, bucket.endpoint) == ("files", "https://s3.example.org")
        assert (bucket.access_key, bucket.secret_key, bucket.region) == ("key", "se/cr+t", "here")


@pytest.mark.parametrize(
    ("path", "directory"), [("/mnt/my disk%/b", "/mnt/my disk%/b"), ("blobs", "/srv/cloudbox/blobs")]
)
def test_the_directory_of_the_local_store_is_a_setting(path, directory):
    assert directory_of(stores(LOCAL_STORAGE_PATH=path)["local"]) == Path(directory)


def test_s3_without_a_bucket_is_one_sentence():
    with pytest.raises(WrongSetting, match=r"^CLOUDBOX_STORE is s3, so S3_BUCKET_NAME must name a bucket\.$"):
        chosen(CLOUDBOX_STORE="s3", S3_ENDPOINT="https://s3.example.org")
    with pytest.raises(WrongSetting, match=r"^ACTIVE_STORAGE is s3, so S3_BUCKET_NAME"):
        chosen(ACTIVE_STORAGE="s3")


def test_a_store_that_nothing_names_is_refused():
    with pytest.raises(WrongSetting, match=r"^CLOUDBOX_STORE must be local or database or cold, not 'colder'\."):
        chosen(CLOUDBOX_STORE="colder", CLOUDBOX_STORES="cold=local:///mnt/cold")


def test_what_a_bucket_is_told_survives_its_url():
    bucket = Bucket(
        name="my.bucket",
        prefix="a b/c%/",
        access_key="KEY",
        secret_key="a/b+c:d@e,f?g#h%20",
        endpoint="https://s3.example.org:9000/storage/v1",
        region="eu-1",
        addressing="virtual",
        checksums="when_supported",
        storage_class="STANDARD_IA",
        connect_timeout=1,
        read_timeout=2,
        attempts=3,
    )

    assert bucket_of(bucket.url) == bucket
    assert bucket_of(Bucket(name="only").url) == Bucket(name="only")


def test_more_stores_have_names_and_urls():
    named = stores(
        CLOUDBOX_STORES="cold=s3://K:S%2F@bucket/pre?endpoint=https://s3.example.org&addressing=path, "
        "two=local:///mnt/two, rows=database:"
    )

    assert list(named) == ["local", "database", "cold", "two", "rows"]
    assert bucket_of(named["cold"]) == Bucket(
        name="bucket", prefix="pre/", access_key="K", secret_key="S/", endpoint="https://s3.example.org"
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("cold", "must be names and URLs"),
        ("cold=ftp://host/x", "must be names and URLs"),
        ("Cold=local:///x", "must be names and URLs"),
        ("spool=local:///x", "must not name spool: that is taken"),
        ("s3=local:///x", "must not name s3: that is taken"),
        ("a=local:///x,a=local:///y", "must not name a: that is taken"),
        ("a=local://x/y", "the URL of a must be local:///an/absolute/path"),
        ("a=local:x", "the URL of a must be local:///an/absolute/path"),
        ("a=database:other", "the URL of a must be database: and nothing else"),
        ("a=s3://hunter2:hunter2/@bucket/", "percent-encoded"),
        ("a=s3://hunter2@bucket", "both an access key and a secret key"),
        ("a=s3://K:hunter2@bucket?adressing=path", "followed by endpoint, region"),
        ("a=s3://K:hunter2@bucket?addressing=paths", "followed by addressing=, path or virtual or auto"),
        ("a=s3://K:hunter2@bucket?endpoint=s3.example.org", "followed by endpoint=, an address such as"),
        ("a=s3://K:hunter2@bucket?read_timeout=0", "followed by read_timeout=, seconds"),
        ("a=s3://K:hunter2@bucket?region", "followed by options such as"),
        ("a=s3://K:hunter2\u2100@bucket", "s3://KEY:SECRET@bucket/prefix"),
        ("a=s3://K:hunter2@[bucket", "s3://KEY:SECRET@bucket/prefix"),
        ("a=s3://K:hunter2@b", "s3://KEY:SECRET@bucket/prefix"),
    ],
)
def test_a_store_that_cannot_be_used_is_refused_without_its_secret(given, said):
    with pytest.raises(WrongSetting, match="CLOUDBOX_STORES") as refused:
        stores(CLOUDBOX_STORES=given)

    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"S3_BUCKET_NAME": "a b"}, "S3_BUCKET_NAME must be the name of a bucket"),
        ({"S3_BUCKET_NAME": "abc", "S3_ACCESS_KEY": "hunter2"}, "must be set both or not at all"),
        ({"S3_BUCKET_NAME": "abc", "S3_ENDPOINT": "s3.example.org"}, "S3_ENDPOINT must be an address"),
        ({"S3_BUCKET_NAME": "abc", "S3_ENDPOINT": "https://hunter2:hunter2@s3.example.org"}, "S3_ENDPOINT must be"),
        ({"S3_BUCKET_NAME": "abc", "S3_ENDPOINT": "http://my_minio:9000"}, "S3_ENDPOINT must be an address"),
        ({"S3_BUCKET_NAME": "abc", "S3_ENDPOINT": "http://m\u00fcnchen.example"}, "S3_ENDPOINT must be an address"),
        ({"S3_BUCKET_NAME": "abc", "S3_ENDPOINT": "http://minio:https"}, "S3_ENDPOINT must be an address"),
        ({"S3_BUCKET_NAME": "abc", "S3_ENDPOINT": "http://minio:99999"}, "S3_ENDPOINT must be an address"),
        ({"S3_BUCKET_NAME": "abc", "CLOUDBOX_S3_ADDRESSING": "host"}, "CLOUDBOX_S3_ADDRESSING must be path or"),
        ({"S3_BUCKET_NAME": "abc", "CLOUDBOX_STORES": "s3=s3://K:S@other"}, "must not name s3 when S3_BUCKET_NAME"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_refused_by_name(variables, said):
    with pytest.raises(WrongSetting, match=said) as refused:
        stores(**variables)

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [
        "two=local:///data/blobs",
        "a=local:///x,b=local:///x/",
        "a=s3://K:S@bucket,b=s3://L:T@bucket/?region=eu-1",
        "a=s3://K:S@bucket?endpoint=https://s3.example.org,b=s3://K:S@bucket?endpoint=https://S3.example.org:443/",
        "a=s3://K:S@bucket?endpoint=http://[::1]:80,b=s3://K:S@bucket?endpoint=http://[::1]",
    ],
)
def test_one_place_has_one_name(given):
    with pytest.raises(WrongSetting, match="must not be one and the same place"):
        stores(CLOUDBOX_STORES=given)


def test_the_spool_is_no_store_of_its_own():
    env = Environment({"LOCAL_STORAGE_PATH": "/data/spool"})

    with pytest.raises(WrongSetting, match="The stores local and spool must not be one and the same place"):
        all_stores(env, DATA, BASE, DATA / "spool")


@pytest.mark.parametrize(
    "endpoint", ["http://minio:9000", "https://[::1]:9000", "https://10.0.0.1/s3", "https://s3.ir."]
)
def test_an_endpoint_is_any_address_that_boto3_can_ask(endpoint):
    assert bucket_of(stores(S3_BUCKET_NAME="abc", S3_ENDPOINT=endpoint)["s3"]).endpoint == endpoint


def test_no_secret_is_in_what_a_bucket_prints():
    assert "hunter2" not in repr(Bucket(name="abc", access_key="hunter2", secret_key="hunter2"))
