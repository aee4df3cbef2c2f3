"""`make disks`: each command on a disk that fills up while it runs, at several sizes, and on one without inodes.

`python tests/attacks/disks.py [COMMAND…]`, as root on Linux: each disk is a tmpfs of its own. Afterwards the disk gets
room again and the command is run once more. Ends with 1 where something was lost, torn, or ended in a traceback.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from desks import Command, Desk, Ended, Nursery, commands
from kills import NOT_BEGUN, reports

ROOM = ("0", "4k", "24k", "100k", "400k", "inodes")  # beside what lies on the disk
CODES = (0, 2, 3, 4, 5)  # that are documented, without that of a bug


def fill(disk: Path, room: str) -> None:
    """Leave so much room on the disk."""
    used = sum(p.stat().st_blocks * 512 for p in disk.rglob("*") if p.is_file() and not p.is_symlink())
    if room == "inodes":
        stat = os.statvfs(disk)
        more, inodes = 50 << 20, stat.f_files - stat.f_ffree + 1
    else:
        more, inodes = int(room.removesuffix("k")) << 10, 100_000
    _mount(disk, f"remount,size={max(4096, used + more)},nr_inodes={inodes}")


def _mount(disk: Path, options: str) -> None:
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True, capture_output=True)


def faults(desk: Desk, command: Command, before: dict[str, str], ended: Ended, usual: Ended) -> list[str]:
    wrong = []
    if "Traceback" in ended.said:
        wrong.append(f"a traceback: {ended.said[-400:]}")
    if ended.code not in CODES:
        wrong.append(f"exit code {ended.code}: {ended.said[-200:]}")
    elif ended.code and len(ended.said.strip()) < 10:
        wrong.append(f"exit code {ended.code} and no word")
    wrong += [f"{name} changed" for name in before if name != "reports/one" and desk.digest(name) != before[name]]
    if command.name != "sign" and desk.digest("reports/one") != before["reports/one"]:
        wrong.append("a finished report changed")
    if left := desk.left():
        wrong.append(f"left running: {', '.join(left)}")
    _mount(desk.place, "remount,size=200m,nr_inodes=100000")
    wrong += reports(desk)
    check = desk.run(Command("", ("db", "check")))
    if check.code != 0:
        wrong.append(f"the database is damaged: {check.said[-200:]}")
    if ended.code == 0:
        return wrong
    again = desk.run(Command("", command.again or command.words, command.given))
    if command.again and NOT_BEGUN in again.said:
        return wrong  # there was no room for its plan: so it says, and what to leave out
    if again.code != usual.code and not (command.again and again.code == 0):
        wrong.append(f"with room again: {again.code} in place of {usual.code}: {again.said[-300:]}")
    return wrong


def run(place: Path, nursery: Nursery, url: str, only: list[str]) -> tuple[Counter[tuple[str, int | None]], list[str]]:
    """How often each command ended in which code, and what was wrong."""
    whole = Desk.made(place / "desk", nursery)
    before = {name: whole.digest(name) for name in ("data", "results", "reports/one")}
    tried: Counter[tuple[str, int | None]] = Counter()
    wrong: list[str] = []
    for command in commands(url):
        if only and command.name not in only:
            continue
        usual = whole.copy(place / "work").run(command)
        if usual.code != 0:
            wrong.append(f"{command.name} with room: {usual.code} {usual.said[-300:]}")
        for room in ROOM:
            disk = place / "disk"
            disk.mkdir(exist_ok=True)
            _mount(disk, "size=200m")
            try:
                shutil.copytree(whole.place, disk, symlinks=True, dirs_exist_ok=True)
                desk = Desk(disk, f"{os.getpid()}-{command.name}-{room}", nursery)
                fill(disk, room)
                ended = desk.run(command)
                tried[command.name, ended.code] += 1
                found = faults(desk, command, before, ended, usual)
            finally:
                subprocess.run(["/bin/umount", "-l", str(disk)], check=True)
            wrong += [f"{command.name}, room for {room}: {fault}" for fault in found]
            if __name__ == "__main__":
                print("\n".join(found), end="\n" if found else "", file=sys.stderr, flush=True)
            if __name__ == "__main__":
                said = ended.said.strip().splitlines()
                print(
                    f"{command.name}, {room}: {ended.code} {said[-1][:90] if said else ''}", file=sys.stderr, flush=True
                )
    return tried, wrong


def main() -> int:
    from loopback import Loopback  # type: ignore[import-not-found]

    if os.geteuid() or not Path("/bin/mount").exists():
        print("a disk of its own can be made by root alone: nothing was tried")
        return 0
    place = Path(tempfile.mkdtemp(prefix="disks-"))
    nursery = Nursery()
    server = Loopback()
    try:
        tried, wrong = run(place, nursery, server.url, sys.argv[1:])
    finally:
        server.stop()
        nursery.close()
    for (name, code), number in sorted(tried.items(), key=str):
        print(f"{number:4} {name}: exit code {code}")
    print(f"{tried.total()} runs, {len(wrong)} faults")
    print("\n".join(wrong))
    shutil.rmtree(place)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
