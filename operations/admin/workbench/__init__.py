"""The workbench of backfills: preview, execute, watch, verify, decide, sign off and undo, each on a page of its own.

`scope` says whose rows a person works on; `preview`, `ask` and `undo` start something, `change` holds the clicks that stop it,
`runs` the page that shows it and `actions` its buttons. `findings` is the work list (`findings_asked` which rows of it, `decide`
what becomes of them), `offers` what a person may choose there. What they show is put into words by `evidence`, `examples`,
`progress` and `shares`.
"""

from operations.admin.workbench import ask, change, findings, offers, pages, preview, runs, sign_off, undo

__all__ = ["ask", "change", "findings", "offers", "pages", "preview", "runs", "sign_off", "undo"]
