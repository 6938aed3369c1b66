"""How machines differ from this one: small changes of a throw-away copy, to be combined.

Each function returns a change, which gets the machine. The order counts: who the notebook runs as
comes before what its rights and limits are, and what closes the machine comes last.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.kit.machine.odd_machine import OddMachine

Change = Callable[[OddMachine], None]

# Loaded into every program of the machine, it makes calls fail below a folder as they do on file
# systems that lack something: the programs and the calls are real, the file system's answer is not.
_LACKING = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int below(const char *path) {
    return strncmp(path, FOLDER "/", sizeof FOLDER) == 0;
}

static int open_below(int number) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", number);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    return below(path);
}

int flock(int number, int how) {
    if (LOCKS && open_below(number)) { errno = ENOSYS; return -1; }
    return ((int (*)(int, int))dlsym(RTLD_NEXT, "flock"))(number, how);
}

int bind(int number, const struct sockaddr *address, socklen_t length) {
    if (SOCKETS && address->sa_family == AF_UNIX) {
        char folder[PATH_MAX], real[PATH_MAX];
        snprintf(folder, sizeof folder, "%s", ((const struct sockaddr_un *)address)->sun_path);
        char *slash = strrchr(folder, '/');
        if (slash) *slash = 0;
        if (slash && realpath(folder, real)) {
            strncat(real, "/", sizeof real - strlen(real) - 1);
            if (below(real)) { errno = EPERM; return -1; }
        }
    }
    return ((int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "bind"))(
        number, address, length);
}
"""


# unshare(1) can map many ids only where newuidmap(1) is installed; root needs no such help.
_MAP_IDS = """
import ctypes, os, sys
go, went = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    ctypes.CDLL(None).unshare(0x10000000)  # CLONE_NEWUSER
    os.write(went[1], b".")
    os.read(go[0], 1)
    os.execvp(sys.argv[2], sys.argv[2:])
os.read(went[0], 1)
for kind in ("uid", "gid"):
    with open(f"/proc/{child}/{kind}_map", "w") as file:
        file.write(f"0 0 {sys.argv[1]}")
os.write(go[1], b".")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def plain_account(name: str = "plain", home: str = "/home/plain") -> Change:
    """Let the notebook run as an account without rights."""

    def change(machine: OddMachine) -> None:
        machine.must("useradd", "--create-home", "--home-dir", home, "--shell", "/bin/bash", name)
        machine.prefix += ["setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups"]
        machine.environment |= {"HOME": home}

    return change


def no_name(number: int = 1_000_650_000, home: str = "/work") -> Change:
    """Let the notebook run with a user id that has no entry, in root's group, as OpenShift does."""

    def change(machine: OddMachine) -> None:
        machine.must("install", "--directory", "--mode=2775", home)
        machine.prefix += ["setpriv", f"--reuid={number}", "--regid=0", "--clear-groups"]
        machine.environment |= {"HOME": home}

    return change


def variable(name: str, value: str) -> Change:
    """Set a variable of the notebook's."""
    return lambda machine: machine.environment.update({name: value})


def command(*arguments: str) -> Change:
    """Run a command on the machine, as root."""

    def change(machine: OddMachine) -> None:
        machine.must(*arguments)

    return change


def started_by(*words: str) -> Change:
    """Put words before the notebook's command: a program that starts it with other rights."""
    return lambda machine: machine.prefix.extend(words)


def without_capabilities(*names: str) -> Change:
    """Take capabilities from the notebook's root, as a container engine does."""
    dropped = ",".join(f"-{name}" for name in names)
    return started_by("setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}")


def many_ids(count: int = 65_536) -> Change:
    """Let the notebook be root of a user namespace with so many ids, as rootless containers are."""
    return lambda machine: machine.prefix.extend([sys.executable, "-c", _MAP_IDS, str(count)])


def own_id_only() -> Change:
    """Map no id but the notebook's own, as Apptainer and bwrap do."""

    def change(machine: OddMachine) -> None:
        ids = [machine.run(*machine.prefix, "id", kind).stdout.strip() for kind in ("-u", "-g")]
        machine.prefix += ["unshare", "--user", f"--map-user={ids[0]}", f"--map-group={ids[1]}"]

    return change


def home_without(
    *, locks: bool = False, sockets: bool = False, home: str = "/home/plain"
) -> Change:
    """Let the file system of a home have no locks (Lustre), or no Unix sockets (SMB, AFS, FUSE)."""

    def change(machine: OddMachine) -> None:
        machine.path("/run/lacking.c").write_text(_LACKING)
        choices = [f'-DFOLDER="{home}"', f"-DLOCKS={int(locks)}", f"-DSOCKETS={int(sockets)}"]
        library = "/usr/lib/lacking.so"
        machine.must("gcc", "-shared", "-fPIC", "-o", library, *choices, "/run/lacking.c", "-ldl")
        machine.path("/etc/ld.so.preload").write_text(f"{library}\n")

    return change


def python_found_by_libraries() -> Change:
    """Let Python start only with LD_LIBRARY_PATH, as modules of HPC sites set it."""

    def change(machine: OddMachine) -> None:
        code = "import sysconfig as s; print(*s.get_config_vars('LIBDIR', 'INSTSONAME'))"
        folder, name = machine.must(machine.python, "-c", code).split()
        machine.must("mkdir", "/opt/python-libraries")
        machine.must("mv", f"{folder}/{name}", "/opt/python-libraries/")
        assert machine.run(machine.python, "-c", "").returncode == 127
        machine.environment["LD_LIBRARY_PATH"] = "/opt/python-libraries"

    return change


def read_only_root(*writable: str) -> Change:
    """Mount / read-only, with folders of their own that can be written."""

    def change(machine: OddMachine) -> None:
        for place in ("/run", *writable):
            if place != "/run":
                mode = "mode=1777" if place == "/tmp" else "mode=755"
                machine.must("mount", "-t", "tmpfs", "-o", mode, "tmpfs", place)
        machine.must("mount", "-o", "remount,bind,ro", "/")

    return change
