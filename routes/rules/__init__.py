"""The life of a route: which status may follow which."""

PENDING = "PENDING"
IN_PROGRESS = "IN_PROGRESS"
COMPLETED = "COMPLETED"
RECONCILED = "RECONCILED"

NEXT_STATUSES = {
    PENDING: {IN_PROGRESS},
    IN_PROGRESS: {COMPLETED},
    COMPLETED: {IN_PROGRESS, RECONCILED},
    RECONCILED: set(),
}
OPEN_STATUSES = {PENDING, IN_PROGRESS, COMPLETED}


def may_become(status: str, next_status: str) -> bool:
    """Answer whether a route may go from one status to another.

    Example: a completed route may be reconciled or taken back to the road; a reconciled one stays as it is.

    >>> may_become("COMPLETED", "RECONCILED"), may_become("RECONCILED", "COMPLETED")
    (True, False)
    """
    return next_status in NEXT_STATUSES[status]
