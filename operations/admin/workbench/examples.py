"""Examples: some rows of each class that a run does not write, with their evidence side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

from operations.admin.workbench.evidence import Witness
from operations.backfill import Backfill

Example = Mapping[str, Any]


def example_classes(
    definition: Backfill, examples: Mapping[str, Sequence[Example]], totals: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Each class that has examples: its name, how many rows it has in all (`totals`, by class), and those shown."""
    witness = Witness(definition, [example for rows in examples.values() for example in rows])
    return [
        {
            "name": definition.label_of(name),
            "rows": [{"row": witness.row(row["row_id"]), "facts": witness.facts(_without_id(row))} for row in rows],
            "total": f"{totals.get(name, len(rows)):,}",
        }
        for name, rows in examples.items()
        if rows
    ]


def _without_id(example: Example) -> dict[str, Any]:
    return {name: value for name, value in example.items() if name != "row_id"}
