"""Times that callers give, as what the ledger can keep of them."""

from datetime import datetime

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_LARGEST = 2**63 - 1

UNKEPT = "it is before the year 1678 or after 2261"


def nanoseconds(moment: datetime) -> int:
    """Nanoseconds since the epoch, exact to the microsecond; floats would not be."""
    since = moment - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000


def is_kept(moment: datetime) -> bool:
    """Whether 64 bits of nanoseconds hold it: of whole years those from 1678 to 2261."""
    return abs(nanoseconds(moment)) <= _LARGEST
