#!/usr/bin/env python
"""Runs Roundsman's commands: `python manage.py help` lists them.

A bad setting or a database that does not answer is said in words, with exit code 2: the traceback would not help anybody.
"""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from config.environment import stop_on_bad_settings, unreachable_database

    stop_on_bad_settings()
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        words = unreachable_database(error)
        if not words:
            raise
        sys.stderr.write(f"{words}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
