"""How far a replay is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Counts of rows. Those that were sent are delivered or failed, once nothing is under way."""

    sent: int = 0
    delivered: int = 0  # answered, and the answer arrived here
    failed: int = 0  # no answer after several attempts, or refused
    repeated: int = 0  # requests that were sent again under the same ids, because no answer came
    with_truth: int = 0  # their outcome was taken
    truth_waiting: int = 0  # it is not due yet, or not sent
    truth_never: int = 0  # there is none, or it was dropped by declaration
    why_failed: str = ""  # the first reason

    def line(self) -> str:
        """For people.

        >>> Sent(sent=20, delivered=19, failed=1, with_truth=12, truth_waiting=7, why_failed="it is down").line()
        '20 rows sent, 19 answered, 12 with their truth, 7 truths to come, 1 failed (it is down)'
        """
        told = [
            f"{self.sent:,} rows sent",
            f"{self.delivered:,} answered",
            f"{self.with_truth:,} with their truth",
        ]
        if self.truth_waiting:
            told.append(f"{self.truth_waiting:,} truths to come")
        if self.truth_never:
            told.append(f"{self.truth_never:,} without a truth")
        if self.repeated:
            told.append(f"{self.repeated:,} requests repeated")
        if self.failed:
            told.append(f"{self.failed:,} failed ({self.why_failed})")
        return ", ".join(told)
