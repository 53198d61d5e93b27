"""`everloop import`: a model that was trained elsewhere becomes a model version."""

import csv
from typing import Annotated

import typer

from everloop.cli.show import AsJson, Folder, printable, show_json


def import_(
    path: Annotated[
        str, typer.Argument(help="An ONNX, skops or LightGBM text file, or a folder that MLflow saved.")
    ],
    model: Annotated[str, typer.Option("--model", help="The model whose version it becomes.")],
    target: Annotated[str, typer.Option("--target", help="What its truth is called, as outcomes name it.")],
    like: Annotated[
        str,
        typer.Option("--like", help="Rows as it takes them: a dataset, or a CSV or Parquet file."),
    ] = "",
    classes: Annotated[
        str,
        typer.Option("--classes", help="Its classes in its order, such as no,yes.", show_default="its own"),
    ] = "",
    features: Annotated[
        str,
        typer.Option(
            "--features", help="Columns in its order, such as a,b,c.", show_default="those of --like"
        ),
    ] = "",
    output: Annotated[
        str, typer.Option("--output", help="One of several outputs of an ONNX graph.", show_default="its own")
    ] = "",
    logits: Annotated[
        bool, typer.Option("--logits", help="Its numbers become probabilities by softmax or sigmoid.")
    ] = False,
    note: Annotated[str, typer.Option("--note", help="Kept with the version.")] = "",
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Make a version of a model that was trained elsewhere, proven to answer as its file does."""
    from everloop.workspace.open import open

    with open(folder, create=False) as workspace:
        made = workspace.import_model(
            path,
            model,
            target=target,
            like=like or None,
            classes=_listed(classes),
            features=_listed(features),
            output=output,
            logits=logits,
            note=note,
            progress=lambda line: typer.echo(printable(line), err=as_json),
        )
    if as_json:
        show_json(made.record)
        return
    typer.echo(f"{made} is {made.record.data}.")
    typer.echo(f"Next: everloop deploy {made} {model}")


def _listed(text: str) -> list[str]:
    """Texts parted by commas; one that holds a comma stands in quotation marks."""
    return next(csv.reader([text], skipinitialspace=True)) if text else []
