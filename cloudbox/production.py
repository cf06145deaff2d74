"""What `CLOUDBOX_ENV=production` refuses to start with."""

from dataclasses import dataclass
from urllib.parse import SplitResult

from cloudbox.environment import WrongSetting

SHORTEST_SECRET = 50  # characters
FEWEST_DIFFERENT = 10  # characters


@dataclass(frozen=True)
class Choices:
    """The settings that decide whether an installation is safe to show to others."""

    secret: str
    default_secret: bool
    debug: bool
    url: SplitResult
    url_given: bool
    short_passwords: bool


def refuse_insecure(chosen: Choices) -> None:
    """Raise WrongSetting, naming the setting, for the first value that is not safe in production."""
    faults = {
        "SECRET_KEY must be set to a random value of your own in production.": chosen.default_secret,
        f"SECRET_KEY must have at least {SHORTEST_SECRET} characters, many of them different, in production.": (
            len(chosen.secret) < SHORTEST_SECRET or len(set(chosen.secret)) < FEWEST_DIFFERENT
        ),
        "DEBUG must be false in production: its pages show code and values.": chosen.debug,
        "CLOUDBOX_URL must be set in production: cookies, links and the allowed host follow from it.": (
            not chosen.url_given
        ),
        "CLOUDBOX_URL must begin with https:// in production: over plain http cookies can be read on the way.": (
            chosen.url.scheme != "https"
        ),
        "CLOUDBOX_PASSWORD_POLICY must be strict in production.": chosen.short_passwords,
    }
    for sentence, found in faults.items():
        if found:
            raise WrongSetting(sentence)
