"""The progress of a run on a terminal: a bar that moves, or a plain line now and then where nobody watches."""

import time
from typing import Any, TextIO

from tqdm import tqdm

from accounts.words import counted
from operations.backfill.batch import Outcome
from operations.models import BackfillRun

LINE_EVERY_SECONDS = 10


class Meter:
    """Shows batches as they are committed, on stderr."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self.stream = stream
        self.quiet = quiet
        self.bar: Any = None
        self.last_line = time.monotonic()

    @classmethod
    def on(cls, stream: TextIO, *, quiet: bool) -> "Meter":
        """A meter on this stream; a quiet one shows nothing."""
        return cls(stream, quiet=quiet)

    def __enter__(self) -> "Meter":
        return self

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def update(self, run: BackfillRun, outcome: Outcome) -> None:
        """Take notice of a committed batch."""
        if self.quiet:
            return
        if self.stream.isatty():
            self._move_bar(run)
        elif time.monotonic() - self.last_line >= LINE_EVERY_SECONDS:
            self.last_line = time.monotonic()
            counts = run.counts
            self.stream.write(f"{counted(counts['keys'], 'rows')} looked at, {counts['written']:,} written\n")
            self.stream.flush()

    def _move_bar(self, run: BackfillRun) -> None:
        written, total = run.counts.get("written", 0), run.counts.get("population", {}).get("candidates")
        if self.bar is None:
            self.bar = tqdm(total=total, file=self.stream, unit=" rows", leave=False)
        self.bar.update(written - self.bar.n)
