"""The page about notebooks is run by a real Jupyter kernel, cell by cell."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
CELLS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SETTINGS = "[training]\nmlflow = false\nthreads = 1\n[serving]\nworkers = 1\nport = 0\n[monitoring]\nwindow_rows = 50\n"

SETTLED = """# Rows are looked at once they were served a second ago, which a reader has long waited
import time
deadline = time.monotonic() + 60
while not endpoint.monitor().windows and time.monotonic() < deadline:
    time.sleep(0.05)
"""

nbformat = pytest.importorskip("nbformat", reason="a kernel is needed: install nbclient and ipykernel")
nbclient = pytest.importorskip("nbclient", reason="a kernel is needed: install nbclient and ipykernel")
pytest.importorskip("ipykernel", reason="a kernel is needed: install nbclient and ipykernel")


class Seen(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "everloop.toml").write_text(SETTINGS)
    place = CELLS.index("endpoint.monitor()\n")
    cells = [*CELLS[:place], SETTLED, *CELLS[place:]]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = nbclient.NotebookClient(
        made,
        timeout=180,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        allow_errors=True,
    )
    return client.execute()


def outputs(notebook, begins: str):
    (cell,) = [cell for cell in notebook.cells if cell.source.splitlines()[-1].startswith(begins)]
    return cell.outputs


@pytest.mark.parametrize(
    ("cell", "holds"),
    [
        ("made", "accuracy"),
        ("answer", "200 answers"),
        ("endpoint", "<svg"),
        ('ws.ledger("tumours")', "accuracy"),
        ("endpoint.monitor()", "mean_radius"),
        ("ws.events()", "append_rows"),
        ("ws.datasets", "tumours"),
        ("ws", "champion"),
    ],
)
def test_a_handle_shows_itself_without_a_script(notebook, cell, holds):
    shown = next(
        c.outputs[-1]["data"]["text/html"] for c in notebook.cells if c.source.splitlines()[-1] == cell
    )
    assert holds in shown
    seen = Seen(shown)
    assert not {"script", "iframe", "link", "img"} & seen.tags
    assert not {name for name in seen.attributes if name.startswith("on") or name in ("href", "src")}


def test_a_training_tells_how_it_goes_in_one_place(notebook):
    (output,) = outputs(notebook, "made = ws.train")
    assert "Scores: accuracy" in output["data"]["text/plain"]
    assert "Done in" in output["data"]["text/plain"]


def test_an_error_is_one_block_with_the_callers_line_and_the_way_out(notebook):
    (output,) = outputs(notebook, 'ws.version("tumours@7")')
    assert output["traceback"] == [
        "NotFound: There is no model version tumours@7.",
        '  where: line 1, ws.version("tumours@7")',
        "  what to do: Known: tumours@1.",
    ]


def test_no_other_cell_fails(notebook):
    failed = [c.source for c in notebook.cells for o in c.outputs if o["output_type"] == "error"]
    assert [source.strip() for source in failed] == ['ws.version("tumours@7")']
