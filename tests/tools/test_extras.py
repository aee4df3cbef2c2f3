"""What an extra brings is asked for in a sentence where it is missing, and every such package is in one."""

from __future__ import annotations

import builtins
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from chimera_report.tools.errors import UsageError
from chimera_report.tools.extras import EXTRAS, load, require

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement)[0]


def test_every_optional_package_stands_in_its_extra_and_not_in_the_base() -> None:
    base = {name(r).lower() for r in PROJECT["dependencies"]}
    for package, (extra, _) in EXTRAS.items():
        brought = {name(r) for r in PROJECT["optional-dependencies"][extra]}
        assert package in brought
        assert package.lower() not in base


def test_all_brings_every_extra_that_a_command_asks_for() -> None:
    (everything,) = PROJECT["optional-dependencies"]["all"]
    assert {extra for extra, _ in EXTRAS.values()} <= set(re.findall(r"[a-z]+", everything.split("[")[1]))


def without(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    real = builtins.__import__

    def refuse(wanted: str, *rest: Any, **more: Any) -> ModuleType:
        if wanted.split(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {wanted!r}", name=wanted)
        return real(wanted, *rest, **more)

    for module in [m for m in sys.modules if m.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.setattr("importlib.import_module", lambda module: refuse(module))


@pytest.mark.parametrize("package", sorted(EXTRAS))
def test_a_missing_package_is_told_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    without(monkeypatch, package)
    with pytest.raises(UsageError) as caught:
        require(package)
    assert f"pip install 'chimera-report[{EXTRAS[package][0]}]'" in str(caught.value)
    assert package in str(caught.value)


def test_a_package_that_is_there_and_lacks_one_of_its_own_is_no_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> ModuleType:
        raise ModuleNotFoundError("No module named 'other'", name="other")

    monkeypatch.setattr("importlib.import_module", broken)
    with pytest.raises(ModuleNotFoundError):
        load("mcp")
