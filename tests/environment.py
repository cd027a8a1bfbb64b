"""The environment of every test run: no `.env`, no secret of this machine, a database of its own.

As a pytest plugin (`-p tests.environment`) it is read before Django's settings; as a command
(`python -m tests.environment manage.py …`) it runs one management command in the same environment.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

DEFAULTS = {
    "READ_DOTENV": "false",
    "SECRET_KEY": "tests-only-" + "x" * 40,
    "PAYOUT_KEYS": "Zm9yLXRlc3RzLW9ubHktYW5kLW5vdGhpbmctZWxzZSE=",
    "DEBUG": "false",
    "BEHIND_HTTPS": "false",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "EMAIL_URL": "memorymail://",
    "ADMINS": "owner@example.com",
}


def scratch_root() -> Path:
    """The folder for what tests leave behind on purpose."""
    return Path(tempfile.gettempdir()) / f"roundsman-tests-{os.getuid()}"


def prepare() -> None:
    """Set what a test run needs and was not given."""
    # Tests start hundreds of processes: none compiles again what another compiled, whatever this machine prefers.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for name, value in DEFAULTS.items():
        os.environ[name] = value
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")  # tests at the same time share neither queue nor backups
    scratch = scratch_root() / worker
    scratch.mkdir(parents=True, exist_ok=True)
    os.environ["BROKER_DIR"] = str(scratch / "broker")
    os.environ["BACKUP_DIR"] = str(scratch / "backups")
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = f"sqlite:///{scratch}/roundsman.sqlite3"


prepare()

if __name__ == "__main__":
    sys.exit(subprocess.call([sys.executable, *sys.argv[1:]], cwd=ROOT))
