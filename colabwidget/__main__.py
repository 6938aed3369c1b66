"""``python -m colabwidget``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and return its exit status.

    ``through`` and ``attach`` run on the computers of users, Windows among them, where the rest
    cannot be loaded.
    """
    if sys.argv[1:2] == ["through"]:
        from colabwidget.through.cli import main as through

        return through(sys.argv[2:])
    if sys.argv[1:2] == ["attach"]:
        from colabwidget.attach.cli import main as attach

        return attach(sys.argv[2:])
    from colabwidget.cli import main as all_others

    return all_others()


if __name__ == "__main__":
    sys.exit(main())
