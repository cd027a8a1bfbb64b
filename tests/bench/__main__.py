"""`make bench`: load the demo, let everyone run on identical copies, print tables. See docs/performance.md."""

import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from tests import environment
from tests.bench.books import Books, ask
from tests.bench.contestants import inside, race, two_alone
from tests.bench.daily_orders import daily_orders
from tests.bench.old_invoices import old_invoices
from tests.bench.outstanding import outstanding
from tests.bench.payments import payments
from tests.bench.period_invoices import period_invoices
from tests.bench.points import points
from tests.bench.subscriber_links import subscriber_links
from tests.bench.table import (
    Line,
    line_of_tidy,
    lines_of_finance,
    lines_of_growth,
    lines_of_lists,
    lines_of_race,
    lines_of_readers,
    text_of,
)
from tests.bench.usage_billing import usage_billing
from tests.bench.usage_ingest import usage_ingest

PARTS = ("routes", "finance", "payments", "allocations", "dairy", "links", "ingest", "usage", "points")
SETTINGS = ("fsync", "synchronous_commit", "shared_buffers", "work_mem", "full_page_writes")


def arguments() -> Namespace:
    """What to measure."""
    parser = ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--payments", type=int, default=1_000_000, metavar="N", help="how many (default 1,000,000)")
    parser.add_argument("--ids", choices=["time", "random", "both"], default="both")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="turns of bare statement and backfill")
    parser.add_argument("--invoices", type=int, default=1_000_000, metavar="N", help="how many (default 1,000,000)")
    parser.add_argument("--recorded", type=int, default=4000, metavar="N", help="payments to record (default 4,000)")
    parser.add_argument("--old", type=int, default=100_000, metavar="N", help="old invoices (default 100,000)")
    parser.add_argument("--orders", type=int, default=100_000, metavar="N", help="standing orders (default 100,000)")
    parser.add_argument("--billed", type=int, default=10_000, metavar="N", help="customers to invoice (default 10,000)")
    parser.add_argument("--owing", type=int, default=100_000, metavar="N", help="customers who owe (default 100,000)")
    parser.add_argument(
        "--linked", type=int, default=1_000_000, metavar="N", help="old subscriptions (default 1,000,000)"
    )
    parser.add_argument(
        "--records", type=int, default=1_000_000, metavar="N", help="records to take (default 1,000,000)"
    )
    parser.add_argument(
        "--used", type=int, default=100_000, metavar="N", help="subscriptions to bill (default 100,000)"
    )
    parser.add_argument(
        "--moved", type=int, default=5_000_000, metavar="N", help="transactions of points (default 5,000,000)"
    )
    parser.add_argument("--only", choices=PARTS, help="measure one part")
    asked = parser.parse_args()
    least = {"payments": 10_000, "rounds": 1, "invoices": 1000, "recorded": 400, "old": 1000}
    least |= {"orders": 10_000, "billed": 1000, "owing": 2000, "linked": 10_000, "records": 10_000, "used": 1000}
    least |= {"moved": 10_000}
    if wrong := [f"--{name}: {number} or more" for name, number in least.items() if getattr(asked, name) < number]:
        parser.error("; ".join(wrong))
    return asked


def say(text: str) -> None:
    """What is going on, beside the table."""
    print(text, file=sys.stderr, flush=True)


def machine(server: str) -> str:
    """What it was measured on."""
    version = ask(server, "SELECT current_setting('server_version')")[0]
    settings = ", ".join(f"{name}={ask(server, f'SHOW {name}')[0]}" for name in SETTINGS)
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {version} ({settings})"


def races(books: Books, rounds: int) -> list[Line]:
    """Everything that is measured on one set of books with one kind of ids."""
    say(f"{books.payments:,} payments with {books.ids} ids: loading")
    books.load()
    with books.copy("orm") as address:
        saved = inside(address, "row_by_row")
    say(f"{books.payments:,} payments with {books.ids} ids: running")
    large = race(books, rounds)
    lines = list(lines_of_race(large, saved["seconds"] / saved["rows"]))
    say(f"{books.payments:,} tidy payments with {books.ids} ids: loading and running")
    tidy = Books(books.server, books.payments, books.ids, tidy=True)
    tidy.load()
    lines.append(line_of_tidy(tidy, *two_alone(tidy)))
    tenth = Books(books.server, books.payments // 10, books.ids)
    say(f"{tenth.payments:,} payments with {tenth.ids} ids: loading and running")
    tenth.load()
    return lines + list(lines_of_growth(race(tenth, 1), large))


def readers(books: Books) -> list[Line]:
    """What is read from many rows, before and after the backfill."""
    say("reading")
    with books.copy("readers") as address:
        lines = list(lines_of_readers("links missing", inside(address, "accountability")))
        lines += lines_of_lists(inside(address, "lists"))
    return lines


def finance(server: str, invoices: int, ids: str) -> list[Line]:
    """The finance summary and the invoice list over so many invoices."""
    books = Books(server, max(10_000, invoices // 10), ids, invoices)
    say(f"{invoices:,} invoices: loading")
    books.load()
    say(f"{invoices:,} invoices: reading")
    with books.copy("finance") as address:
        return list(lines_of_finance(inside(address, "finance")))


def dairy(server: str, asked: Namespace) -> None:
    """The day, the month and the debts of a dairy round."""
    show(f"The orders of a day from {asked.orders:,} standing orders", list(daily_orders(server, asked.orders)))
    show(f"The invoices of a month for {asked.billed:,} customers", list(period_invoices(server, asked.billed)))
    show(f"What {asked.owing:,} customers owe", list(outstanding(server, asked.owing)))


def internet(server: str, wanted: Sequence[str], asked: Namespace) -> None:
    """Plan subscriptions: their links, what is used on them, and the bills for it."""
    if "links" in wanted:
        show(f"The lines of {asked.linked:,} old subscriptions", list(subscriber_links(server, asked.linked)))
    if "ingest" in wanted:
        show(f"Taking {asked.records:,} accounting records", list(usage_ingest(server, asked.records)))
    if "usage" in wanted:
        show(f"Billing the usage of {asked.used:,} subscriptions", list(usage_billing(server, asked.used)))


def show(title: str, lines: list[Line]) -> None:
    """Print one table as soon as it is known."""
    print(f"\n{title}\n\n{text_of(lines)}", flush=True)


def main() -> int:
    """Measure, and print."""
    asked = arguments()
    environment.prepare()
    server = os.environ["DATABASE_URL"]
    if not server.startswith("postgres"):
        say("DATABASE_URL is no PostgreSQL. Run `make bench`, which starts one.")
        return 2
    kinds = ["time", "random"] if asked.ids == "both" else [asked.ids]
    print(machine(server), flush=True)
    wanted = [asked.only] if asked.only else PARTS
    if "routes" in wanted:
        for ids in kinds:
            show(f"{asked.payments:,} payments, {ids} ids", races(Books(server, asked.payments, ids), asked.rounds))
        show("Reading", readers(Books(server, asked.payments, kinds[0])))
    if "finance" in wanted:
        show(f"{asked.invoices:,} invoices", finance(server, asked.invoices, kinds[0]))
    if "payments" in wanted:
        show(f"Recording {asked.recorded:,} payments", list(payments(server, asked.recorded)))
    if "allocations" in wanted:
        show(f"{asked.old:,} invoices of the old system", list(old_invoices(server, asked.old)))
    if "dairy" in wanted:
        dairy(server, asked)
    internet(server, wanted, asked)
    if "points" in wanted:
        show(f"{asked.moved:,} transactions of points", list(points(server, asked.moved)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
