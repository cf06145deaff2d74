"""Reading a page as a person does: every text and every label on it, and which of them are in a foreign language."""

import re
from html.parser import HTMLParser

OPEN, CLOSE = "⟦", "⟧"  # around everything that is translated into the language of the tests
LABELS = ("alt", "aria-label", "placeholder", "title", "label")
NOT_WORDS = {"script", "style", "svg", "code", "pre", "time"}
LETTERS = re.compile(r"[^\W\d_]{2,}")


class Untranslated(HTMLParser):
    """Collects what stands outside of the marks. `data` is what nobody translates: names, and what people wrote."""

    def __init__(self, page: str, data: re.Pattern[str]) -> None:
        super().__init__()
        self.found: list[str] = []
        self._data, self._inside, self._marked = data, 0, 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside += tag in NOT_WORDS
        for name, text in attrs:
            if name in LABELS and text:
                self._judge(re.sub(f"{OPEN}[^{CLOSE}]*{CLOSE}", "", text))

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag in NOT_WORDS

    def handle_data(self, data: str) -> None:
        outside = []
        for piece in re.split(f"([{OPEN}{CLOSE}])", data):
            self._marked += (piece == OPEN) - (piece == CLOSE)
            if not self._marked and piece != CLOSE:
                outside.append(piece)
        if not self._inside:
            self._judge(" ".join(outside))

    def _judge(self, text: str) -> None:
        left = self._data.sub(" ", text)
        if LETTERS.search(left):
            self.found.append(" ".join(left.split()))
