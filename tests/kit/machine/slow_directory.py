"""A directory service of accounts that takes its time, a module of the C library."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kit.machine.machine_copy import MachineCopy

#: An account that it has; it knows no other.
NAME, NUMBER = "ada@corp.example", 1_234_600_001
SECONDS = 3
# Only programs called python wait: what they start would make a test long.
_SOURCE = """\
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

static void wait_if_python(void) {
    if (!strncmp(program_invocation_short_name, "python", 6)) sleep(%(seconds)d);
}

static enum nss_status fill(int found, struct passwd *entry, int *error) {
    wait_if_python();
    if (!found) { *error = ENOENT; return NSS_STATUS_NOTFOUND; }
    *entry = (struct passwd){"%(name)s", "x", %(number)d, %(number)d, "", "/home/ada", "/bin/sh"};
    return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_slow_getpwnam_r(
    const char *name, struct passwd *entry, char *buffer, size_t size, int *error) {
    return fill(!strcmp(name, "%(name)s"), entry, error);
}

enum nss_status _nss_slow_getpwuid_r(
    uid_t number, struct passwd *entry, char *buffer, size_t size, int *error) {
    return fill(number == %(number)d, entry, error);
}

enum nss_status _nss_slow_getgrnam_r(
    const char *name, struct group *entry, char *buffer, size_t size, int *error) {
    wait_if_python();
    *error = ENOENT;
    return NSS_STATUS_NOTFOUND;
}
"""


def add_slow_directory(machine: MachineCopy, folder: Path) -> None:
    """Let a copy ask the service for what its own files do not have.

    Parameters
    ----------
    machine
        The copy.
    folder
        Where the module is built.
    """
    if not (compiler := shutil.which("cc")):
        pytest.skip("builds a module of the C library, which takes a C compiler")
    source, module = folder / "slow.c", folder / "libnss_slow.so.2"
    source.write_text(_SOURCE % {"seconds": SECONDS, "name": NAME, "number": NUMBER})
    built = [compiler, "-shared", "-fPIC", "-o", str(module), str(source)]
    subprocess.run(built, check=True, timeout=60)
    libraries = machine.must("sh", "-c", "dirname $(ls /usr/lib/*/libnss_dns.so.2)").strip()
    machine.path(f"{libraries}/{module.name}").write_bytes(module.read_bytes())
    for name in ("passwd", "group"):
        machine.must("sed", "-i", f"s/^{name}:.*/{name}: files slow/", "/etc/nsswitch.conf")
    assert NAME in machine.must("getent", "passwd", NAME)
