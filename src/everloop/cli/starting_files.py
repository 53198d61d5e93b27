"""The files that `everloop new` writes: settings, what git leaves out, and a loop that fits the table."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from everloop.errors import WorkspaceUnusable
from everloop.loop.sizing import Size, sized

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
    {estimator}(n_estimators=200, learning_rate=0.03, num_leaves=15),
    target=el.Target({target!r}),
    seed=7,
)

# {turns:,} truths turn the loop, and its gates get the latest {gate_rows:,} of them. So many prove the margin: that
# a new version is less than {margin:g} worse, {unit}. Half the margin takes four times the truths.
loop = el.Loop(
    "{name}",
    recipe=recipe,
    mode="propose",  # "observe" says what it would do, "propose" asks you first, "act" does it
    gates=[  # what a new version must pass before it sees traffic
        el.NoWorse(margin={margin:g}),  # than the one that answers
        el.BeatsBaseline({baseline}),  # better{by} than the best answer that looks at no input
    ],
    rollout=el.Canary(  # a tenth of the traffic, then half, then all
        steps=(0.1, 0.5),
        bake="10m",  # at least so long at each step; "1m" for a first try
        max_wait="7d",  # what is undecided by then is taken back
        margin={margin:g},
    ),
    triggers=[el.AfterOutcomes({turns}), el.OnDrift(), el.Every("1d")],  # why it turns by itself
    patience="7d",  # so long gates that cannot tell yet wait for more truths
)
'''

IGNORE = """.everloop/
__pycache__/
"""


def loop_file(name: str, target: str, values: "pa.ChunkedArray[Any]", task: str) -> str:
    """A loop.py whose figures fit so many rows, and a target of such values.

    Classes are held against the baseline by their probabilities: where few customers leave, a model that knows whom to
    ask is no more often right than one that always says 'No', and accuracy would take thousands of truths to tell.
    """
    import pyarrow.compute as pc

    rows = len(values) - values.null_count
    if task == "classification":
        return _filled(name, target, sized(rows), "LGBMClassifier", "in accuracy", '"brier"')
    size = sized(rows, spread=pc.stddev(values).as_py() or 0.0)
    return _filled(name, target, size, "LGBMRegressor", "in absolute error", "")


def _filled(name: str, target: str, size: Size, estimator: str, unit: str, baseline: str) -> str:
    return LOOP.format(
        name=name,
        target=target,
        turns=size.after_outcomes,
        gate_rows=size.gate_rows,
        margin=size.margin,
        estimator=estimator,
        unit=unit,
        baseline=baseline,
        by=", by its probabilities," if baseline else "",
    )


def write_new(place: Path, texts: dict[str, str]) -> list[str]:
    """Write files of these names into a folder, which is made, and answer which: what a person wrote stays.

    Raises WorkspaceUnusable where that cannot be.
    """
    written = []
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            if not (place / name).exists():
                (place / name).write_text(text, encoding="utf-8")
                written.append(name)
    except OSError as error:
        raise WorkspaceUnusable(
            f"{place} cannot be written: {error.strerror}.", remedy="Choose another folder, with --folder."
        ) from error
    return written
