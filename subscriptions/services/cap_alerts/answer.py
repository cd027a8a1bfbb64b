"""What a watch over caps answers: `processed` is `checked + skipped + failed`, and `skipped` is the sum of its reasons."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(slots=True)
class CapsWatched:
    """How many subscriptions were looked at and what became of them; `alerts_…` count thresholds, not subscriptions."""

    checked: int = 0
    failed: int = 0
    left: Counter[tuple[UUID, str]] = field(default_factory=Counter)  # skipped ones, by business and reason
    alerts_created: int = 0
    alerts_resolved: int = 0
    alerts_reopened: int = 0
    told: int = 0
    not_told: int = 0
    remaining: int = 0

    @property
    def skipped_by_reason(self) -> Counter[str]:
        """How many were skipped, by reason."""
        counted: Counter[str] = Counter()
        for (_, reason), number in self.left.items():
            counted[reason] += number
        return counted

    @property
    def skipped(self) -> int:
        """How many could not be checked, or have no cap."""
        return self.left.total()

    @property
    def processed(self) -> int:
        """How many were taken."""
        return self.checked + self.skipped + self.failed

    def add(self, other: "CapsWatched") -> None:
        """Add what became of another batch."""
        self.left.update(other.left)
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_answer(self) -> dict[str, Any]:
        """The answer of the task and of `--json`."""
        return {
            "processed": self.processed,
            "checked": self.checked,
            "alerts_created": self.alerts_created,
            "skipped": self.skipped,
            "skipped_by_reason": dict(sorted(self.skipped_by_reason.items())),
            "failed": self.failed,
            "remaining": self.remaining,
            "alerts_resolved": self.alerts_resolved,
            "alerts_reopened": self.alerts_reopened,
            "told": self.told,
            "not_told": self.not_told,
        }


COUNTED = ("checked", "failed", "alerts_created", "alerts_resolved", "alerts_reopened", "told", "not_told")
