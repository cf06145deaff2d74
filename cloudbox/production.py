"""What `CLOUDBOX_ENV=production` refuses to start with, and what nothing starts with."""

from dataclasses import dataclass
from urllib.parse import SplitResult

from cloudbox.environment import WrongSetting

SHORTEST_SECRET = 50  # characters
FEWEST_DIFFERENT = 10  # characters
SHORTEST_TOKEN = 32  # characters


@dataclass(frozen=True)
class Choices:
    """The settings that decide whether an installation is safe to show to others."""

    secrets: dict[str, str]  # by the names of their settings; those that are set
    blobs_token: str  # "" for none
    default_secret: bool
    debug: bool
    url: SplitResult
    url_given: bool
    cors_origins: list[str]
    short_passwords: bool


def refuse_insecure(chosen: Choices) -> None:
    """Raise WrongSetting, naming the setting, for the first value that is not safe in production."""
    weak = [name for name, secret in chosen.secrets.items() if _is_weak(secret)]
    faults = {
        "SECRET_KEY must be set to a random value of your own in production.": chosen.default_secret,
        f"{''.join(weak[:1])} must have {SHORTEST_SECRET} characters or more, many of them different, in production.": (
            bool(weak)
        ),
        f"CLOUDBOX_BLOBS_TOKEN must have {SHORTEST_TOKEN} characters or more, many of them different, in production.": (
            bool(chosen.blobs_token) and _is_weak(chosen.blobs_token, SHORTEST_TOKEN)
        ),
        "DEBUG must be false in production: its pages show code and values.": chosen.debug,
        "CLOUDBOX_URL must be set in production: cookies, links and the allowed host follow from it.": (
            not chosen.url_given
        ),
        "CLOUDBOX_URL must begin with https:// in production: over plain http cookies can be read on the way.": (
            chosen.url.scheme != "https"
        ),
        "CLOUDBOX_CORS_ORIGINS must have https:// addresses only in production.": (
            not all(origin.startswith("https://") for origin in chosen.cors_origins)
        ),
        "CLOUDBOX_PASSWORD_POLICY must be strict in production.": chosen.short_passwords,
    }
    for sentence, found in faults.items():
        if found:
            raise WrongSetting(sentence)


def refuse_twice(token: str, *, used: list[str]) -> None:
    """Raise WrongSetting if the token of the blobs is a secret that signs or seals something: it travels."""
    if token and token in used:
        raise WrongSetting("CLOUDBOX_BLOBS_TOKEN must not be a secret that is set for something else.")


def _is_weak(secret: str, shortest: int = SHORTEST_SECRET) -> bool:
    return len(secret) < shortest or len(set(secret)) < FEWEST_DIFFERENT
