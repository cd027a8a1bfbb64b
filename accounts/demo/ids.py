"""Ids that a seed decides: time-ordered ones as this system makes them, or random ones as an old system did."""

import random
from datetime import datetime
from typing import Final
from uuid import UUID

TIME: Final = "time"
RANDOM: Final = "random"


class DemoIds:
    """Makes the ids of one part of the demo: `DemoIds(seed=7, mode="time", part="billing")(at)`."""

    def __init__(self, *, seed: int, mode: str, part: str) -> None:
        self.mode = mode
        self.chance = random.Random(f"{seed}:{part}:ids")  # noqa: S311 - made-up data, not a secret

    def __call__(self, at: datetime) -> UUID:
        """Make the id of a row that was written at this time."""
        bits = self.chance.getrandbits(128)
        if self.mode == RANDOM:
            return UUID(int=bits, version=4)
        milliseconds = int(at.timestamp() * 1000)
        return UUID(
            int=(milliseconds << 80) | (0x7 << 76) | (bits >> 116 << 64) | (0b10 << 62) | (bits & (1 << 62) - 1)
        )
