"""A finished report in Python: its text, facts and statements; asked, verified and kept."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimera_report.shown import Answer, Shown, Statement, Verified, facts_frame
from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.schema import Report as Written
from chimera_report.tools.store import RunFolder

if TYPE_CHECKING:
    import pandas as pd

    from chimera_report.tools.query import World

AUTO = "auto"  # the model that the runtime has
_PICTURE = re.compile(r'<img src="(charts/[\w.-]+\.(?:svg|png))"')


@dataclass(repr=False)
class Report(Shown):
    """A finished report: its folder, its text, the facts and statements in it."""

    path: Path  # of the report folder; a temporary one until `save`
    data: Path | None = None  # the files that it is of
    _written: Written | None = field(default=None, repr=False)

    @property
    def written(self) -> Written:
        """The report as data: sections, sentences, facts, claims (docs/architecture.md)."""
        if self._written is None:
            self._written = Written.model_validate(RunFolder(self.path).read_json("report.json"))
        return self._written

    @property
    def markdown(self) -> str:
        return (self.path / "report.md").read_text(encoding="utf-8")

    @property
    def facts(self) -> pd.DataFrame:
        """Every number of the report, with its interval, n, method and files."""
        return facts_frame(self.written.sheet.facts)

    @property
    def statements(self) -> list[Statement]:
        """What the report says, the weightiest first."""
        sheet = self.written.sheet
        held = [c for c in sheet.claims if c.verdict == "SUPPORTED" and c.clause]
        return [Statement(c, sheet) for c in sorted(held, key=lambda c: -c.weight)]

    def ask(self, question: str, *, model: str | None = None) -> Answer:
        """A question on the report; see `Run.ask`."""
        return asked(world_of(self.path), question, model=model)

    def verify(self) -> Verified:
        """Every fact, sentence and hash of the report, computed again from its files."""
        return verify(self.path, data=self.data)

    def save(self, out: str | Path) -> Report:
        """Keep the report folder under `out`. Raises StoreError where nothing can be written there, or a report of
        that name is there already."""
        self.path = RunFolder(self.path).kept_in(Path(out)).path
        return self

    def __repr__(self) -> str:
        return f"{self.written.title} ({self.path})"

    def _repr_markdown_(self) -> str:
        return self.markdown

    def _repr_html_(self) -> str:
        # A notebook does not find what lies beside the report: its pictures go in with the text.
        return _PICTURE.sub(self._picture, super()._repr_html_())

    def _picture(self, found: re.Match[str]) -> str:
        try:
            held = RunFolder(self.path).inside(found[1]).read_bytes()
        except (ChimeraError, OSError):
            return found[0]
        kind = "svg+xml" if found[1].endswith(".svg") else "png"
        return f'<img src="data:image/{kind};base64,{base64.b64encode(held).decode("ascii")}"'


def verify(path: str | Path, *, data: str | Path | None = None) -> Verified:
    """A finished report against its files, which `data` names where they have moved. Raises ChimeraError."""
    from chimera_report.agent.verify import verify as again

    return Verified(again(Path(path), data=Path(data) if data is not None else None, cwd=Path.cwd()))


def world_of(folder: Path) -> World:
    """A finished report, opened for questions."""
    from chimera_report.agent.chat.saved import find
    from chimera_report.agent.chat.saved import load as saved

    return saved(find(folder, folder.parent)).world


def asked(world: World, question: str, *, model: str | None) -> Answer:
    """The answer to one question, with a model's help where one is named."""
    from chimera_report.agent.chat.context import Context
    from chimera_report.agent.chat.threads import answer_once

    context = Context(world, settings_of(Path(), model) if model is not None else None, os.environ)
    try:
        return Answer(answer_once(question, context))
    finally:
        context.close()


def settings_of(path: Path, model: str | None, **more: Any) -> Any:
    from chimera_report.agent.settings import build

    chosen = {"llm": False} if model is None else {} if model == AUTO else {"model": model}
    given = {"path": path, **chosen, **{k: v for k, v in more.items() if v}}
    return build(given, os.environ, cwd=Path.cwd())
