"""The settings in force, without their secrets."""

from dataclasses import dataclass

from cloudbox.settings import env


@dataclass(frozen=True)
class SettingNow:
    """One setting: what holds, and whether somebody set it."""

    name: str
    value: str
    is_default: bool
    secret: bool


def in_force() -> list[SettingNow]:
    """Return every setting by name. Of a secret only whether it is set is told."""
    return [
        SettingNow(
            name=setting.name,
            value=("set" if setting.given else "not set") if setting.secret else setting.given or setting.default,
            is_default=not setting.given,
            secret=setting.secret,
        )
        for _, setting in sorted(env.known.items())
    ]
