"""Pictures that are kept, and how new ones are compared with them."""

from __future__ import annotations

import hashlib
import json
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

#: Of a colour channel, out of 255: more is another colour, less is another rounding of an edge.
OTHER = 40
#: Pixels. A letter that is another one shows in a block of this size.
BLOCK = 16
#: Pixels of a block that may be of another colour: edges, not letters.
EDGES = 12
#: So many of a kept picture's colours are as they were; edges of letters get what is near.
EXACT = 64
FAMILIES = ("system-ui", "sans-serif", "monospace", "system-ui:bold", "monospace:bold")


def drawn_with(chromium: str) -> dict[str, object]:
    """What makes pictures on this machine what they are."""
    fonts = {}
    for family in FAMILIES:
        command = ["fc-match", "--format=%{file}", family]
        file = Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        fonts[family] = f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"
    return {"chromium": chromium, "fonts": fonts}


def differs_from(kept: Path, chromium: str) -> str:
    """Why pictures that are made here cannot be compared with the kept ones; '' where they can."""
    then, now = json.loads(kept.read_text()), drawn_with(chromium)
    return "; ".join(
        f"the kept pictures were made with {then[name]}, here is {now[name]}"
        for name in now
        if then[name] != now[name]
    )


def keep(picture: bytes, path: Path) -> None:
    """Small, as it stays in the repository for ever: 256 colours, no plane off by anything."""
    whole = Image.open(BytesIO(picture)).convert("RGB")
    pixels = np.asarray(whole).astype(int) @ (1 << 16, 1 << 8, 1)
    colours, at, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    frequent = colours[np.argsort(-counts, kind="stable")[:EXACT]]
    edges = whole.quantize(256 - EXACT, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    palette = [*map(_channels, frequent), *np.reshape(edges.getpalette() or [], (-1, 3))]
    distances = ((np.array([*map(_channels, colours)])[:, None] - palette) ** 2).sum(axis=2)
    few = Image.fromarray(distances.argmin(axis=1).astype(np.uint8)[at].reshape(pixels.shape))
    few.putpalette(np.array(palette, np.uint8).tobytes())
    few.save(path, optimize=True)


def _channels(colour: int) -> tuple[int, int, int]:
    return int(colour) >> 16, int(colour) >> 8 & 255, int(colour) & 255


def compared(picture: bytes, path: Path, marked: Path) -> str:
    """In what a picture differs from the kept one, '' if in nothing; `marked` then shows where."""
    new = np.asarray(Image.open(BytesIO(picture)).convert("RGB")).astype(int)
    old = np.asarray(Image.open(path).convert("RGB")).astype(int)
    if new.shape != old.shape:
        marked.write_bytes(picture)
        return f"{path.name} is {_size(old)}, now it is {_size(new)}: see {marked}"
    other = (np.abs(new - old).max(axis=2) > OTHER).astype(int)
    height, width = (-(-each // BLOCK) for each in other.shape)
    full = np.zeros((height * BLOCK, width * BLOCK), int)
    full[: other.shape[0], : other.shape[1]] = other
    blocks = full.reshape(height, BLOCK, width, BLOCK).sum(axis=(1, 3)) > EDGES
    if not blocks.any():
        return ""
    frame = np.kron(blocks, np.ones((BLOCK, BLOCK), int))[: other.shape[0], : other.shape[1]] > 0
    new[frame] = (new[frame] + (255, 0, 0)) // 2
    Image.fromarray(new.astype(np.uint8)).save(marked)
    return f"{path.name} is another one in {blocks.sum()} places, marked in {marked}"


def _size(pixels: np.ndarray) -> str:
    return f"{pixels.shape[1]}x{pixels.shape[0]}"
