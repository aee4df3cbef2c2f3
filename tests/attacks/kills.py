"""`make kill`: kill -9 at random moments over all commands; what is left is looked at, and the command run again.

`python tests/attacks/kills.py [COUNT] [SEED]`. Ends with 1 where something was lost, torn, doubled or left running.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from desks import Command, Desk, Ended, Nursery, commands

from chimera_report.tools.errors import ChimeraError

NOT_BEGUN = "there is no run to go on with"


def faults(desk: Desk, command: Command, before: dict[str, str], ended: Ended, usual: Ended) -> list[str]:
    """What is wrong after a kill, in words."""
    wrong = []
    if "Traceback" in ended.said:
        wrong.append("a traceback")
    if desk.digest("data") != before["data"]:
        wrong.append("the data changed")
    if desk.digest("results") != before["results"]:
        wrong.append("the results changed")
    if command.name not in ("sign",) and desk.digest("reports/one") != before["one"]:
        wrong.append("a finished report changed")
    end = time.monotonic() + 10
    while (left := desk.left()) and time.monotonic() < end:
        time.sleep(0.1)
    if left:
        wrong.append(f"left running: {', '.join(left)}")
    wrong += reports(desk)
    check = desk.run(Command("", ("db", "check")))
    if check.code != 0:
        wrong.append(f"the database is damaged: {check.said[-200:]}")
    again = desk.run(Command("", command.again or command.words, command.given))
    if "Traceback" in again.said or again.code is None:
        wrong.append(f"again: a traceback: {again.said[-300:]}")
    elif command.again and NOT_BEGUN in again.said:
        pass  # it was killed before it wrote anything: so it says, and what to leave out
    elif again.code != usual.code and not (command.again and again.code == 0):
        wrong.append(f"again: {again.code} in place of {usual.code}: {again.said[-300:]}")
    wrong += [f"again: {w}" for w in reports(desk)]
    return wrong


def reports(desk: Desk) -> list[str]:
    """Finished reports that do not verify. One that was cut off is no report yet, and is refused in a sentence."""
    from chimera_report.agent.verify import verify

    wrong = []
    for folder in sorted(p for p in (desk.place / "reports").iterdir() if p.is_dir() and not p.name.startswith(".")):
        try:
            done = verify(folder, data=desk.place / "data", cwd=desk.place)
        except ChimeraError:
            continue
        if done.differences:
            wrong.append(f"{folder.name} does not verify: {done.differences[0]}")
    return wrong


def run(
    place: Path, nursery: Nursery, count: int, seed: int, url: str, only: str = ""
) -> tuple[Counter[str], list[str]]:
    """How many kills fell into each command, and what was wrong after them."""
    rng = random.Random(seed)
    whole = Desk.made(place / "desk", nursery)
    before = {"data": whole.digest("data"), "results": whole.digest("results"), "one": whole.digest("reports/one")}
    usual: dict[str, Ended] = {}
    killed: Counter[str] = Counter()
    wrong: list[str] = []
    order: list[Command] = []
    while killed.total() < count:
        if not order:
            order = [c for c in commands(url) if only in c.name]
            rng.shuffle(order)
        command = order.pop()
        if command.name not in usual:
            desk = whole.copy(place / "work")
            usual[command.name] = desk.run(command)
            if usual[command.name].code != 0 or "Traceback" in usual[command.name].said:
                wrong.append(
                    f"{command.name}, not killed: {usual[command.name].code} {usual[command.name].said[-400:]}"
                )
        desk = whole.copy(place / "work")
        moment = rng.uniform(0, usual[command.name].seconds)
        ended = desk.run(command, moment)
        if ended.code is not None:
            continue  # it was done before
        killed[command.name] += 1
        for fault in faults(desk, command, before, ended, usual[command.name]):
            kept = place / f"wrong-{len(wrong)}"
            shutil.copytree(desk.place, kept, symlinks=True)
            wrong.append(f"{command.name} after {moment:.3f} s: {fault} ({kept})")
            if __name__ == "__main__":
                print(wrong[-1], file=sys.stderr, flush=True)
        if __name__ == "__main__":
            print(
                f"{killed.total()} {command.name} after {moment:.2f} s, {len(wrong)} wrong", file=sys.stderr, flush=True
            )
    return killed, wrong


def main() -> int:
    from loopback import Loopback  # type: ignore[import-not-found]

    count, seed = (int(a) for a in (*sys.argv[1:3], "100", "1")[:2])
    place = Path(tempfile.mkdtemp(prefix="kills-"))
    nursery = Nursery()
    server = Loopback()
    try:
        killed, wrong = run(place, nursery, count, seed, server.url, *sys.argv[3:4])
    finally:
        server.stop()
        nursery.close()
    for name, number in sorted(killed.items()):
        print(f"{number:4} {name}")
    print(f"{killed.total()} kills, {len(wrong)} faults")
    print("\n".join(wrong))
    if not wrong:
        shutil.rmtree(place)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
