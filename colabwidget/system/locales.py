"""Which locales this machine has."""

from __future__ import annotations

import ctypes

_LC_ALL_MASK = 0x1FBF  # every category of glibc's locale.h but LC_ALL


def is_locale(name: str) -> bool:
    """Tell whether a locale is installed, as ``LANG`` and its like name it.

    The locale of this process is not changed. Where the C library does not tell, it is one.
    """
    try:
        library = ctypes.CDLL(None)
        new, free = library.newlocale, library.freelocale
    except (OSError, AttributeError):
        return True
    new.restype, free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    found = new(_LC_ALL_MASK, name.encode("utf-8", "replace"), None)
    if not found:
        return False
    free(found)
    return True
