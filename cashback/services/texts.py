"""Notes, reasons and references that people type: plain text of a length that somebody will read."""

from typing import Any

from accounts.errors import RuleBroken
from cashback.rules.plain_text import is_plain_text

LONGEST_NOTE = 2000


class NotPlainText(RuleBroken):
    """A text that is missing, too long, or holds signs that cannot be stored or shown."""

    code = "not_plain_text"


def check_text(text: Any, *, name: str, longest: int = LONGEST_NOTE, least: int = 0, lines: bool = True) -> str:
    """Return the text without its outer blanks. The refusal names the field and never repeats the text. *Raises* NotPlainText."""
    if not is_plain_text(text, least=least, longest=longest, lines=lines):
        says = (
            f"A text of {least} to {longest} characters{'' if lines else ' in one line'}, without control characters."
        )
        raise NotPlainText(f"{name} cannot be stored as it is. Give: {says}", fields={name: [says]})
    return str(text).strip()
