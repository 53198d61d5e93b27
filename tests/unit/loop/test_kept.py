from dataclasses import replace
from datetime import timedelta

from everloop.loop.kept import kept_by, kept_in_words
from everloop.records.loop import LoopPolicy

NEW = LoopPolicy(mode="act", window=5)


def test_an_open_cycle_keeps_what_was_declared_otherwise_since(cycle):
    opened = cycle("judging", policy=replace(NEW, mode="propose", cool_down=timedelta(minutes=1)))
    assert kept_by(opened, NEW) == ("mode", "cool_down")
    assert kept_by(cycle("judging", policy=NEW), NEW) == ()


def test_a_decided_cycle_keeps_nothing_that_matters(cycle):
    assert kept_by(cycle("reporting", ending="refused"), NEW) == ()
    assert kept_by(None, NEW) == ()


def test_one_field_reads_as_one():
    assert (
        kept_in_words("churn.3", ("mode",)) == "cycle churn.3 goes on with mode as it was when it was opened"
    )
