import pytest

from everloop.stores.delta_tables import DeltaTables
from everloop.testing.tables_exam import TablesExam


class TestDeltaTables(TablesExam):
    @pytest.fixture
    def store(self, tmp_path):
        return DeltaTables(tmp_path)
