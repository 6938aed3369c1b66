import sys
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "scripts"))

from address import source_of  # noqa: E402
from readme import for_index  # noqa: E402

_version: dict[str, str] = {}
exec((HERE / "colabwidget" / "_version.py").read_text(), _version)  # noqa: S102

setup(
    long_description=for_index(
        (HERE / "README.md").read_text(encoding="utf-8"),
        source_of((HERE / "pyproject.toml").read_text(encoding="utf-8")),
        _version["__version__"],
    ),
    long_description_content_type="text/markdown",
)
