"""Commands in this process, through `main`, with their exit code and their output."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from everloop.cli.app import main


@dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs commands in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            patch.setenv("EVERLOOP_TRAINING_MLFLOW", "false")
            patch.setattr("sys.argv", ["everloop", *words])
            with pytest.raises(SystemExit) as ended:
                main()
        return Ended(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    def refused(self, *words: str) -> str:
        """The one line with which a command refuses."""
        ended = self(*words)
        assert (ended.code, ended.out) == (1, "")
        assert ended.err.startswith("everloop: ")
        assert ended.err.count("\n") == 1
        return ended.err


@pytest.fixture(scope="session")
def shell_in() -> Callable[[Path], Shell]:
    return Shell


@pytest.fixture
def empty(tmp_path: Path) -> Shell:
    return Shell(tmp_path)
