"""The README's tours run as a reader would run them, with a table of their own."""

from pathlib import Path

import pandas as pd
import pytest

PAGE = Path(__file__).parents[3] / "README.md"
TRUTH = """
import pandas as pd

pd.read_csv("answers.csv")[["id"]].assign(Churn={truth!r}).to_csv("truth.csv", index=False)
"""


def _churn(rows: int, seed: int) -> pd.DataFrame:
    """Customers, of whom those with short contracts and high charges leave."""
    tenure = pd.Series(range(rows)).mul(seed * 7919 + 13).mod(72)
    charges = pd.Series(range(rows)).mul(seed * 104729 + 7).mod(100).add(20.5)
    contract = tenure.map(lambda months: "Month-to-month" if months < 24 else "Two year")
    churn = ((charges - tenure) > 40).map({True: "Yes", False: "No"})
    return pd.DataFrame({"tenure": tenure, "MonthlyCharges": charges, "Contract": contract, "Churn": churn})


@pytest.mark.slow  # a minute of waiting; `.ci/run` runs it each time
def test_the_readme_runs(reader, tmp_path):
    known, new = _churn(400, seed=1), _churn(60, seed=2)
    known.to_csv(tmp_path / "churn.csv", index=False)
    new.drop(columns="Churn").to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "truth.py").write_text(TRUTH.format(truth=new["Churn"].tolist()))
    names = (
        "import pandas as pd; frame = pd.read_csv('churn.csv'); rows = pd.read_csv('rows.csv');"
        f"truth = {new['Churn'].tolist()!r}\n"
    )

    def granted(block: str) -> str:
        if block.startswith("make "):
            return "true"  # `make test` is what runs this
        block = block.replace("everloop outcomes", "run truth.py\neverloop outcomes")  # it becomes known
        if (
            "everloop turn" in block
        ):  # whose candidate waits for more truths, and would be in the next one's way
            block += "everloop reject churn --reason 'the next is better' || true\n"
        return names + block if block.startswith("import everloop") else block

    reader.before = granted
    assert reader.follow(PAGE) > 5
