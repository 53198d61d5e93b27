"""`everloop demo`: a model on handwritten digits gets worse, recovers, and its bad successors are kept out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from everloop.cli.place import place
from everloop.cli.show import AsJson
from everloop.errors import InvalidRequest

if TYPE_CHECKING:
    from everloop.workspace.demo.story import Record


def demo(
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Of the digits' order, the scanners, the training.")
    ] = 7,
    picture: Annotated[
        str, typer.Option("--picture", help="Draw what happened into this file, an SVG.")
    ] = "",
    folder: Annotated[
        str, typer.Option("--folder", help="Keep the demo's project here.", show_default="a temporary one")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """See a model improve, the world change, the loop recover, and bad candidates kept out, on real digits.

    It takes about two minutes. With --json the story goes to standard error, and the last line of the output is one
    object.
    """
    from msgspec.json import encode

    from everloop.cli.narrator import Narrator
    from everloop.workspace.demo.story import play

    if picture and not Path(picture).absolute().parent.is_dir():  # not after two minutes
        raise InvalidRequest(f"There is no folder for {picture}.", remedy="Make it, or draw elsewhere.")
    narrator = Narrator(to_error=as_json)
    with place(folder, "demo") as where:
        told, record = play(where, seed, narrator.voice())
    if picture:
        _draw(record, Path(picture))
        narrator.line(f"The picture is {picture}.")
    narrator.ending(told, folder)
    if as_json:
        typer.echo(encode(told).decode())


def _draw(record: "Record", path: Path) -> None:
    from everloop.evaluation.picture.quality_picture import quality_picture
    from everloop.workspace.demo.scene import scene

    path.write_text(quality_picture(scene(record.seen, record.happenings, record.changed)), encoding="utf-8")
