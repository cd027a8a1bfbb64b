"""The pace of a run: how many keys the next window takes, so that a batch holds its locks about half a second."""

from dataclasses import dataclass

TARGET_SECONDS = 0.5
SMALLEST, LARGEST, FIRST = 50, 10_000, 500
FIRST_GROWTH, LATER_GROWTH = 1.5, 1.2


@dataclass(slots=True)
class Pace:
    """Steers the window size to the target time. A fixed size is never steered, only split when a batch fails.

    >>> pace = Pace()
    >>> pace.succeeded(0.1), pace.size
    (None, 750)
    """

    size: int = FIRST
    is_fixed: bool = False
    has_met_target: bool = False
    before_failure: int = 0
    reason: str = "start"

    @classmethod
    def of(cls, batch_size: int | None) -> "Pace":
        """A steered pace, or a fixed one of `batch_size` keys."""
        return cls() if batch_size is None else cls(size=batch_size, is_fixed=True, reason="as asked")

    def succeeded(self, seconds: float) -> None:
        """Take notice of a committed batch and choose the next size."""
        if self.before_failure:
            self.size, self.before_failure, self.reason = self.before_failure, 0, "as before the failure"
            return
        if self.is_fixed:
            return
        self.has_met_target = self.has_met_target or seconds >= TARGET_SECONDS
        growth = LATER_GROWTH if self.has_met_target else FIRST_GROWTH
        factor = min(growth, max(0.5, TARGET_SECONDS / max(seconds, 0.001)))
        self.size = min(LARGEST, max(SMALLEST, int(self.size * factor)))
        self.reason = f"last batch took {seconds:.2f} s, the aim is {TARGET_SECONDS} s"

    def failed(self, keys: int) -> None:
        """Split: the next window takes half as many keys, down to one, until the failing row stands alone."""
        self.before_failure = self.before_failure or max(1, self.size // 2 if not self.is_fixed else self.size)
        self.size = max(1, keys // 2)
        self.reason = "split after a failure"
