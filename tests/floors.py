"""Holds the floors: `python -m tests.floors` checks that imports point down, and says which one does not.

The contracts stand in `pyproject.toml`; `tests/test_floors.py` walks what an import checker cannot see, the foreign keys.
"""

import io
import sys
from contextlib import redirect_stdout
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("accounts", "operations", "routes", "billing", "subscriptions", "cashback")  # from the ground up
SIBLINGS = {"subscriptions", "cashback"}


def may_point_to(app: str, other: str) -> bool:
    """Answer whether a line of one app may name another: itself and the floors below, but no sibling."""
    if app == other:
        return True
    if {app, other} <= SIBLINGS:
        return False
    return FLOORS.index(other) < FLOORS.index(app)


def main() -> int:
    """Check the contracts; print nothing when they hold."""
    told = io.StringIO()
    with redirect_stdout(told):
        status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_logo=True)
    if status == EXIT_STATUS_SUCCESS:
        return 0
    sys.stderr.write(
        f"{told.getvalue()}\nAn import points up (see above). Move the line down a floor, or what it names.\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
