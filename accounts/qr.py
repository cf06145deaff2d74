"""QR codes as SVG images of one path, so that no page needs a script or another server for them."""

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

BORDER = 4  # modules, as ISO/IEC 18004 asks


def svg_of(text: str) -> str:
    """Return a QR code that holds `text`: dark on white, whatever the page around it looks like."""
    code = QRCode(border=BORDER, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make()
    rows = code.get_matrix()
    dark = "".join(f"M{x},{y}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module)
    size = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{dark}" fill="#000"/></svg>'
    )
