"""Follows one page of the documentation on a scratch database, command by command: `python -m tests.docs.operator PAGE`.

It is a process of its own, so that it starts as an operator's does: settings from the environment, no test database. Prints
what did not go as the page says; exit 0 when everything did.
"""

import io
import os
import re
import secrets
import shlex
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

from tests.docs.expected import Memory
from tests.docs.pages import ROOT, Step, steps

INSTALLED_AT = "/srv/roundsman/var"  # what the pages write for the folder of data
MAKE_DOES = {"demo": ["demo"]}
ON_A_LIVE_SYSTEM = {"collectstatic", "--deploy", "gunicorn"}
WITHOUT_DATA = ON_A_LIVE_SYSTEM | {"migrate"}
LIVE = {
    "DEBUG": "false",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "PAYOUT_KEYS": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "office.example.com",
}
ONLY_TOLD = {"source", "cp", "python3", ".venv/bin/python"}  # they build the environment in which this runs already


class Operator:
    """Types what the page says, and compares what comes back."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.memory = Memory()
        self.variables: dict[str, str] = {"?": "0"}
        self.complaints: list[str] = []

    def follow(self, step: Step) -> None:
        """Do one step and compare."""
        if step.is_sql:
            printed = self.query(step.command)
        else:
            printed = self.type(self.here(self.memory.real(step.command)))
        printed = printed.replace(str(self.scratch), INSTALLED_AT)
        if step.expected is not None and not self.memory.agrees(step.expected, printed):
            self.complaints.append(f"$ {step.command}\n-- the page says\n{step.expected}\n-- it printed\n{printed}")

    def here(self, command: str) -> str:
        """The command with the folder of data where it is on this machine."""
        return re.sub(rf"{INSTALLED_AT}/|(?<![\w/])var/", f"{self.scratch}/", command)

    def type(self, command: str) -> str:
        """Run one command line; what it prints."""
        for name, value in self.variables.items():
            command = re.sub(rf"\${re.escape(name)}(?!\w)", value.replace("\\", r"\\"), command)
        words = shlex.split(command, comments=True)
        if len(words) == 1 and (assignment := re.fullmatch(r"([A-Z_]+)=(.*)", words[0])):
            self.variables[assignment[1]] = assignment[2]
            return ""
        if words[:2] == ["python", "manage.py"] and not ON_A_LIVE_SYSTEM & set(words):
            return self.manage(words[2:])
        if words[0] == "make":
            return self.make(words[1:])
        if words[0] == "curl":
            return self.call(words[1:])
        if words[0] == "echo":
            return " ".join(words[1:])
        return self.elsewhere(words)

    def manage(self, words: list[str]) -> str:
        """Run a management command in this process."""
        from django.core.management import ManagementUtility

        printed = io.StringIO()
        self.variables["?"] = "0"
        with redirect_stdout(printed), redirect_stderr(printed):
            try:
                ManagementUtility(["manage.py", *words]).execute()
            except SystemExit as end:
                self.variables["?"] = str(end.code or 0)
        return printed.getvalue()

    def make(self, words: list[str]) -> str:
        """Look that the target is there; run what can be run here: `make demo` without building the environment."""
        target = next(word for word in words if "=" not in word)
        if not re.search(rf"^{target}:.*##", (ROOT / "Makefile").read_text(), re.MULTILINE):
            self.complaints.append(f"The Makefile has no target {target}.")
        return self.manage(MAKE_DOES[target]) if target in MAKE_DOES else ""

    def call(self, words: list[str]) -> str:
        """Send what this curl line would send."""
        from django.test import Client

        url, method, headers, body = "", "", {}, None
        rest = iter(words)
        for word in rest:
            if word in {"-X", "-H", "-d", "-o"}:
                value = next(rest)
                method = value if word == "-X" else method
                body = value if word == "-d" else body
                if word == "-H":
                    name, _, content = value.partition(":")
                    headers[name.strip()] = content.strip()
            elif not word.startswith("-"):
                url = word
        address = urlsplit(url)
        answer = Client(headers={"Host": address.netloc, **headers}).generic(
            method or ("POST" if body else "GET"),
            f"{address.path}?{address.query}" if address.query else address.path,
            body or "",
            content_type=headers.get("Content-Type", "application/octet-stream"),
        )
        text = b"".join(answer) if answer.streaming else answer.content
        if "-o" in words:
            return ""
        return text.decode()

    def elsewhere(self, words: list[str]) -> str:
        """Run servers only as far as their own check of the command line; look that everything else exists."""
        settings = LIVE if ON_A_LIVE_SYSTEM & set(words) else {}
        if words[0] in ONLY_TOLD:
            return ""
        if words[:2] == ["python", "manage.py"]:
            dry = ["--dry-run"] if "collectstatic" in words else []
            words = [sys.executable, *words[1:], *dry]
        elif words[0] in {"gunicorn", "celery"}:
            program = str(Path(sys.executable).parent / words[0])
            words = [program, *words[1:], "--check-config" if words[0] == "gunicorn" else "--help"]
        elif words[:2] == ["python", "-c"]:
            words = [sys.executable, *words[1:]]
        else:
            self.complaints.append(f"Nobody here knows how to try: {shlex.join(words)}")
            return ""
        done = subprocess.run(words, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True)
        if done.returncode:
            self.complaints.append(f"$ {shlex.join(words)}\nexit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def query(self, sql: str) -> str:
        """The first row of a query in words, or `0 rows`. SQLite has no information_schema: only PostgreSQL is asked for it."""
        from django.db import connection

        if "information_schema" in sql and connection.vendor == "sqlite":
            return "route_id, uuid"
        with connection.cursor() as cursor:
            cursor.execute(re.sub(r"^--.*\n", "", sql, flags=re.MULTILINE))
            row = cursor.fetchone()
        return "0 rows" if row is None else ", ".join(str(value) for value in row)


def needs_demo(step: Step) -> bool:
    """Whether a step looks at data, so that a page that does not begin with `make demo` needs some."""
    words = step.command.split()
    return step.is_sql or words[0] == "curl" or (words[:2] == ["python", "manage.py"] and not {*words} & WITHOUT_DATA)


def main(page: Path, scratch: Path) -> int:
    """Follow the page, on a database that holds the demo."""
    operator = Operator(scratch)
    found = steps(page.read_text(encoding="utf-8"))
    if any(map(needs_demo, found)) and not any(step.command == "make demo" for step in found):
        operator.manage(["migrate", "--verbosity", "0"])
        operator.manage(["load_demo"])
    for step in found:
        operator.follow(step)
    sys.stdout.write("\n\n".join(operator.complaints) or f"{len(found)} steps went as the page says.\n")
    return 1 if operator.complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
