import pytest

from everloop.stores.memory_tables import MemoryTables
from everloop.testing.tables_exam import TablesExam


class TestMemoryTables(TablesExam):
    @pytest.fixture
    def store(self):
        return MemoryTables()
