from pathlib import Path

import pytest

from cloudbox.environment import (
    Environment,
    Rate,
    WrongSetting,
    database,
    database_url,
    network,
    origin,
    redis_databases,
)


def environment(**variables: str) -> Environment:
    return Environment(variables)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("ON", True), ("1", True), ("no", False), ("", False)])
def test_a_flag_is_true_or_false(text, value):
    assert environment(DEBUG=text).flag("DEBUG", "false") is value


@pytest.mark.parametrize("text", ["flase", "2", "truee", " "])
def test_a_flag_that_is_neither_is_refused_by_name(text):
    with pytest.raises(WrongSetting, match=r"^DEBUG must be true or false, not '.*'\.$"):
        environment(DEBUG=text).flag("DEBUG", "false")


@pytest.mark.parametrize("text", ["0", "65536", "-1", "80a", "8e3", "٨", "9" * 40])
def test_a_number_out_of_bounds_is_refused_by_name(text):
    with pytest.raises(WrongSetting, match="PORT must be a whole number from 1 to 65535"):
        environment(PORT=text).number("PORT", "8000", least=1, most=65535)


@pytest.mark.parametrize(
    ("text", "size"), [("5 GiB", 5 * 2**30), ("5gib", 5 * 2**30), ("1024", 1024), ("2 MiB", 2**21), ("", 2**20)]
)
def test_a_size_is_bytes_with_or_without_a_unit(text, size):
    assert environment(CLOUDBOX_MAX_JSON=text).size("CLOUDBOX_MAX_JSON", "1 MiB") == size


@pytest.mark.parametrize("text", ["5 GB", "-1", "1.5 GiB", "GiB", "8388608 TiB", "12"])
def test_a_size_that_is_none_is_refused_by_name(text):
    with pytest.raises(WrongSetting, match="CLOUDBOX_MAX_JSON must be a size"):
        environment(CLOUDBOX_MAX_JSON=text).size("CLOUDBOX_MAX_JSON", "1 MiB", least=1024)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("600/minute", Rate(600, 60)),
        ("1/second", Rate(1, 1)),
        ("5/day", Rate(5, 86_400)),
        ("off", None),
        ("", None),
    ],
)
def test_a_rate_is_so_many_requests_in_a_time_or_off(text, rate):
    assert environment(CLOUDBOX_RATE_PER_KEY=text).rate("CLOUDBOX_RATE_PER_KEY", "off") == rate


@pytest.mark.parametrize("text", ["600", "0/minute", "-1/minute", "600/week", "600/minutes", "1.5/day", "٨/day", "on"])
def test_a_rate_that_is_none_is_refused_by_name(text):
    with pytest.raises(WrongSetting, match="CLOUDBOX_RATE_PER_KEY must be off, or requests in a second"):
        environment(CLOUDBOX_RATE_PER_KEY=text).rate("CLOUDBOX_RATE_PER_KEY", "off")


def test_a_choice_is_one_of_those_named():
    with pytest.raises(WrongSetting, match="CLOUDBOX_DOOR must be web or s3, not 'ftp'"):
        environment(CLOUDBOX_DOOR="ftp").choice("CLOUDBOX_DOOR", "web", choices=("web", "s3"))


def test_a_relative_path_is_below_the_base():
    assert environment(CLOUDBOX_DATA="data").path("CLOUDBOX_DATA", "var", base=Path("/srv")) == Path("/srv/data")
    assert environment(CLOUDBOX_DATA="/data").path("CLOUDBOX_DATA", "var", base=Path("/srv")) == Path("/data")


@pytest.mark.parametrize("text", ["https://a.example", "http://A.example:8000/", "http://[::1]:8000"])
def test_an_origin_has_a_scheme_and_a_host(text):
    assert origin(text) == text.lower().removesuffix("/")


@pytest.mark.parametrize(
    "text",
    [
        "a.example",
        "ftp://a.example",
        "https://a.example/path",
        "https://",
        "https://u@a",
        "http://a:x",
        "http://a?b",
        "*",
    ],
)
def test_an_address_that_is_no_origin_is_refused_by_name(text):
    with pytest.raises(WrongSetting, match="CLOUDBOX_URL must be an address"):
        environment(CLOUDBOX_URL=text).origin("CLOUDBOX_URL", "http://127.0.0.1:8000")


def test_a_secret_is_never_shown():
    with pytest.raises(WrongSetting) as refused:
        environment(DATABASE_URL="mysql://root:hunter2@db/x").url("DATABASE_URL", "", schemes=("postgresql",))

    assert str(refused.value) == "DATABASE_URL must be a URL that begins with postgresql://."


def test_a_list_is_checked_item_by_item():
    env = environment(CLOUDBOX_PROXIES="10.0.0.0/8, 192.0.2.1,", CLOUDBOX_CORS_ORIGINS="https://a.example,*")

    assert env.items("CLOUDBOX_PROXIES", network) == ["10.0.0.0/8", "192.0.2.1/32"]
    with pytest.raises(WrongSetting, match="CLOUDBOX_CORS_ORIGINS must be an address"):
        env.items("CLOUDBOX_CORS_ORIGINS", origin)


def test_the_parts_of_the_ancestors_make_a_database_url():
    env = environment(DB_HOST="db", DB_USER="cary", DB_PASSWORD="p@ss/word", DB_NAME="store")

    assert database_url(env) == "postgresql://cary:p%40ss%2Fword@db:5432/store"
    assert database(database_url(env))["PASSWORD"] == "p@ss/word"


def test_without_any_part_there_is_no_database_url():
    assert database_url(environment()) == ""


def test_a_socket_directory_is_an_option_of_the_database():
    described = database("postgresql://cloudbox@/cloudbox?host=/srv/run")

    assert (described["NAME"], described["HOST"], described["OPTIONS"]) == ("cloudbox", "/srv/run", {})


@pytest.mark.parametrize("url", ["postgresql://db", "postgresql://db:port/x", "postgresql:"])
def test_a_database_url_without_a_database_is_refused_by_name(url):
    with pytest.raises(WrongSetting, match=r"^DATABASE_URL must name a database"):
        database(url)


@pytest.mark.parametrize(
    ("url", "broker", "cache"),
    [
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0", "unix:///run/redis.sock?db=1"),
        (
            "unix://:pw@/run/redis.sock?db=4",
            "redis+socket://:pw@/run/redis.sock?virtual_host=4",
            "unix://:pw@/run/redis.sock?db=5",
        ),
        ("redis://:p%40@h:6379/3", "redis://:p%40@h:6379/3", "redis://:p%40@h:6379/4"),
        ("rediss://h", "rediss://h/0?ssl_cert_reqs=required", "rediss://h/1?ssl_cert_reqs=required"),
        ("rediss://h/2?ssl_cert_reqs=none", "rediss://h/2?ssl_cert_reqs=none", "rediss://h/3?ssl_cert_reqs=none"),
    ],
)
def test_tasks_and_cache_have_a_redis_database_each(url, broker, cache):
    assert redis_databases(url) == (broker, cache)


@pytest.mark.parametrize("url", ["redis://h/tasks", "redis://h/99999", "unix:///redis.sock?db=x", "unix://?db=1"])
def test_a_redis_url_without_a_number_is_refused_by_name(url):
    with pytest.raises(WrongSetting, match=r"^REDIS_URL must "):
        redis_databases(url)


def test_names_that_change_nothing_are_told():
    env = environment(CLOUDBOX_DEFUALT_QUOTA="1", MONGO_INITDB_ROOT_USERNAME="root", PATH="/bin")
    env.size("CLOUDBOX_DEFAULT_QUOTA", "5 GiB")

    assert env.remarks() == [
        "MONGO_INITDB_ROOT_USERNAME is not used: documents are kept in PostgreSQL.",
        "CLOUDBOX_DEFUALT_QUOTA is not a setting (did you mean CLOUDBOX_DEFAULT_QUOTA?).",
    ]
