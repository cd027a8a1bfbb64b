"""The product as it runs: a web server and a background worker in processes of their own, on a scratch database with the demo."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.environment import ROOT
from tests.processes import Scratch

PATIENCE_SECONDS = 30


@dataclass
class Site:
    """A running site, and what to ask its database."""

    scratch: Scratch
    folder: Path
    broker: str = "filesystem://"
    processes: list[subprocess.Popen] = field(default_factory=list)
    port: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are started with: development settings, nothing of this machine's own."""
        return {
            **os.environ,
            "DEBUG": "true",
            "READ_DOTENV": "false",
            "DATABASE_URL": self.scratch.url,
            "CELERY_BROKER_URL": self.broker,
            "BROKER_DIR": str(self.folder / "broker"),
            "LOG_LEVEL": "WARNING",
        }

    def serve(self) -> None:
        """Start the web server and wait until it answers."""
        self.port = free_port()
        for name in ("broker", "broker-control"):
            (self.folder / name).mkdir(exist_ok=True)
        self.start("web", "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}")
        wait_until(lambda: answers(self.address("/healthz")), "the web server answers", self.log("web"))

    def start_worker(self) -> None:
        """Start a background worker."""
        self.start("worker", "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--loglevel", "WARNING")

    def start(self, name: str, *command: str) -> subprocess.Popen:
        """Start a Python process that writes into a log of its own."""
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def log(self, name: str) -> Path:
        """Where a process writes."""
        return self.folder / f"{name}.log"

    def address(self, path: str) -> str:
        """A page's whole address."""
        return f"http://127.0.0.1:{self.port}{path}"

    def stop(self) -> None:
        """End every process that was started here."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=2)
            process.kill()
            process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def answers(address: str) -> bool:
    """Whether something answers there."""
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def wait_until(is_so, what: str, log: Path) -> None:
    """Wait for it, or fail with what the process said."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError(f"Not within {PATIENCE_SECONDS} s: {what}. It said: {log.read_text()[-2000:]}")
