"""The backfill engine: changes stored data by previewed, resumable, verified, exactly undoable runs.

An author writes one class (`definition.Backfill`) in their app's `backfills` module and registers it. Command line, API and
admin come from here. Who reads on: `definition` (what an author says), `batch` (one transaction), `runner` (the loop),
`preview` (the dry run), `undo`.
"""

from operations.backfill.definition import (
    Backfill,
    Candidate,
    Change,
    Check,
    Choice,
    FindingKind,
    Leave,
    Lineup,
    Occasion,
    Option,
    Touch,
    Unclear,
)
from operations.backfill.registry import backfill_named, backfills, register

__all__ = [
    "Backfill",
    "Candidate",
    "Change",
    "Check",
    "Choice",
    "FindingKind",
    "Leave",
    "Lineup",
    "Occasion",
    "Option",
    "Touch",
    "Unclear",
    "backfill_named",
    "backfills",
    "register",
]
