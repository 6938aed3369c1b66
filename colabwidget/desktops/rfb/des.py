"""One block of DES (FIPS 46-3), for the challenge of VNC's password and nothing else.

The protocol asks for it (RFC 6143, 7.2.2), Python's own library does not have it, and a library
that has it is 10 MB for one call. It protects nothing here: both ends are on 127.0.0.1.
"""

from __future__ import annotations

from collections.abc import Sequence

# Numbers of bits from 1 on, the highest first, as the standard has them.
_INITIAL = [
    *(58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4),
    *(62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8),
    *(57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3),
    *(61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7),
]
_FINAL = [_INITIAL.index(bit) + 1 for bit in range(1, 65)]
_EXPANSION = [(4 * group + offset - 1) % 32 + 1 for group in range(8) for offset in range(6)]
_PERMUTATION = [
    *(16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10),
    *(2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25),
]
_KEY_CHOICE = [
    *(57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18),
    *(10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36),
    *(63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22),
    *(14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4),
]
_ROUND_CHOICE = [
    *(14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10),
    *(23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2),
    *(41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48),
    *(44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32),
]
_SHIFTS = (1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1)
# S1 to S8, each four rows of sixteen.
_BOXES = (
    "e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
    "f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
    "a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
    "7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
    "2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
    "c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
    "4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
    "d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
)


def _picked(value: int, size: int, bits: Sequence[int]) -> int:
    """Return some bits of a number of that many bits, one behind the other."""
    result = 0
    for bit in bits:
        result = result << 1 | value >> (size - bit) & 1
    return result


def _round_keys(key: bytes) -> list[int]:
    chosen = _picked(int.from_bytes(key, "big"), 64, _KEY_CHOICE)
    left, right = chosen >> 28, chosen & 0xFFFFFFF
    keys = []
    for shift in _SHIFTS:
        left, right = ((half << shift | half >> 28 - shift) & 0xFFFFFFF for half in (left, right))
        keys.append(_picked(left << 28 | right, 56, _ROUND_CHOICE))
    return keys


def _mixed(half: int, key: int) -> int:
    wide = _picked(half, 32, _EXPANSION) ^ key
    result = 0
    for number, box in enumerate(_BOXES):
        six = wide >> 42 - 6 * number & 0x3F
        row, column = six >> 4 & 2 | six & 1, six >> 1 & 0xF
        result = result << 4 | int(box[16 * row + column], 16)
    return _picked(result, 32, _PERMUTATION)


def encrypted(block: bytes, key: bytes) -> bytes:
    """Return eight bytes, encrypted with a key of eight bytes."""
    value = _picked(int.from_bytes(block, "big"), 64, _INITIAL)
    left, right = value >> 32, value & 0xFFFFFFFF
    for round_key in _round_keys(key):
        left, right = right, left ^ _mixed(right, round_key)
    return _picked(right << 32 | left, 64, _FINAL).to_bytes(8, "big")


def answer(challenge: bytes, password: str) -> bytes:
    """Return the answer to a VNC server's challenge of sixteen bytes.

    Of the password, eight bytes count; of each byte, VNC takes the bits in reverse.
    """
    key = password.encode("latin-1", "replace")[:8].ljust(8, b"\0")
    key = bytes(int(f"{byte:08b}"[::-1], 2) for byte in key)
    return encrypted(challenge[:8], key) + encrypted(challenge[8:], key)
