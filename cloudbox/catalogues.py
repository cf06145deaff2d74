"""Catalogues of translations: the text of a `.po` file, and the `.mo` file that gettext reads. Pure.

GNU's own programs are not on every machine that runs or tests CloudBox; what we need of them is this.
"""

import ast
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

PLURALS = "nplurals=2; plural=(n != 1);"  # of English and German
MAGIC = 0x950412DE
CONTEXT = "\x04"  # as gettext has it


@dataclass(frozen=True, order=True)
class Message:
    """A sentence to translate, and its form for many where it counts something. CONTEXT is after what it is for."""

    one: str
    many: str = ""
    places: tuple[str, ...] = field(default=(), compare=False)  # the files that say it

    @property
    def has_fields(self) -> bool:
        return "%(" in self.one + self.many


type_of_catalogue = dict[Message, tuple[str, ...]]  # what is said instead, for one and for many; empty: nothing yet


def read(text: str) -> type_of_catalogue:
    """Return what a catalogue has, without its head."""
    found: type_of_catalogue = {}
    for entry in text.split("\n\n"):
        said = dict(_fields(entry))
        if said.get("msgid"):
            forms = [said[name] for name in ("msgstr", "msgstr[0]", "msgstr[1]") if name in said]
            beginning = said["msgctxt"] + CONTEXT if "msgctxt" in said else ""
            found[Message(beginning + said["msgid"], said.get("msgid_plural", ""))] = tuple(forms) if all(forms) else ()
    return found


def written(language: str, catalogue: Mapping[Message, tuple[str, ...]]) -> str:
    """Return a catalogue as text, its messages in order."""
    return "\n".join([_head_text(language), *(_entry(message, catalogue[message]) for message in sorted(catalogue))])


def compiled(language: str, catalogue: Mapping[Message, tuple[str, ...]]) -> bytes:
    """Return the catalogue as gettext reads it: two tables of places, then the texts, sorted."""
    pairs = {message.one + (f"\0{message.many}" if message.many else ""): said for message, said in catalogue.items()}
    texts = {"": _head(language)} | {key: "\0".join(said) for key, said in pairs.items() if said}
    rows = sorted((key.encode(), value.encode()) for key, value in texts.items())
    count, start = len(rows), 28
    keys, values = _placed([key for key, _ in rows], start + 16 * count), []
    end = start + 16 * count + sum(len(key) + 1 for key, _ in rows)
    values = _placed([value for _, value in rows], end)
    head = struct.pack("<7I", MAGIC, 0, count, start, start + 8 * count, 0, start + 16 * count)
    places = b"".join(struct.pack("<2I", *place) for place in [*keys, *values])
    return head + places + b"".join(key + b"\0" for key, _ in rows) + b"".join(value + b"\0" for _, value in rows)


def _placed(texts: Iterable[bytes], at: int) -> list[tuple[int, int]]:
    placed = []
    for text in texts:
        placed.append((len(text), at))
        at += len(text) + 1
    return placed


def _fields(entry: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of one entry, whose texts may go on in further lines."""
    name, text = "", ""
    for line in entry.splitlines():
        if line.startswith("msg"):
            if name:
                yield name, text
            name, _, quoted = line.partition(" ")
            text = ast.literal_eval(quoted)
        elif line.startswith('"'):
            text += ast.literal_eval(line)
    if name:
        yield name, text


def _head(language: str) -> str:
    lines = [f"Language: {language}", "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8"]
    return "".join(f"{line}\n" for line in [*lines, "Content-Transfer-Encoding: 8bit", f"Plural-Forms: {PLURALS}"])


def _head_text(language: str) -> str:
    lines = "\n".join(_quoted(line + "\n") for line in _head(language).splitlines())
    return f'msgid ""\nmsgstr ""\n{lines}\n'


def _entry(message: Message, said: tuple[str, ...]) -> str:
    lines = [f"#: {' '.join(message.places)}"] if message.places else []
    lines += ["#, python-format"] if message.has_fields else []
    context, _, one = message.one.rpartition(CONTEXT)
    lines += [f"msgctxt {_quoted(context)}"] if context else []
    lines.append(f"msgid {_quoted(one)}")
    if message.many:
        forms = said or ("", "")
        lines.append(f"msgid_plural {_quoted(message.many)}")
        lines += [f"msgstr[{number}] {_quoted(form)}" for number, form in enumerate(forms)]
    else:
        lines.append(f"msgstr {_quoted(said[0] if said else '')}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
