"""Pages of a list that never counts the whole table.

An unfiltered list of a large table takes PostgreSQL's own estimate; every other count stops at 10,001 rows. So a list
of a million payments opens as fast as one of fifty, and says "about 1,000,000" or "more than 10,000".
"""

from functools import cached_property

from django.core.paginator import Paginator
from django.db import connections

CAP = 10_000


class CappedPaginator(Paginator):
    """Counts up to 10,000 rows, estimates beyond, and lets nobody leaf further than that."""

    template_name = "audit/pagination.html"

    @cached_property
    def count(self) -> int:
        return self.estimate if self.estimate > CAP else self.capped_count

    @property
    def estimate(self) -> int:
        """The database's estimate of the whole table; 0 where the list is filtered or the database has none."""
        return self._whole_table[0]

    @cached_property
    def _whole_table(self) -> tuple[int, int | None]:
        """The estimate of an unfiltered list, and where it is small how many rows there are, in one question."""
        query = getattr(self.object_list, "query", None)
        if query is None or query.where or query.is_sliced or connections[self.object_list.db].vendor != "postgresql":
            return 0, None
        few = f"SELECT count(*) FROM (SELECT 1 FROM {self.table} LIMIT {CAP + 1}) few"  # noqa: S608 - a table of ours
        known = f"SELECT reltuples::bigint, CASE WHEN reltuples <= {CAP} THEN ({few}) END"
        with connections[self.object_list.db].cursor() as cursor:
            cursor.execute(f"{known} FROM pg_class WHERE oid = %s::regclass", [self.table])
            return cursor.fetchone()

    @property
    def table(self) -> str:
        """The table's name, quoted for PostgreSQL."""
        return connections[self.object_list.db].ops.quote_name(self.object_list.model._meta.db_table)

    @cached_property
    def capped_count(self) -> int:
        """The exact number of rows, or 10,001 for more."""
        if not hasattr(self.object_list, "query"):
            return len(self.object_list)
        if (counted := self._whole_table[1]) is not None:
            return counted
        return self.object_list.order_by()[: CAP + 1].count()

    @cached_property
    def num_pages(self) -> int:
        return -(-min(self.count, CAP) // self.per_page) or 1

    @property
    def in_words(self) -> str:
        """How many rows there are, as far as it is known.

        Example: "37", "more than 10,000", "about 1,000,000".
        """
        if self.estimate > CAP:
            return f"about {self.estimate:,}"
        return f"more than {CAP:,}" if self.count > CAP else f"{self.count:,}"
