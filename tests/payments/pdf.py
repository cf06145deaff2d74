"""What can be read in a PDF of ours: the ASCII letters of its pages, as a reader would show them."""

import base64
import re
import zlib

_STREAM = re.compile(
    rb"/Filter \[ /ASCII85Decode /FlateDecode \] /Length \d+\s*>>\s*stream\r?\n(.*?)endstream", re.DOTALL
)
_SHOWN = re.compile(r"\(((?:[^()\\]|\\.)*)\) Tj")


def text_of_pdf(content: bytes) -> str:
    """Return what a PDF says, in the order in which it is written."""
    pages = [
        zlib.decompress(base64.a85decode(b"<~" + stream.strip(), adobe=True)) for stream in _STREAM.findall(content)
    ]
    shown = [text for page in pages for text in _SHOWN.findall(page.decode("latin-1"))]
    return " ".join(re.sub(r"\\(.)", r"\1", text) for text in shown)
