"""The lock of development and CI: it has every package that pyproject.toml asks for, in range, and every hash."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
PINNED = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", LOCK, re.MULTILINE)


def wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    for extra in project["project"]["optional-dependencies"].values():
        lines += extra
    return [r for line in lines if canonicalize_name((r := Requirement(line)).name) != "chimera-report"]


def test_the_lock_is_that_of_pyproject() -> None:
    versions: dict[str, list[str]] = {}
    for name, version in PINNED:
        versions.setdefault(canonicalize_name(name), []).append(version)
    for requirement in wanted():
        found = versions.get(canonicalize_name(requirement.name))
        assert found, f"{requirement.name} is not in requirements/dev.txt: run `make lock`"
        assert any(requirement.specifier.contains(v, prereleases=True) for v in found), (
            f"{requirement} is not what requirements/dev.txt has ({', '.join(found)}): run `make lock`"
        )


def test_every_package_of_the_lock_has_a_hash() -> None:
    for block in re.split(r"\n(?=[A-Za-z0-9])", LOCK):
        if "==" in block:
            assert "--hash=sha256:" in block, block.splitlines()[0]
