"""Models as other people have them, and rows like those that they take."""

import lightgbm
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


@pytest.fixture(scope="session")
def tumours() -> pd.DataFrame:
    """Six numbers and the kind of a tumour."""
    data = load_breast_cancer(as_frame=True)
    frame = data.data.iloc[:, :6].astype(np.float32)
    return frame.assign(kind=np.array(["malignant", "benign"])[data.target])


@pytest.fixture(scope="session")
def rows(tumours) -> pa.Table:
    return pa.Table.from_pandas(tumours, preserve_index=False)


@pytest.fixture(scope="session")
def classifier(tumours):
    """Fitted on an array: it knows no names."""
    x = tumours.drop(columns="kind").to_numpy()
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(x, tumours["kind"])


@pytest.fixture(scope="session")
def regressor():
    data = load_diabetes()
    return LinearRegression().fit(data.data.astype(np.float32), data.target)


@pytest.fixture(scope="session")
def booster(tumours):
    x, y = tumours.drop(columns="kind"), (tumours["kind"] == "benign").astype(int)
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "num_leaves": 7}
    return lightgbm.train(settings, lightgbm.Dataset(x.to_numpy(), y), 10)
