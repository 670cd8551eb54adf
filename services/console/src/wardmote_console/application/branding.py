"""A council's colour, made safe to print into a stylesheet and dark enough to read white words on."""

import re

DEFAULT = "#1d4f6e"
READABLE = 4.5
"""Contrast ratio of text to its background (WCAG 2.2, success criterion 1.4.3)."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_STEP = 0.95


def brand_stylesheet(colour: str) -> str:
    """The few lines that make the pages a council's own.

    >>> brand_stylesheet("#1d5f4a")
    ':root{--govuk-brand-colour:#1d5f4a}'
    >>> brand_stylesheet("red;} body{display:none") == brand_stylesheet("")
    True
    """
    return f":root{{--govuk-brand-colour:{readable(colour)}}}"


def readable(colour: str) -> str:
    """The colour, darkened until white words on it can be read. A colour that is none becomes the platform's own."""
    if not _HEX.fullmatch(colour):
        return DEFAULT
    parts = tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))
    while contrast_with_white(parts) < READABLE:
        parts = tuple(int(part * _STEP) for part in parts)
    return "#" + "".join(f"{part:02x}" for part in parts)


def contrast_with_white(parts: tuple[int, ...]) -> float:
    """The contrast ratio of white to a colour, by the formula of WCAG 2.2.

    >>> round(contrast_with_white((0, 0, 0)))
    21
    """
    red, green, blue = (_linear(part / 255) for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
