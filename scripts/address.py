"""Writes what follows from the project's address, which is in ``[project.urls]`` of pyproject.toml.

::

    python scripts/address.py                                   # every place anew
    python scripts/address.py https://github.com/ANA/colabwidget   # after setting the address
    python scripts/address.py --published                       # the index has the package as ours

Until there is an address, no page has a link that leads there. Until the package is published, the
notebooks in examples/ install from a wheel beside them or from an address that their user gives,
never by the bare name: it is not ours yet, and another package could come by it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BADGE = re.compile(r"<!-- badge (\S+) -->.*?<!-- /badge -->")
#: Of the notebooks that install the package.
EXAMPLES = ("colab", "connect", "jupyterhub", "kaggle", "linux")
PUBLISHED = """\
import importlib.util

if importlib.util.find_spec("colabwidget") is None:
    %pip install --quiet colabwidget"""
FROM_A_WHEEL = """\
import importlib.util
import shlex
from pathlib import Path

# The address of a wheel, where none lies beside this notebook: "https://..."
ADDRESS = ""

if importlib.util.find_spec("colabwidget") is None:
    wheels = [*Path().glob("colabwidget-*.whl")]
    newest = max(wheels, key=lambda wheel: wheel.stat().st_mtime, default="")
    if not (source := ADDRESS or str(newest)):
        raise FileNotFoundError(
            "Put the file colabwidget-....whl beside this notebook, or write the address of one "
            "into ADDRESS above. Then run this cell again."
        )
    source = shlex.quote(source)
    %pip install --quiet {source}"""
BESIDE = '[*Path().glob("colabwidget-*.whl")]'
#: Kaggle has files that are added to a notebook in a folder of their own.
BESIDE_ON_KAGGLE = f"""\
[
        {BESIDE[1:-1]},
        *Path("/kaggle/input").rglob("colabwidget-*.whl"),
    ]"""
MODULE = '''\
"""Where the project is, in a module that imports nothing; scripts/address.py writes it."""

#: Where a fault is reported; empty until the project has an address.
ISSUES = "{issues}"
'''


def source_of(pyproject: str) -> str:
    """Return the address of the sources, empty where there is none yet."""
    found = re.search(r'^Source = "(\S+)"$', pyproject, re.M)
    return found[1] if found else ""


def is_published(pyproject: str) -> bool:
    """Return whether the index has the package as ours."""
    return "\npublished = true\n" in pyproject


def with_source(pyproject: str, source: str) -> str:
    """Return pyproject.toml with another address."""
    without = re.sub(r"\[project\.urls\]\n(?:.+\n)+\n", "", pyproject)
    urls = {
        "Source": source,
        "Documentation": f"{source}/blob/main/docs/index.md",
        "Changelog": f"{source}/blob/main/CHANGELOG.md",
        "Issues": f"{source}/issues",
    }
    table = "".join(f'{name} = "{url}"\n' for name, url in urls.items())
    return without.replace(
        "[project.scripts]\n", f"[project.urls]\n{table}\n[project.scripts]\n", 1
    )


def badged(text: str, source: str) -> str:
    """Return a page whose badges open its notebooks at that address, or are not there."""

    def badge(match: re.Match[str]) -> str:
        path = source.removeprefix("https://github.com/")
        image = "https://colab.research.google.com/assets/colab-badge.svg"
        link = f"https://colab.research.google.com/github/{path}/blob/main/{match[1]}"
        shown = f"[![Open in Colab]({image})]({link})" if path != source else ""
        return f"<!-- badge {match[1]} -->{shown}<!-- /badge -->"

    return BADGE.sub(badge, text)


def installing(notebook: str, name: str, published: bool) -> str:
    """Return a notebook whose cell *install* installs the package from where it is."""
    document = json.loads(notebook)
    code = PUBLISHED if published else FROM_A_WHEEL
    if name == "kaggle":
        code = code.replace(BESIDE, BESIDE_ON_KAGGLE)
    lines = code.splitlines(keepends=True)
    for cell in document["cells"]:
        if cell["id"] == "install":
            cell["source"] = lines
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def everything() -> dict[Path, str]:
    """Return what each file should be."""
    pyproject = (ROOT / "pyproject.toml").read_text()
    source = source_of(pyproject)
    made = {
        Path("colabwidget", "core", "address.py"): MODULE.format(
            issues=source and f"{source}/issues"
        )
    }
    for page in (Path("README.md"), Path("docs", "colab.md")):
        made[page] = badged((ROOT / page).read_text(), source)
    for name in EXAMPLES:
        path = Path("examples", f"{name}.ipynb")
        text = badged((ROOT / path).read_text(), source)
        made[path] = installing(text, name, is_published(pyproject))
    return made


def main(arguments: list[str]) -> None:
    """Set what is given, and write every place anew."""
    path = ROOT / "pyproject.toml"
    pyproject = path.read_text()
    for argument in arguments:
        if argument == "--published":
            pyproject = pyproject.replace("\npublished = false\n", "\npublished = true\n")
        elif re.fullmatch(r"https://[\w.-]+(?:/[\w.-]+)+", argument):
            pyproject = with_source(pyproject, argument)
        else:
            sys.exit(f"{argument}: this is no address such as https://github.com/ANA/colabwidget")
    path.write_text(pyproject)
    for page, text in everything().items():
        (ROOT / page).write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
