"""Words for people that depend on a number."""


def counted(number: int, many: str, one: str = "") -> str:
    """A number with what it counts, in the singular for one of it.

    >>> counted(1, "invoices"), counted(1250, "invoices"), counted(1, "batches", "batch")
    ('1 invoice', '1,250 invoices', '1 batch')
    """
    return f"{number:,} {many if number != 1 else one or many.removesuffix('s')}"
