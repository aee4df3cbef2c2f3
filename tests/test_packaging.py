"""The wheel, installed in a bare environment and run from another folder."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterable
from email.parser import Parser
from importlib.metadata import Distribution, distribution
from importlib.util import cache_from_source
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from parts import installer

ROOT = Path(__file__).parents[1]


def _run(*command: str, cwd: Path) -> str:
    # A bare environment is bare: nothing of this one leaks in through the interpreter's variables.
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV", "CHIMERA_REPORT_"))}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _brought(needs: Iterable[str]) -> list[Distribution]:
    """What pip would bring for these requirements, of the versions that are installed here. Each has to be in the range
    that asks for it."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(n), "") for n in needs]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        there = found.setdefault(name, distribution(name))
        assert requirement.specifier.contains(there.version, prereleases=True), f"{requirement}: {there.version}"
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(Requirement(n), wanted) for n in there.requires or ()]
    return list(found.values())


def _link(found: Distribution, site: Path) -> None:
    """Its files, as pip would put them there: unpacking three hundred megabytes anew proves nothing more."""
    for file in found.files or ():
        place = site / str(file)
        if ".." in file.parts or file.suffix == ".pyc" or place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        source = str(file.locate())
        place.symlink_to(source)
        compiled = Path(cache_from_source(source)) if file.suffix == ".py" else None
        if compiled is not None and compiled.exists():
            cache = Path(cache_from_source(str(place)))
            cache.parent.mkdir(exist_ok=True)
            cache.symlink_to(compiled)


@pytest.mark.slow
def test_wheel_runs_in_a_bare_environment(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    listed = _run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=ROOT).split("\0")
    for name in filter(None, listed):
        parts = ("chimera_report/", "agent/", "tools/", "prompts/")
        if (ROOT / name).is_dir():  # the links for editors, which no wheel needs
            continue
        if name.startswith(parts) or name in ("pyproject.toml", "README.md", "LICENSE"):
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    _run(sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path / "dist"), str(source), cwd=tmp_path)
    wheel = next((tmp_path / "dist").glob("*.whl"))

    home = tmp_path / "bare"
    venv.create(home, with_pip=False)
    python = str(home / "bin" / "python")
    site = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    with zipfile.ZipFile(wheel) as packed:
        name = next(n for n in packed.namelist() if n.endswith(".dist-info/METADATA"))
        needs = Parser().parsestr(packed.read(name).decode()).get_all("Requires-Dist") or []
    for found in _brought(needs):
        _link(found, site)
    _run(*installer(python), "--no-deps", str(wheel), cwd=tmp_path)

    data = tmp_path / "data"
    data.mkdir()
    lines = ["model,num_ctx,tokens_s"]
    lines += [f"{m},1024,{rate + i * 0.1}" for m, rate in (("alpha:1b", 50.0), ("beta:1b", 80.0)) for i in range(8)]
    (data / "rates.csv").write_text("\n".join(lines) + "\n")
    program = str(home / "bin" / "chimera-report")
    assert "chimera-report" in _run(program, "--version", cwd=tmp_path)
    # What an extra brings is not there: said in a sentence that names it.
    for words, extra in ((["mcp"], "mcp"), (["schedule", "daemon", "--db", "x.sqlite"], "schedule")):
        done = subprocess.run([program, *words], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2 and f"chimera-report[{extra}]" in done.stderr, done.stderr
    out = _run(program, str(data), "--no-llm", "--quiet", "--out", str(tmp_path / "out"), cwd=tmp_path)
    report = Path(out.strip()).read_text(encoding="utf-8")
    assert "beta:1b" in report
    code = f"import chimera_report as cr; print(cr.load({str(data)!r}).ask('which is fastest?'))"
    assert "beta:1b" in _run(python, "-c", code, cwd=tmp_path)
