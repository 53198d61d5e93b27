"""`everloop new`: a table becomes a project."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from everloop.cli.show import AsJson, Folder, show_json
from everloop.errors import Conflict, InvalidRequest
from everloop.settings import FILE

if TYPE_CHECKING:
    import pyarrow as pa

TOML = """# Settings of this project; every one of them, with its default, is in Everloop's docs/settings.md.
[project]
name = "{name}"

[serving]
port = 8080

[control]
port = 8081
"""

LOOP = '''"""The loop that keeps this project's model improving; docs/loop.md of Everloop has every field."""

from lightgbm import {estimator}

import everloop as el

recipe = el.Recipe(
    {estimator}(n_estimators=200, learning_rate=0.05, num_leaves=31),
    target=el.Target({target!r}),
    seed=7,
)

loop = el.Loop(
    "{name}",
    recipe=recipe,
    mode="propose",  # "observe" says what it would do, "propose" asks you first, "act" does it
    gates=[  # what a new version must pass before it sees traffic
        el.NoWorse(margin={margin:g}),  # than the one that answers, by {unit}
        el.BeatsBaseline(),  # better than the best answer that looks at no input
    ],
    rollout=el.Canary(steps=(0.1, 0.5), bake="10m", max_wait="7d", margin={margin:g}),
    triggers=[el.AfterOutcomes(500), el.OnDrift(), el.Every("1d")],  # why it turns by itself
)
'''

IGNORE = """.everloop/
__pycache__/
"""


def new(
    name: Annotated[str, typer.Argument(help="What to call the model, its dataset and the project.")],
    data: Annotated[str, typer.Option("--data", help="A CSV or Parquet file.")],
    target: Annotated[str, typer.Option("--target", help="The column to learn.")],
    folder: Folder = ".",
    as_json: AsJson = False,
) -> None:
    """Make a project in this folder: everloop.toml, loop.py, .gitignore; the table becomes dataset version 1."""
    from everloop.datasets.accept import to_arrow
    from everloop.records.names import checked_name
    from everloop.training.task import task_of
    from everloop.workspace.open import open
    from everloop.workspace.project import find_project

    place = Path(folder)
    checked_name(name, "model")
    existing = find_project(place)
    if existing is not None:
        raise Conflict(f"{existing} is a project already.", remedy="Make the new one in a folder of its own.")
    rows = to_arrow(data)
    if target not in rows.column_names:
        raise InvalidRequest(
            f"{data} has no column {target!r}.", remedy=f"Its columns: {', '.join(rows.column_names)}."
        )
    task = task_of(rows[target])
    texts = {
        FILE: TOML.format(name=name),
        "loop.py": _loop(name, target, rows[target], task),
        ".gitignore": IGNORE,
    }
    place.mkdir(parents=True, exist_ok=True)
    with open(place) as workspace:
        version = workspace.datasets[name].append(rows, note=f"from {Path(data).name}")
    written = [file for file in texts if _write_new(place / file, texts[file])]
    if as_json:
        show_json({"project": name, "task": task, "dataset": version, "files": written})
        return
    typer.echo(f"Project {name}: {task} of {target!r}; dataset {version} with {version.rows} rows.")
    typer.echo(f"Wrote {', '.join(written)}. Next: everloop train {name}")


def _loop(name: str, target: str, values: "pa.ChunkedArray[Any]", task: str) -> str:
    """A loop.py whose margins fit the target: a point of accuracy, or a fiftieth of its spread."""
    import pyarrow.compute as pc

    if task == "classification":
        estimator, margin = "LGBMClassifier", 0.01
        unit = "a point of accuracy: some 10,000 truths prove that, some 400 prove 0.05"
    else:
        spread = pc.stddev(values).as_py() or 1.0
        estimator, margin = "LGBMRegressor", float(f"{spread / 50:.1g}")
        unit = "so much absolute error"
    return LOOP.format(name=name, estimator=estimator, target=target, margin=margin, unit=unit)


def _write_new(path: Path, text: str) -> bool:
    """Write a file unless there is one: what a person wrote stays."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True
