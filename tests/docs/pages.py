"""The project's documentation, read as an operator reads it: which commands stand there, and what they should answer."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n(?:\n?Expected: ([^\n.]*))?", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """One command (or SQL query) of a page and what the page says that it answers; None: the page does not say."""

    command: str
    expected: str | None
    is_sql: bool = False


def pages() -> list[Path]:
    """Every page of the documentation but the measured one, whose numbers `make bench` writes."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return sorted(page for page in found if page.name != "performance.md")


def name_of(page: Path) -> str:
    """Its path within the project."""
    return page.relative_to(ROOT).as_posix()


def steps(text: str) -> list[Step]:
    """The steps of a page, in order: `console` blocks with what they print, `bash` without, `sql` with `Expected:` below."""
    found = []
    for language, body, expected in BLOCK.findall(text):
        if language in {"console", "bash"}:
            found += _commands(body, tells_output=language == "console")
        elif language == "sql":
            found.append(Step(body.strip(), expected.strip() or None, is_sql=True))
    return found


def _commands(body: str, *, tells_output: bool) -> list[Step]:
    found = []
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, output = part.replace("\\\n", " ").partition("\n")
        found.append(Step(command.strip(), output.strip() if tells_output else None))
    return found
