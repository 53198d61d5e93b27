import numpy as np
import pytest
from scipy import stats

from everloop.errors import InvalidRequest
from everloop.replay.distortions.dropped_outcomes import DroppedOutcomes
from everloop.replay.distortions.late_outcomes import LateOutcomes


def test_outcomes_come_so_much_later_from_a_row_on(dice):
    assert LateOutcomes(by="2h", start=1).delay(np.array([10.0, 10.0]), dice(2)).tolist() == [10, 7210]


def test_of_a_share_that_is_late_the_others_come_in_time(dice):
    delays = LateOutcomes(by="1m", share=0.25).delay(np.zeros(2000), dice(2000))
    assert set(delays.tolist()) == {0.0, 60.0}
    assert stats.binomtest(int((delays > 0).sum()), 2000, 0.25).pvalue > 0.001


def test_a_share_of_outcomes_never_comes(dice):
    delays = DroppedOutcomes(share=0.4).delay(np.full(2000, 5.0), dice(2000))
    assert stats.binomtest(int(np.isnan(delays).sum()), 2000, 0.4).pvalue > 0.001
    assert set(delays[~np.isnan(delays)].tolist()) == {5.0}


def test_a_lost_outcome_that_is_late_too_is_lost(dice):
    lost = DroppedOutcomes(share=1.0).delay(np.zeros(1), dice(1))
    assert np.isnan(LateOutcomes(by="1h").delay(lost, dice(1))).all()


def test_a_length_of_time_that_is_none_is_refused(dice):
    with pytest.raises(InvalidRequest, match="length of time"):
        LateOutcomes(by="soon").delay(np.zeros(1), dice(1))
