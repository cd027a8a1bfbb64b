"""Plain text: what a person may write into a note, a name or an address, so that it can be stored and shown as it is.

No database stores a control character (NUL above all) or half a character, and marks that turn the direction of writing make a
name look like another one. HTML is text like any other: it is shown, never run.
"""

import unicodedata
from typing import Any

UNWRITABLE = {"Cc", "Cs"}  # control characters, and halves of a character
LINES = {"\n", "\r", "\t"}
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_plain_text(text: Any, *, longest: int, least: int = 1, lines: bool = False) -> bool:
    """Whether this is a text of so many characters without its outer blanks, in one line unless `lines`.

    >>> is_plain_text("Asha <b>", longest=20), is_plain_text("two\\nlines", longest=20), is_plain_text("a\\0", longest=20)
    (True, False, False)
    >>> is_plain_text("two\\nlines", longest=20, lines=True), is_plain_text("  ", longest=20), is_plain_text(7, longest=20)
    (True, False, False)
    """
    if not isinstance(text, str) or not least <= len(text.strip()) <= longest:
        return False
    return not any(_is_unwritable(sign) and not (lines and sign in LINES) for sign in text.strip())


def _is_unwritable(sign: str) -> bool:
    return sign in TURNING or unicodedata.category(sign) in UNWRITABLE
