"""What `CLOUDBOX_ENV=production` refuses to start with."""

from dataclasses import dataclass
from urllib.parse import SplitResult

from cloudbox.environment import WrongSetting

SHORTEST_SECRET = 50  # characters
FEWEST_DIFFERENT = 10  # characters


@dataclass(frozen=True)
class Choices:
    """The settings that decide whether an installation is safe to show to others."""

    secrets: dict[str, str]  # by the names of their settings; those that are set
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


def _is_weak(secret: str) -> bool:
    return len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_DIFFERENT
