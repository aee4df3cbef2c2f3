"""The one error tree. Only `agent.cli` turns an error into a message and an exit code; a bug keeps its traceback.

ChimeraError                    what a person can act on: what, where, what to do
├── UsageError         exit 2   a wrong argument, setting or plan
│   └── NoInputError   exit 2   the folder holds nothing that can be used
├── RuntimeMissing     exit 3   no Ollama and no embedded runtime, or not the model
│   └── RuntimeFailed  exit 3   it was there and broke, or ran out of time
├── GateFailed         exit 4   a gate that the user set did not hold
│   └── GateInconclusive exit 6 the measurements are too few or too noisy to tell
└── StoreError         exit 2   a report folder or a database that cannot be read or written
    └── Away           exit 2   a database that does not answer for now: what was asked of it may be asked again
"""

from __future__ import annotations


class ChimeraError(Exception):
    """What went wrong, where, and what to do about it, for a person.

    `what` is one sentence without the place; `where` is a file, line or field; `hint` says what to do next.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n  {self.hint}" if self.hint else text


class UsageError(ChimeraError):
    exit_code = 2


class NoInputError(UsageError):
    pass


class RuntimeMissing(ChimeraError):
    exit_code = 3


class RuntimeFailed(RuntimeMissing):
    pass


class GateFailed(ChimeraError):
    exit_code = 4


class GateInconclusive(GateFailed):
    exit_code = 6


class StoreError(ChimeraError):
    exit_code = 2


class Away(StoreError):
    pass
