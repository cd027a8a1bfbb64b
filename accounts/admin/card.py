"""What stands on top of an object's page: what it is, its state in a word, and the figures that matter."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

ICONS = {
    "success": "check_circle",
    "warning": "schedule",
    "danger": "error",
    "info": "info",
    "": "radio_button_unchecked",
}


@dataclass(frozen=True, slots=True)
class State:
    """A state in a word, with a kind (success, warning, danger, info or none) that gives it a shape and a colour."""

    word: str
    kind: str = ""

    @property
    def icon(self) -> str:
        """The shape that says the same as the colour."""
        return ICONS[self.kind]

    def __str__(self) -> str:
        return format_html(
            '<span class="rm-state rm-{}"><span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</span>',
            self.kind or "plain",
            self.icon,
            self.word,
        )

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its name; `href` leads to the rows that add up to it, `note` explains it in a few words."""

    label: str
    value: str | SafeString
    note: str = ""
    href: str = ""
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A way to something related: `kind` says what it is, `text` which one."""

    kind: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Card:
    """The top of an object's page. `sum_shown` spells the figures out as a sum that a person can check."""

    what: str
    state: State | None = None
    figures: list[Figure] = field(default_factory=list)
    sum_shown: str = ""
    links: list[Link] = field(default_factory=list)
    warning: str = ""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One thing that happened: when, what (may hold links), who did it, why, and in which run of a backfill."""

    at: datetime
    what: str | SafeString
    who: str = ""
    why: str = ""
    run: str = ""
    icon: str = "edit"
