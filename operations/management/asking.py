"""Asks a person at the terminal before something is written. Without a terminal nobody is asked: scripts say what they mean."""

import os
import sys
from typing import Any

YES = {"y", "yes"}


def may_ask(options: dict[str, Any]) -> bool:
    """Whether a person is there to answer, and neither --no-input nor --json says not to ask."""
    return not options["no_input"] and not options["json"] and sys.stdin is not None and sys.stdin.isatty()


def says_yes(question: str) -> bool:
    """Ask yes or no; a terminal that is closed during the question means no."""
    try:
        return input(f"{question} [yes/no] ").strip().lower() in YES
    except (EOFError, OSError, KeyboardInterrupt):
        _begin_a_line()
        return False


def _begin_a_line() -> None:
    """For the next words; where the terminal is gone they would end a command that did nothing as one that failed."""
    try:
        print(flush=True)
        return
    except OSError:
        pass
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
