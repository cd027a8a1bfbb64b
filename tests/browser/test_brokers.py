"""Redis as the queue, as in production: a job goes through it to a real worker."""

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.demo.people import PASSWORD
from tests.browser.site import Site, free_port, wait_until

pytestmark = [pytest.mark.engine, pytest.mark.browser, pytest.mark.django_db]

REDIS = shutil.which("redis-server")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """A Redis of this test alone, on a port of its own, that keeps nothing."""
    if not REDIS:
        pytest.skip("needs redis-server (apt install redis-server): CI has it")
    port, log = free_port(), tmp_path / "redis.log"
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        wait_until(lambda: "Ready to accept connections" in log.read_text(), "Redis listens", log)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


def call(site: Site, path: str, token: str = "", body: Any = None) -> tuple[int, Any]:
    """Ask the API: the status and the answer."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(site.address(path), data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status, json.load(answer)


def test_a_job_goes_through_redis_to_a_worker_and_is_finished(site, redis):
    site.stop()
    site.processes.clear()
    site.broker = redis
    site.serve()
    _, given = call(site, "/api/auth/login", body={"email": "admin@example.com", "password": PASSWORD})
    start = "/api/admin/backfill-payment-route-id?dry_run=false&wait=false"
    status, answer = call(site, start, given["token"], {"reason": "TICKET-4"})
    assert status == 202 and answer["payments_updated"] == 0
    run = f"/api/admin/backfill-runs/{answer['run_id']}"
    assert call(site, run, given["token"])[1]["status"] == "PENDING"
    site.start_worker()
    wait_until(lambda: call(site, run, given["token"])[1]["status"] == "SUCCEEDED", "the run ends", site.log("worker"))
    assert call(site, run, given["token"])[1]["answer"]["payments_updated"] == 120
