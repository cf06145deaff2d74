"""The settings file as a whole: what stops the start, and what the environment changes."""

import os
import re
import runpy
import subprocess
import sys
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings

from cloudbox import environment
from cloudbox.environment import WrongSetting

SAFE = {
    "CLOUDBOX_ENV": "production",
    "CLOUDBOX_URL": "https://cloud.example.org",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
}


def python(code: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run `code` in a process that has nothing but these variables."""
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(settings.BASE_DIR)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env={**path, **environment}, capture_output=True, text=True, check=False)


def settings_with(**environment: str) -> dict[str, Any]:
    """Return what the settings file says when the environment has nothing but these variables."""
    with patch.dict(os.environ, environment, clear=True):
        return runpy.run_path(str(settings.BASE_DIR / "cloudbox/settings.py"))


def test_an_empty_environment_gives_a_development_server():
    given = settings_with()

    assert (given["CLOUDBOX_ENV"], given["DEBUG"], given["CLOUDBOX_URL"]) == (
        "development",
        False,
        "http://127.0.0.1:8000",
    )
    assert given["CLOUDBOX_DEFAULT_QUOTA"] == 5 * 2**30


@pytest.mark.parametrize("module", ["cloudbox.wsgi", "cloudbox.celery"])
def test_a_wrong_value_stops_the_start_with_one_sentence(module):
    ran = python(f"import {module}", DEBUG="flase")

    assert (ran.returncode, ran.stderr) == (1, "CloudBox does not start: DEBUG must be true or false, not 'flase'.\n")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set to a random value"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must have 50 characters or more"),
        ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY must have 50 characters or more, many of them different"),
        ({"DEBUG": "true"}, "DEBUG must be false in production"),
        ({"CLOUDBOX_URL": ""}, "CLOUDBOX_URL must be set in production"),
        ({"CLOUDBOX_URL": "http://cloud.example.org"}, "CLOUDBOX_URL must begin with https://"),
        ({"CLOUDBOX_PASSWORD_POLICY": "compat"}, "CLOUDBOX_PASSWORD_POLICY must be strict"),
        ({"CLOUDBOX_CORS_ORIGINS": "*"}, "CLOUDBOX_CORS_ORIGINS must be an address"),
        ({"CLOUDBOX_CORS_ORIGINS": "http://a.example"}, "CLOUDBOX_CORS_ORIGINS must have https:// addresses only"),
        ({"JWT_SECRET_KEY": "short"}, "JWT_SECRET_KEY must have 50 characters or more"),
        ({"CLOUDBOX_KEYS_SECRETS": f"{SAFE['SECRET_KEY']},short"}, "CLOUDBOX_KEYS_SECRETS must have 50 characters"),
        ({"CLOUDBOX_BLOBS_TOKEN": "76134SBNVDSDHGWF25462567523"}, "CLOUDBOX_BLOBS_TOKEN must have 32 characters"),
        ({"CLOUDBOX_BLOBS_TOKEN": "ab" * 20}, "CLOUDBOX_BLOBS_TOKEN must have 32 characters or more, many of them"),
    ],
)
def test_production_refuses_what_is_not_safe(changed, named):
    with pytest.raises(WrongSetting, match=f"^{named}"):
        settings_with(**{**SAFE, **changed})


@pytest.mark.parametrize(
    "token", ["two words", "comma,", "t\u00f6ken", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmVk"]
)
def test_a_token_of_the_operator_can_be_sent_and_is_no_other_token(token):
    with pytest.raises(WrongSetting, match=r"^CLOUDBOX_BLOBS_TOKEN must be letters") as refused:
        settings_with(CLOUDBOX_BLOBS_TOKEN=token)

    assert token not in str(refused.value)


@pytest.mark.parametrize("name", ["SECRET_KEY", "JWT_SECRET_KEY", "CLOUDBOX_KEYS_SECRETS"])
def test_a_secret_that_signs_or_seals_is_never_a_token(name):
    with pytest.raises(WrongSetting, match="CLOUDBOX_BLOBS_TOKEN must not be a secret that is set for something else"):
        settings_with(**{name: "the-same", "CLOUDBOX_BLOBS_TOKEN": "the-same"})


def test_production_takes_safe_values_and_protects_its_cookies():
    given = settings_with(**SAFE)

    assert given["ALLOWED_HOSTS"] == ["cloud.example.org"]
    assert given["CSRF_TRUSTED_ORIGINS"] == ["https://cloud.example.org"]
    assert given["SESSION_COOKIE_SECURE"] is given["CSRF_COOKIE_SECURE"] is True
    assert given["SECURE_HSTS_SECONDS"] == 365 * 24 * 3600


def test_the_address_sets_hosts_and_cookies_in_development_too():
    given = settings_with(CLOUDBOX_URL="http://nas.local:9000")

    assert given["ALLOWED_HOSTS"] == ["nas.local", "localhost", "127.0.0.1", "[::1]"]
    assert given["CSRF_TRUSTED_ORIGINS"] == ["http://nas.local:9000"]
    assert given["SESSION_COOKIE_SECURE"] is False


def test_the_port_is_part_of_the_address_and_of_the_cookies():
    given = settings_with(PORT="8123")

    assert (given["CLOUDBOX_URL"], given["SESSION_COOKIE_NAME"]) == ("http://127.0.0.1:8123", "cloudbox_session_8123")


def test_the_ancestors_names_are_honoured():
    given = settings_with(JWT_SECRET_KEY="from an ancestor", DB_HOST="db", DB_NAME="store", WORKERS="3", DEBUG="True")

    assert (given["SECRET_KEY"], given["WORKERS"], given["DEBUG"]) == ("from an ancestor", 3, True)
    assert given["DATABASES"]["default"]["HOST"] == "db"
    assert given["DATABASES"]["default"]["NAME"] == "store"


def test_a_database_url_goes_before_its_parts():
    given = settings_with(DB_NAME="a", DATABASE_URL="postgresql://h/b")

    assert given["DATABASES"]["default"]["NAME"] == "b"


def test_tokens_are_not_signed_with_the_key_of_the_sessions():
    given = settings_with(SECRET_KEY="one")

    assert given["JWT_SIGNING_KEY"] != given["SECRET_KEY"]
    assert given["JWT_SIGNING_KEY"] != settings_with(SECRET_KEY="one", JWT_SECRET_KEY="two")["JWT_SIGNING_KEY"]
    assert len(given["JWT_SIGNING_KEY"]) == 64


def test_the_s3_door_has_no_sessions():
    assert not [name for name in settings_with(CLOUDBOX_DOOR="s3")["MIDDLEWARE"] if "ession" in name or "csrf" in name]


def test_names_that_change_nothing_are_told_at_the_start():
    ran = python("import cloudbox.wsgi", MONGO_URL="mongodb://db", CLOUDBOX_QUOTA="1")

    assert ran.returncode == 0
    assert "MONGO_URL is not used" in ran.stderr
    assert "CLOUDBOX_QUOTA is not a setting" in ran.stderr


def test_a_task_longer_than_its_time_limit_is_stopped_before_it_could_run_twice():
    waits = {
        settings.CELERY_VISIBILITY_TIMEOUT,
        settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"],
        settings.CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS["visibility_timeout"],
    }

    assert waits == {3600}
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT < 3600


def documented(text: str) -> set[str]:
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", text, re.MULTILINE))


def test_every_setting_is_documented_and_nothing_else():
    assert documented((settings.BASE_DIR / "docs/settings.md").read_text()) == set(settings.ENVIRONMENT.known)


def test_every_setting_is_in_the_example_with_its_default():
    example = (settings.BASE_DIR / ".env.example").read_text()
    shown = dict(re.findall(r"^# ?([A-Z0-9_]+)=(.*)$", example, re.MULTILINE))

    assert shown.keys() == settings.ENVIRONMENT.known.keys()
    defaults = {name: setting.default for name, setting in settings.ENVIRONMENT.known.items() if not setting.secret}
    here = {"CLOUDBOX_URL", "CLOUDBOX_MAIL_FROM"}  # follow from others
    assert {name: shown[name] for name in defaults if name not in here} == {
        name: default for name, default in defaults.items() if name not in here
    }


def test_the_example_as_it_is_changes_nothing():
    with patch.dict(os.environ, {}, clear=True):
        assert environment.variables(settings.BASE_DIR / ".env.example") == {}


def test_a_dotenv_file_completes_the_environment(tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("# a comment\nPORT=8001\nexport CLOUDBOX_DOOR=s3\nSECRET_KEY='with $igns # in it'\n")

    with patch.dict(os.environ, {"PORT": "9000"}, clear=True):
        assert environment.variables(dotenv) == {
            "PORT": "9000",
            "CLOUDBOX_DOOR": "s3",
            "SECRET_KEY": "with $igns # in it",
        }


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=abc#def", "abc#def"),
        ("NAME=abc # a comment", "abc"),
        ('NAME="abc #def"', "abc #def"),
        ("NAME='it is \"so\"'  # a comment", 'it is "so"'),
        ('NAME=pass"word', 'pass"word'),
        ("NAME = 5 GiB", "5 GiB"),
        ("NAME=$OTHER\\n", "$OTHER\\n"),
        ("NAME= # none", ""),
        ("\ufeffNAME=1\r", "1"),
    ],
)
def test_a_value_in_a_dotenv_file_means_what_it_says(tmp_path, line, value):
    (tmp_path / ".env").write_text(f"{line}\n", encoding="utf-8")

    with patch.dict(os.environ, {}, clear=True):
        assert environment.variables(tmp_path / ".env") == {"NAME": value}


@pytest.mark.parametrize("line", ["hunter2", "1NAME=hunter2", "NAME='hunter2", 'NAME="hun"ter2', "set NAME=hunter2"])
def test_a_line_that_cannot_be_used_stops_the_start_and_is_not_shown(tmp_path, line):
    (tmp_path / ".env").write_text(f"PORT=8001\n{line}\n")

    with pytest.raises(WrongSetting, match=r"^Line 2 of .*\.env must be NAME=value") as refused:
        environment.variables(tmp_path / ".env")
    assert "hunter2" not in str(refused.value)


def test_a_dotenv_file_that_is_not_utf8_is_a_sentence(tmp_path):
    (tmp_path / ".env").write_bytes(b"NAME=\xff\n")

    with pytest.raises(WrongSetting, match=r"\.env must be UTF-8\.$"):
        environment.variables(tmp_path / ".env")
