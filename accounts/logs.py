"""Logs, with the request and the run they belong to: one JSON object a line, or readable lines on a developer's machine.

Whichever it is (`LOG_FORMAT`), never a name, e-mail or token.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

from accounts import audit

# `request` is Django's own extra: its address may hold a search for a person.
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request"}
OWN = "roundsman"  # other loggers attach whole objects, which tell a person nothing
PERSONAL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|rdm_[0-9a-f]{16,}")


class JsonFormatter(logging.Formatter):
    """Writes a log record as JSON: `time`, `level`, `logger`, `event`, the extras, and the audit ids when known."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **_ids(),
            **_extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return PERSONAL.sub("[hidden]", json.dumps(line, default=str, ensure_ascii=False))


class TextFormatter(logging.Formatter):
    """Writes a log record for a person: `09:31:02 INFO roundsman.backfill: batch_committed rows=500 run_id=0193…`."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created).astimezone()
        said = _extras(record) if record.name.startswith(OWN) else {}
        facts = [f"{key}={value}" for key, value in {**said, **_ids()}.items()]
        line = f"{time:%H:%M:%S} {record.levelname} {record.name}: {' '.join([record.getMessage(), *facts])}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return PERSONAL.sub("[hidden]", line)


class QuietOnTerminals(logging.Filter):
    """Keeps a person's terminal free of events below WARNING: commands speak to them in words."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING or not sys.stderr.isatty()


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def _ids() -> dict[str, str]:
    context = audit.current()
    ids = {"request_id": context.request_id, "run_id": str(context.backfill_run or "")}
    return {key: value for key, value in ids.items() if value}
