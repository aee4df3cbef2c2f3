"""Options of one command that another takes as well and keeps: a schedule takes those of a report."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any


def also_takes(
    source: Callable[..., Any], *, but: Collection[str]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command take the options of `source` besides its own; they arrive in its `**options`, only those given.

    `but` names the options that are not taken. An option of both is the command's own.
    """

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True).parameters
        mine = [p for p in own.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        others = inspect.signature(source, eval_str=True).parameters
        taken = {n: p for n, p in others.items() if n not in own and n not in but}

        def called(**values: Any) -> None:
            options = {n: values.pop(n) for n in taken}
            command(**values, **{n: v for n, v in options.items() if v != taken[n].default})

        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*mine, *taken.values())]
        # What Typer reads: the parameters in their order, and their types.
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {p.name: p.annotation for p in parameters}
        called.__name__, called.__doc__ = command.__name__, command.__doc__
        return called

    return wrap
