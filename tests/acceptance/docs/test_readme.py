"""The README's tours run as a reader would run them, with a table of their own."""

from pathlib import Path

import pandas as pd

PAGE = Path(__file__).parents[3] / "README.md"


def _churn(rows: int, seed: int) -> pd.DataFrame:
    """Customers, of whom those with short contracts and high charges leave."""
    tenure = pd.Series(range(rows)).mul(seed * 7919 + 13).mod(72)
    charges = pd.Series(range(rows)).mul(seed * 104729 + 7).mod(100).add(20.5)
    contract = tenure.map(lambda months: "Month-to-month" if months < 24 else "Two year")
    churn = ((charges - tenure) > 40).map({True: "Yes", False: "No"})
    return pd.DataFrame({"tenure": tenure, "MonthlyCharges": charges, "Contract": contract, "Churn": churn})


def test_the_readme_runs(reader, tmp_path):
    known, new = _churn(400, seed=1), _churn(60, seed=2)
    known.to_csv(tmp_path / "churn.csv", index=False)
    new.drop(columns="Churn").to_csv(tmp_path / "rows.csv", index=False)
    names = (
        "import pandas as pd; frame = pd.read_csv('churn.csv'); rows = pd.read_csv('rows.csv');"
        f"truth = {new['Churn'].tolist()!r}\n"
    )

    def granted(block: str) -> str:
        answers = tmp_path / "answers.csv"
        if answers.exists():  # the truth becomes known
            pd.read_csv(answers)[["id"]].assign(Churn=new["Churn"]).to_csv(
                tmp_path / "truth.csv", index=False
            )
        if block.startswith("make "):
            return "true"  # `make test` is what runs this
        return names + block if block.startswith("import everloop") else block

    reader.before = granted
    assert reader.follow(PAGE) > 5
