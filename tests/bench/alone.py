"""A measurement that is also a program of its own: it starts itself anew, so that what is measured has a process to itself.

acts = {"load": load, "generate": generate}
generating = Alone("tests.bench.daily_orders", acts, counted="orders", usually=100_000)
generating.act(address, "generate", 1000)    # runs `python -m tests.bench.daily_orders --inside generate --orders 1000`
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests import environment
from tests.bench.books import Books
from tests.bench.contestants import Measured, measured
from tests.bench.table import Line, text_of


@dataclass(frozen=True)
class Alone:
    """What can be done inside the product's own process, how many of what, and how many as a rule."""

    module: str
    acts: Mapping[str, Callable[[int], dict[str, Any]]]
    counted: str
    usually: int

    def act(self, address: str, name: str, number: int) -> Measured:
        """Do something inside the product's own process."""
        words = [sys.executable, "-m", self.module, "--inside", name, f"--{self.counted}", str(number)]
        return measured(words, address, good={0})

    def program(self, measure: Callable[[str, int], Iterable[Line]], about: str | None) -> None:
        """Measure and print; or, with --inside, be the process that is measured."""
        parser = argparse.ArgumentParser(prog=f"python -m {self.module}", description=about)
        parser.add_argument(f"--{self.counted}", type=int, default=self.usually, metavar="N", dest="number")
        parser.add_argument("--inside", choices=list(self.acts), help=argparse.SUPPRESS)
        asked = parser.parse_args()
        environment.prepare()
        with suppress(KeyboardInterrupt):
            if asked.inside:
                print(json.dumps(self._inside(asked.inside, asked.number)))
            else:
                print(text_of(list(measure(os.environ["DATABASE_URL"], asked.number))))

    def _inside(self, name: str, number: int) -> dict[str, Any]:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django

        django.setup()
        return self.acts[name](number)


@dataclass(frozen=True)
class OwnBooks(Books):
    """A template database that a measurement's own `load` fills: `payments` says with how many of what it counts."""

    alone: Alone | None = None

    @property
    def template(self) -> str:
        """The template's name."""
        assert self.alone is not None
        return f"bench_{self.alone.module.rsplit('.', 1)[1]}_{self.payments}"

    def fill(self, address: str) -> None:
        """Store what is measured on."""
        assert self.alone is not None
        self.alone.act(address, "load", self.payments)


def books_of(alone: Alone, server: str, number: int) -> OwnBooks:
    """The loaded books of a measurement."""
    books = OwnBooks(server, number, "time", alone=alone)
    books.load()
    return books
