"""The workbench of backfills: preview, execute, watch, verify, decide, sign off and undo, each on a page of its own.

`scope` says whose rows a person works on, `ask` holds the pages that start something, `runs` those that show it, `findings` the
work list. What they show is put into words by `evidence`, `progress` and `shares`.
"""

from operations.admin.workbench import ask, findings, pages, runs, sign_off

__all__ = ["ask", "findings", "pages", "runs", "sign_off"]
