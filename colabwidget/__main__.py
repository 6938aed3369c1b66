"""``python -m colabwidget``."""

from __future__ import annotations

import sys

from colabwidget.cli import main

if __name__ == "__main__":
    sys.exit(main())
