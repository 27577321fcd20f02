"""The rules of the house that no linter knows: names, hosts, machines, the direction of imports."""

from __future__ import annotations

import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("optimizer", "dispatch", "notifications", "web")
PEERS = {"pyvrp", "vroom"}  # installed by `make peers` alone, to be compared with

#: written in parts, so that this file does not name them either
REGISTRY_HOSTS = re.compile(
    r"(?:files\.)?python" + r"hosted\.org|pypi" + r"\.(?:org|python\.org)|registry\.npm" + r"js\.org|npm" + r"mirror"
    r"|deb\." + r"debian\.org|registry\.yarn" + r"pkg\.com",
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/\w")
VAGUE_NAMES = re.compile(r"^(?:utils?|helpers?|common|managers?|misc)\.|(?:^|_)(?:utils?|helpers?|manager)\.")
#: names that Python, Alembic, pytest or npm give, and the two faces of one page
MAY_REPEAT = re.compile(
    r"^(?:__init__\.py|__main__\.py|conftest\.py|env\.py|package(?:-lock)?\.json|.*\.po|\..*|README\.md)$"
)
LEFT_OUT = ("docs/", "LICENSE")


def project_files() -> list[Path]:
    """What is tracked or would be: everything that git does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: there is no list of its files")
    return [ROOT / name for name in sorted(set(listed.splitlines())) if (ROOT / name).is_file()]


def offences(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for file in project_files():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{file.relative_to(ROOT)}: {match[0]}" for match in pattern.finditer(text)]
    return found


def test_no_file_names_a_package_registry() -> None:
    assert offences(REGISTRY_HOSTS) == []


def test_no_file_names_a_path_of_a_machine() -> None:
    assert offences(MACHINE_PATHS) == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [str(file.relative_to(ROOT)) for file in project_files() if VAGUE_NAMES.search(file.name)] == []


def test_no_two_files_share_a_name() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for file in project_files():
        name = str(file.relative_to(ROOT))
        if not MAY_REPEAT.match(file.name) and not name.startswith(LEFT_OUT):
            places[file.name].append(name)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY_HOSTS, "https://registry.npm" + "js.org/vite"),
        (REGISTRY_HOSTS, "--index-url https://py" + "pi.org/simple"),
        (MACHINE_PATHS, "cd /ro" + "ot/punctual"),
        (VAGUE_NAMES, "utils" + ".py"),
        (VAGUE_NAMES, "time_helpers" + ".ts"),
    ],
)
def test_the_patterns_find_what_they_look_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_can_be_imported(package: str) -> None:
    found = importlib.import_module(package)
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        if module.name.endswith(("__main__", "migrations.env")):
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as missing:
            if missing.name not in PEERS:
                raise


# The direction of imports


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the packages and the contracts, to break."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", "static", "*.toml", "*.json")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


def lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    """import-linter's verdict on that copy, not on the project as installed."""
    program = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as f; f()"
    command = [sys.executable, "-c", program, "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


def test_the_import_contracts_are_kept(checkout: Path) -> None:
    verdict = lint_imports(checkout)
    assert verdict.returncode == 0, verdict.stdout


@pytest.mark.parametrize(
    ("module", "offending"),
    [
        ("optimizer", "import dispatch.errors"),
        ("dispatch", "import notifications"),
        ("dispatch/models", "import dispatch.services"),
        ("dispatch/rules", "import sqlalchemy"),
        ("optimizer", "import flask"),
        ("dispatch", "import ortools"),
        ("web", "import twilio"),
    ],
)
def test_breaking_a_contract_fails(checkout: Path, module: str, offending: str) -> None:
    (checkout / module / "offender.py").write_text(f"{offending}\n")
    verdict = lint_imports(checkout)
    assert verdict.returncode == 1
    assert "offender" in verdict.stdout
