"""The start of a process that takes over nothing from the one that has started it.

A kernel may ignore or block signals, have low limits and a low priority, or work in a folder that
goes away. The backend serves other kernels as well, and its children would have all that: useradd,
for one, fails where SIGCHLD is ignored.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal

# Python ignores these itself, and gives its children the default.
_PYTHONS = {signal.SIGPIPE, signal.SIGXFSZ}

#: Soft limits that are raised, as far as the hard ones allow.
LEAST_LIMITS = {
    resource.RLIMIT_NOFILE: 4096,
    resource.RLIMIT_STACK: 8 << 20,  # bytes
    **dict.fromkeys(
        (
            resource.RLIMIT_AS,
            resource.RLIMIT_CPU,
            resource.RLIMIT_DATA,
            resource.RLIMIT_FSIZE,
            resource.RLIMIT_NPROC,
            resource.RLIMIT_RSS,
        ),
        resource.RLIM_INFINITY,
    ),
}


def start_clean() -> None:
    """Give this process default signals, umask, limits, priority and folder, and no descriptors.

    What is not allowed, such as a higher priority without rights, stays as it is. Of the
    descriptors the three standard ones stay.
    """
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  pathlib would double our start
        if int(name) > 2:
            with contextlib.suppress(OSError):  # that of this list is closed by now
                os.close(int(name))
    os.chdir("/")
    # useradd and dpkg go by it. Our own files name their mode.
    os.umask(0o022)
    _default_signals()
    for kind, least in LEAST_LIMITS.items():
        _raise_limit(kind, least)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _default_signals() -> None:
    for number in signal.valid_signals():
        if signal.getsignal(number) is signal.SIG_IGN and number not in _PYTHONS:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _raise_limit(kind: int, least: int) -> None:
    soft, hard = resource.getrlimit(kind)
    infinity = resource.RLIM_INFINITY
    if least != infinity and hard != infinity:
        least = min(least, hard)
    wanted = hard if least == infinity else least
    if soft != infinity and (wanted == infinity or soft < wanted):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (wanted, hard))
