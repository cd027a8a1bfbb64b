"""By what way did money come? One list of channels, and the names that people use for them.

"UPI" and "QR" are mobile money, "Online" is the gateway, "check" is a cheque, "NEFT" is a bank transfer. Capitals, blanks around
the name and the way its words are joined do not matter. What is none of these is returned for the caller to refuse.
"""

import re
from typing import Final

ALIASES: Final = {
    "UPI": "MOBILE_MONEY",
    "QR": "MOBILE_MONEY",
    "MOBILEMONEY": "MOBILE_MONEY",
    "ONLINE": "GATEWAY",
    "CHECK": "CHEQUE",
    "BANKTRANSFER": "BANK_TRANSFER",
    "NEFT": "BANK_TRANSFER",
    "CREDITCARD": "CARD",
    "DEBITCARD": "CARD",
}


def channel_named(name: str) -> str:
    """Answer the channel that a name means.

    >>> [channel_named(name) for name in (" upi ", "Online", "check", "Credit  card", "bank-transfer", "CASH", "barter")]
    ['MOBILE_MONEY', 'GATEWAY', 'CHEQUE', 'CARD', 'BANK_TRANSFER', 'CASH', 'BARTER']
    """
    joined = re.sub(r"[\s_-]+", "", name).upper()
    return ALIASES.get(joined, re.sub(r"[\s_-]+", "_", name.strip()).upper())
