"""A worker starts in a fraction of a second: its capture log must not bring tables and queries with it."""

import subprocess
import sys

HEAVY = ("pyarrow", "numpy", "pandas", "duckdb", "deltalake", "sqlalchemy")


def test_the_capture_log_imports_nothing_heavy():
    script = f"import sys, everloop.ledger.segment; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
