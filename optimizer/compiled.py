"""Functions over arrays, compiled where numba is installed and plain Python, slow but the same, where it is not.

numba knows when the file of a function has changed, but not when another has that it calls
into or takes a number from: so its code is kept in a folder named for what all of them say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

try:
    from numba import config, njit

    IS_COMPILED = True
except ImportError:  # it is an extra: not every machine has a compiler for every Python
    IS_COMPILED = False

P = ParamSpec("P")
T = TypeVar("T")
#: where compiled code is kept
KEPT = Path(__file__).parent / "__pycache__" / "compiled"
#: what a module imports from the others that are compiled or hold their numbers
IMPORTS = re.compile(r"^from optimizer\.((?:fast|quoting|risk)\.\w+|piecewise) import", re.MULTILINE)


@cache
def sources_of(path: Path) -> frozenset[Path]:
    """The file of a compiled function and those of all that it may call or take numbers from."""
    root, found, ahead = Path(__file__).parent, {path}, [path]
    while ahead:
        for name in IMPORTS.findall(ahead.pop().read_text(encoding="utf-8")):
            other = root.joinpath(*name.split(".")).with_suffix(".py")
            if other not in found:
                found.add(other)
                ahead.append(other)
    return frozenset(found)


@cache
def folder_of(path: Path) -> Path:
    """Where the compiled code of a file is kept, as long as it and what it uses stay as they are."""
    said = sha256()
    for source in sorted(sources_of(path)):
        said.update(source.read_bytes())
    return KEPT / f"{path.stem}-{said.hexdigest()[:16]}"


def compiled(function: Callable[P, T]) -> Callable[P, T]:
    """The function compiled on its first call and kept on disk for later processes; it lets other threads run.

    It takes numbers, arrays, tuples of them and named tuples of them, and calls only
    functions made by these decorators and those of numpy.
    """
    return _compiled(function, _nrt=True, forceinline=False)


def lean(function: Callable[P, T]) -> Callable[P, T]:
    """The same for a function that makes no arrays and copies none: it counts no references to those it is given.

    Passing a named tuple of many arrays costs a tenth of a microsecond, several with counting.
    """
    return _compiled(function, _nrt=False, forceinline=False)


def inlined(function: Callable[P, T]) -> Callable[P, T]:
    """The same for a function that is small or called in one place: its body takes the place of each call."""
    return _compiled(function, _nrt=False, forceinline=True)


def _compiled(function: Callable[P, T], **how: bool) -> Callable[P, T]:
    """`_nrt` is numba's own word for counting references; a function inherits from its caller what it does not say."""
    if not IS_COMPILED:
        return function
    options: Any = config
    compile_: Any = njit
    given = options.CACHE_DIR
    made: Any
    try:  # an own folder is used if it can be written, else the user's
        options.CACHE_DIR = given or str(folder_of(Path(function.__code__.co_filename)))
        made = compile_(cache=True, nogil=True, **how)(function)
    except RuntimeError:  # nowhere to keep it: every process compiles for itself
        made = compile_(nogil=True, **how)(function)
    finally:
        options.CACHE_DIR = given
    return made  # type: ignore[no-any-return]
