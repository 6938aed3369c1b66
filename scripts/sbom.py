"""The list of what a wheel is made of and needs, as CycloneDX has it."""

from __future__ import annotations

import hashlib
import re
import zipfile
from datetime import datetime, timezone
from email.parser import Parser
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement

NOTICES = "colabwidget/static/third-party.txt"
#: Of each package in the notices: name, version, licence, and the files that it is in.
HEADING = re.compile(r"^=+\n(\S+) (\S+): (\S+), in (.+)\n=+$", re.M)


def bundled(notices: str) -> list[Component]:
    """Return the npm packages of which something is in the front end."""
    licences = LicenseFactory()
    found = []
    for name, version, licence, _ in HEADING.findall(notices):
        namespace, _, last = name.rpartition("/")
        url = PackageURL("npm", namespace or None, last, version)
        found.append(
            Component(
                type=ComponentType.LIBRARY,
                group=namespace or None,
                name=last,
                version=version,
                purl=url,
                bom_ref=str(url),
                licenses=[licences.make_from_string(licence)],
            )
        )
    return found


def required(requirements: list[str]) -> list[Component]:
    """Return the Python packages that the wheel asks for, with the versions that it accepts."""
    found = []
    for each in map(Requirement, requirements):
        optional = each.marker is not None and "extra" in str(each.marker)
        if optional:
            continue
        url = PackageURL("pypi", None, each.name)
        found.append(
            Component(
                type=ComponentType.LIBRARY,
                name=each.name,
                version=None,
                description=f"Accepted versions: {each.specifier or 'any'}",
                scope=ComponentScope.REQUIRED,
                purl=url,
                bom_ref=str(url),
            )
        )
    return found


def bill_of_materials(wheel: Path, epoch: int) -> str:
    """Return the list for a wheel, the same for the same wheel, and valid.

    Parameters
    ----------
    wheel
        The file.
    epoch
        Its date, in seconds since 1970.
    """
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        metadata = Parser().parsestr(archive.read(name).decode())
        notices = archive.read(NOTICES).decode()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    url = PackageURL("pypi", None, metadata["Name"], metadata["Version"])
    whole = Component(
        type=ComponentType.LIBRARY,
        name=metadata["Name"],
        version=metadata["Version"],
        purl=url,
        bom_ref=str(url),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        licenses=[LicenseFactory().make_from_string(metadata["License-Expression"])],
    )
    parts = [*bundled(notices), *required(metadata.get_all("Requires-Dist") or [])]
    bill = Bom(components=parts, serial_number=uuid5(NAMESPACE_URL, digest))
    bill.metadata.component = whole
    bill.metadata.timestamp = datetime.fromtimestamp(epoch, timezone.utc)
    bill.register_dependency(whole, parts)
    text = f"{JsonV1Dot6(bill).output_as_string(indent=2)}\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"The list is not valid: {error}")
    return text
