"""`everloop declare`, and what other commands do of it by themselves when loop.py has changed."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from everloop import __version__
from everloop.cli.loop_file import FILE, LoopFile, read_loop_file
from everloop.cli.show import AsJson, Folder, printable, show_json
from everloop.errors import EverloopError

if TYPE_CHECKING:
    from everloop.actions.declare_loop import Declared
    from everloop.stores.layout import Layout
    from everloop.workspace.workspace import Workspace


def declare(folder: Folder = ".", as_json: AsJson = False) -> None:
    """Read loop.py, and let its loops turn as it declares them from now on."""
    from everloop.workspace.open import open
    from everloop.workspace.project import project

    place, _, layout = project(Path(folder))
    mark = _mark(place)
    with open(place, create=False) as workspace:
        made = _declare(workspace, read_loop_file(place))
    _remember(layout, mark)
    if as_json:
        show_json(made)
        return
    for each in made:
        typer.echo(_line(each) if each.changed else f"Loop {each.loop.name} is declared so already.")
    if not made:
        typer.echo(f"{FILE} declares no loop.")


def declare_changed(workspace: "Workspace", *, needed: bool) -> None:
    """Declare what loop.py declares, if there is one and it has changed, and say so in a line on standard error.

    Where the command does not need it, a file that cannot be read or declared is only complained of.
    """
    from everloop.workspace.project import project

    if workspace.folder is None:
        return
    place, _, layout = project(workspace.folder)
    if not has_changed(place, layout):
        return
    mark = _mark(place)
    try:
        made = _declare(workspace, read_loop_file(place))
    except EverloopError as error:
        if needed:
            raise
        told = printable(" ".join(str(error).split()))
        typer.echo(f"everloop: note: the loops stay as they were declared: {told}", err=True)
        return
    _remember(layout, mark)
    for each in made:
        if each.changed:
            typer.echo(_line(each), err=True)


def has_changed(place: Path, layout: "Layout") -> bool:
    """Whether there is a loop.py that is not the one that was declared last."""
    mark = _mark(place)
    return bool(mark) and mark != _remembered(layout)


def _declare(workspace: "Workspace", file: LoopFile) -> "list[Declared]":
    return [workspace.declare(loop) for loop in file.loops]


def _line(made: "Declared") -> str:
    from everloop.loop.kept import kept_in_words
    from everloop.loop.story import loop_in_words

    told = f"Loop {made.loop.name} is declared: {loop_in_words(made.loop)}."
    return f"{told} But {kept_in_words(made.cycle, made.kept)}." if made.kept else told


def _mark(place: Path) -> str:
    """What tells whether loop.py is the one that was declared last; empty where there is none."""
    try:
        text = (place / FILE).read_bytes()
    except OSError:
        return ""
    return hashlib.sha256(__version__.encode() + b"\n" + text).hexdigest()


def _remembered(layout: "Layout") -> str:
    try:
        return (layout.run / "declared").read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _remember(layout: "Layout", mark: str) -> None:
    layout.run.mkdir(exist_ok=True)
    (layout.run / "declared").write_text(mark, encoding="ascii")
