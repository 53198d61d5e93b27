"""Where a command plays what takes minutes, and what is left of it."""

import os
import signal
import tempfile

import pytest

from everloop.cli.place import place


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_term_ends_it_as_an_interrupt_does_and_leaves_no_folder(temporary):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), place("", "rehearsal") as where:
        (where / "up.log").write_text("it was here")
        assert [path.name for path in temporary.iterdir()] == [where.name]
        os.kill(os.getpid(), signal.SIGTERM)
    assert list(temporary.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_second_term_does_not_disturb_the_cleaning_up(temporary):
    with pytest.raises(KeyboardInterrupt), place("", "rehearsal"):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
    assert list(temporary.iterdir()) == []


def test_a_folder_that_is_given_stays(tmp_path):
    with pytest.raises(KeyboardInterrupt), place(str(tmp_path / "kept"), "rehearsal") as where:
        where.mkdir()
        os.kill(os.getpid(), signal.SIGTERM)
    assert (tmp_path / "kept").is_dir()
