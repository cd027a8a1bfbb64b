"""Fonts for every script in which a name may be written, from a package that is locked like every other.

A document opens only the fonts whose letters it uses; a letter that no font has is printed as an empty box, never left out.
Each file holds all weights of a font: the two that are printed are cut out of it once per process (seconds in plain Python, a
twentieth of one by HarfBuzz).
"""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import manimgx_fonts
import uharfbuzz

FOLDER: Final = Path(manimgx_fonts.__file__).parent
BASE: Final = "NotoSans"
SCRIPTS: Final = (
    "Bengali",
    "Devanagari",
    "Tamil",
    "Telugu",
    "Kannada",
    "Malayalam",
    "Gujarati",
    "Gurmukhi",
    "Oriya",
    "Sinhala",
    "Arabic",
    "Hebrew",
    "Thai",
    "Khmer",
    "Lao",
    "Myanmar",
    "Ethiopic",
    "Georgian",
    "Armenian",
    "Symbols",
)


def file_of(name: str, weight: int) -> Path:
    """Where a font of one weight lies, for as long as this process lives."""
    return _cut_out(name, weight)


@cache
def letters_of(name: str) -> frozenset[int]:
    """The letters that a font has."""
    return frozenset(_face(name).unicodes)


def fonts_for(text: str) -> list[str]:
    """Name the fonts that a text needs besides the base font, in a fixed order."""
    missing = {ord(letter) for letter in text} - letters_of(BASE)
    found = []
    for script in SCRIPTS:
        if not missing:
            break
        name = f"{BASE}{script}"
        if missing & letters_of(name):
            found.append(name)
            missing -= letters_of(name)
    return found


@cache
def _cut_out(name: str, weight: int) -> Path:
    face, wanted = _face(name), uharfbuzz.SubsetInput()
    wanted.keep_everything()
    wanted.pin_axis_location(face, "wght", weight)
    path = Path(_folder().name) / f"{name}-{weight}.ttf"
    path.write_bytes(uharfbuzz.subset(face, wanted).blob.data)
    return path


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="roundsman-fonts-")


@cache
def _face(name: str) -> uharfbuzz.Face:
    return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(FOLDER / f"{name}[wght].ttf")))
