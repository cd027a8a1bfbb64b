"""Did the payment gateway really say this, and just now? Its calls carry a time and a signature made with a shared secret.

The signature is HMAC-SHA-256, in hexadecimal, over the time (Unix seconds), the business's slug and the body as it was sent,
joined by dots. A call that somebody recorded and plays again later is too old; played at once, it is known by its event id.
"""

import hashlib
import hmac

TOLERANCE_SECONDS = 300


def signature_of(*, secret: str, timestamp: str, slug: str, body: bytes) -> str:
    """Sign a call.

    >>> signature_of(secret="s" * 32, timestamp="1768294800", slug="distro", body=b"{}")[:16]
    'fc0de5656fe3f851'
    """
    signed = f"{timestamp}.{slug}.".encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_genuine(signature: str, *, secret: str, timestamp: str, slug: str, body: bytes) -> bool:
    """Tell whether a signature is the one that only a holder of the secret can make; takes as long for a wrong one."""
    expected = signature_of(secret=secret, timestamp=timestamp, slug=slug, body=body)
    return hmac.compare_digest(expected.encode(), signature.encode())


def is_recent(timestamp: str, *, now_seconds: float) -> bool:
    """Tell whether a time is within five minutes of now, before or after.

    >>> [is_recent(text, now_seconds=1000.0) for text in ("1000", "700", "699", "1301", "-1", "", "1e3")]
    [True, True, False, False, False, False, False]
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(int(timestamp) - now_seconds) <= TOLERANCE_SECONDS
