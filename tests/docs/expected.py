"""What a page says a command prints, as a pattern: figures count to the digit; ids, times and sizes differ on every machine.

An id of the page is remembered with the real one that stood in its place, so that a later command of the page can use it.
"""

import re
from dataclasses import dataclass, field

ID = r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"  # SQLite shows stored ids without dashes
TOKEN = r"rdm_[0-9a-f]+"  # noqa: S105 - a pattern
BACKUP = r"(?:default-\d{8}T\d{6}Z(?:-tables)?(?:-\d+)?|\w+_pre_[a-z]+_\d{8}_\d{6})\.(?:sqlite3|dump)"
REMEMBERED = (ID, TOKEN, BACKUP)
VARYING = (
    r"restore_\d{8}t\d{6}",
    r"sqlite \d+\.\d+\.\d+",
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?(?: UTC)?",
    r"\"duration_seconds\": ?\d+\.\d+",
    r"\d+\.\d+ s\b",
    r"[\d,]+ (?:bytes|rows|rules|tables)\b",
)
ANYTHING = " ?… ?"
PIECES = re.compile(
    "|".join([f"(?P<remembered>{'|'.join(REMEMBERED)})", f"(?P<varying>{'|'.join(VARYING)})", ANYTHING])
)


@dataclass(slots=True)
class Memory:
    """Which real id stands for which id of the page."""

    known: dict[str, str] = field(default_factory=dict)

    def real(self, text: str) -> str:
        """The page's text with the real ids."""
        for written, real in self.known.items():
            text = text.replace(written, real)
        return text

    def agrees(self, expected: str, printed: str) -> bool:
        """Whether what was printed is what the page says; remembers its ids when it is."""
        groups: dict[str, str] = {}
        match = re.fullmatch(self._pattern(expected, groups), printed.strip())
        if match:
            self.known |= {written: match[group] for written, group in groups.items()}
        return match is not None

    def _pattern(self, expected: str, groups: dict[str, str]) -> str:
        pattern, end = "", 0
        for piece in PIECES.finditer(expected):
            pattern += re.escape(expected[end : piece.start()]) + self._piece(piece, groups)
            end = piece.end()
        return pattern + re.escape(expected[end:])

    def _piece(self, piece: re.Match[str], groups: dict[str, str]) -> str:
        text = piece[0]
        if text.strip() == "…":
            return r"[\s\S]*?"
        if piece["varying"]:
            return next(kind for kind in VARYING if re.fullmatch(kind, text))
        if text in self.known:
            return re.escape(self.known[text])
        if text in groups:
            return f"(?P={groups[text]})"
        groups[text] = f"id{len(groups)}"
        return f"(?P<{groups[text]}>{next(kind for kind in REMEMBERED if re.fullmatch(kind, text))})"
