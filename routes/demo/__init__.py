"""The demo's rounds and routes: who went out where, on which day, and how far each trip has come."""

from typing import Any

from accounts.demo.people import TENANTS_OF
from operations.demo import demo
from routes.demo.many import load_many_routes
from routes.demo.plan import ROUNDS, load_routes


@demo(order=10)
def load(*, size: str, seed: int, using: str, ids: str, payments: int, say: Any, **_: Any) -> None:
    """Write the rounds and routes of this size."""
    if size == "large":
        load_many_routes(seed=seed, using=using, ids=ids, payments=payments, say=say)
        return
    for slug in (slug for slug in TENANTS_OF[size] if slug in ROUNDS):
        load_routes(slug, seed=seed, using=using, ids=ids, say=say)
