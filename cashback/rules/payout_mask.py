"""Masks: what of a payout detail is shown where people look over somebody's shoulder."""

DOTS = "••••"
SHOWN_WHOLE = {"bank_name"}  # it names no account
SHOWN_NEVER = {"address"}
LONG_ENOUGH = 8  # of a shorter text four characters would be half of it


def mask(name: str, text: str) -> str:
    """Hide a detail but for what its owner knows it by.

    >>> mask("account_number", "123456789"), mask("upi_id", "asha@okbank"), mask("phone_number", "1234567")
    ('••••6789', 'a••••@okbank', '••••')
    >>> mask("bank_name", "State Bank"), mask("address", "12 Lake Road"), mask("account_name", "Asha Rao"), mask("upi_id", "")
    ('State Bank', '••••', 'A••••', '')
    """
    if not text or name in SHOWN_WHOLE:
        return text
    if name in SHOWN_NEVER:
        return DOTS
    if name == "account_name":
        return text[0] + DOTS
    person, at, place = text.partition("@")
    if at:
        return f"{person[0]}{DOTS}@{place}"
    return DOTS + (text[-4:] if len(text) >= LONG_ENOUGH else "")
