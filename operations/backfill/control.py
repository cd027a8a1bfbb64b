"""When a run stops of itself before its end: Ctrl-C, its time of day, its minutes."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import FrameType
from zoneinfo import ZoneInfo

from accounts.errors import RuleBroken


class BadWindow(RuleBroken):
    """A time window that cannot be read."""

    code = "bad_window"


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A daily window such as 23:00-02:00, in a time zone. It may pass midnight.

    >>> night = TimeOfDay.parse("23:00-02:00", ZoneInfo("UTC"))
    >>> [night.contains(datetime.fromisoformat(f"2026-01-13T{at}+00:00")) for at in ("22:59", "23:00", "01:59", "02:00")]
    [False, True, True, False]
    """

    start: time
    end: time
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str, zone: ZoneInfo) -> "TimeOfDay":
        """Read `HH:MM-HH:MM`.

        *Raises* BadWindow.
        """
        try:
            start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
        except ValueError as error:
            raise BadWindow(f"--window: '{text}' is not a time window. Write it like 23:00-02:00.") from error
        if start == end or start.tzinfo or end.tzinfo:
            raise BadWindow(f"--window: '{text}' has no length. Write two different times, like 23:00-02:00.")
        return cls(start, end, zone)

    def contains(self, moment: datetime) -> bool:
        """Whether a moment lies within it."""
        at = moment.astimezone(self.zone).time()
        return self.start <= at < self.end if self.start < self.end else at >= self.start or at < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone.key}"


@dataclass(slots=True)
class Control:
    """What may stop a run between two batches, and the rest that it takes there."""

    clock: Callable[[], datetime]
    window: TimeOfDay | None = None
    max_minutes: float | None = None
    nice: float = 0.0
    started_at: datetime | None = None
    interrupted: bool = False

    def reason_to_stop(self) -> str:
        """Why the run should pause now, empty to go on."""
        now = self.clock()
        if self.interrupted:
            return "stopped from the keyboard"
        if self.window is not None and not self.window.contains(now):
            return f"outside its time window {self.window}"
        if self.max_minutes is not None and now - (self.started_at or now) >= timedelta(minutes=self.max_minutes):
            return "its minute is over" if self.max_minutes == 1 else f"its {self.max_minutes:g} minutes are over"
        return ""

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Let Ctrl-C and SIGTERM end the run after the current batch (a second Ctrl-C ends it at once)."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def interrupt(number: int, frame: FrameType | None) -> None:
            if self.interrupted:
                raise KeyboardInterrupt
            self.interrupted = True

        before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
