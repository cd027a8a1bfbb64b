"""The workbench of backfills: preview, execute, watch, verify, decide, sign off and undo, each on a page of its own.

`scope` says whose rows a person works on, `ask` holds the pages that start something, `change` the clicks that stop it, `runs`
the page that shows it, `findings` the work list. What they show is put into words by `evidence`, `progress` and `shares`.
"""

from operations.admin.workbench import ask, change, findings, pages, runs, sign_off

__all__ = ["ask", "change", "findings", "pages", "runs", "sign_off"]
