"""Instances: databases by name (INSTANCE_DATABASE_URLS), each of which can be looked at and changed beside the others.

What goes wrong with one is said in words with its cure, so that a command can go on with the next.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, Error, connections

from accounts.errors import Conflict, DomainError, NotFound

ALL = "all"
IS_LOCKED = ("is locked", "lock timeout")
IS_READ_ONLY = ("readonly database", "read-only", "unable to open database file")
IS_NO_DATABASE = ("file is not a database", "malformed")
NO_ANSWER = ("connection failed", "connection refused", "failed to resolve", "connection timeout", "could not connect")


class UnknownInstance(NotFound):
    """No instance has this name."""

    code = "unknown_instance"


class InstanceNotThere(NotFound):
    """The instance is named, but where it should be there is nothing."""

    code = "instance_not_there"


class InstanceNotWritable(Conflict):
    """The instance may be read only."""

    code = "instance_not_writable"


class InstanceFailed(Conflict):
    """The instance's database refused, in words with the cure."""

    code = "instance_failed"


def instances(name: str) -> list[str]:
    """The instances that this name means: itself, or every one for `all`. *Raises* UnknownInstance."""
    known = [alias for alias in connections if alias != DEFAULT_DB_ALIAS]
    if name == ALL and known:
        return known
    if name not in known:
        raise UnknownInstance(
            f"There is no instance '{name}'. Known: {', '.join([*known, ALL]) if known else 'none'}. "
            "Name instances with their addresses in INSTANCE_DATABASE_URLS."
        )
    return [name]


def address_of(using: str) -> str:
    """The address of an instance without its password; a file of the project's folder from there."""
    found: dict[str, Any] = connections[using].settings_dict
    if connections[using].vendor == "sqlite":
        file, project = Path(found["NAME"]), Path(settings.VAR_DIR).parent
        return f"sqlite:///{file.relative_to(project) if file.is_relative_to(project) else file}"
    host = found["HOST"] or found["OPTIONS"].get("host", "localhost")
    user, port = f"{found['USER']}@" if found["USER"] else "", f":{found['PORT']}" if found["PORT"] else ""
    if str(host).startswith("/"):
        return f"postgresql://{user}/{found['NAME']}?host={host}"
    return f"postgresql://{user}{host}{port}/{found['NAME']}"


def require_there(using: str) -> None:
    """Let pass an instance whose file is there (a server is asked by connecting). *Raises* InstanceNotThere."""
    if connections[using].vendor != "sqlite":
        return
    file = Path(connections[using].settings_dict["NAME"])
    cure = "Correct its address in INSTANCE_DATABASE_URLS, or bring the file there. Nothing was created."
    if not file.parent.is_dir():
        raise InstanceNotThere(f"Instance '{using}': there is no folder {file.parent}. {cure}")
    if not file.exists():
        raise InstanceNotThere(f"Instance '{using}': there is no file {file}. {cure}")
    if not file.is_file():
        raise InstanceNotThere(f"Instance '{using}': {file} is a folder, not a file. {cure}")


def require_writable(using: str) -> None:
    """Let pass an instance whose file and folder somebody may write. *Raises* InstanceNotWritable.

    A file that is marked read-only for everybody is left alone even by a user who could write it all the same.
    """
    if connections[using].vendor != "sqlite":
        return
    file = Path(connections[using].settings_dict["NAME"])
    for path, what in ((file, "file"), (file.parent, "folder")):
        if not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK):
            raise InstanceNotWritable(
                f"Instance '{using}': the {what} {path} is read-only. Nothing was changed. "
                f"Let the user who runs this write it (chmod u+w {path}), then run this again."
            )


@contextmanager
def in_words(using: str, *, lock_seconds: float) -> Iterator[None]:
    """Turn what a database or the disk raises into InstanceFailed, which says what, where and the cure."""
    try:
        yield
    except DomainError:
        raise
    except Error as error:
        raise InstanceFailed(f"Instance '{using}': {_words(using, error, lock_seconds)}") from error
    except OSError as error:
        raise InstanceFailed(
            f"Instance '{using}': {error.strerror or error} ({error.filename}). Nothing was changed. "
            "See that the user who runs this may read and write there."
        ) from error


def _words(using: str, error: Error | DatabaseError, lock_seconds: float) -> str:
    said = " ".join(str(error).split())
    if any(sign in said for sign in IS_LOCKED):
        return (
            f"the database is locked: somebody else is writing to it (waited {lock_seconds:g} s). Nothing was changed. "
            "Stop the application, run this again, and start it again; or wait longer with --lock-timeout 60."
        )
    if any(sign in said for sign in IS_NO_DATABASE):
        return (
            f"this is no sound SQLite database ({said}). Nothing was changed. "
            "Correct its address in INSTANCE_DATABASE_URLS, or restore a backup (`manage.py restore_database FILE`)."
        )
    if any(sign in said for sign in IS_READ_ONLY):
        return (
            f"it can only be read ({said}). Nothing was changed. "
            "Let the user who runs this write the file and its folder; a standby server: name its primary."
        )
    if any(sign in said.lower() for sign in NO_ANSWER):
        return (
            f"its server does not answer, or refuses ({said[:300]}). Nothing was changed. "
            "See that it runs, and that the address in INSTANCE_DATABASE_URLS names its database and user."
        )
    if "permission denied" in said:
        return (
            f"its user may not do that ({said}). Nothing was changed. "
            "Let its owner say GRANT CREATE ON SCHEMA, or name the owner in INSTANCE_DATABASE_URLS."
        )
    return f"the database failed: {said}. Nothing was changed. Clear this, then run this again."
