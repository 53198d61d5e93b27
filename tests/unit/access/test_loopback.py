import pytest

from everloop.access.loopback import is_loopback, require_loopback
from everloop.errors import SettingsError


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_this_machine_alone(host):
    require_loopback(host, "control.host")


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.2", "10.0.0.1", "example.com", "127.evil.com", "", "::ffff:1.2.3.4"]
)
def test_what_others_can_reach_is_refused_with_the_remedy(host):
    assert not is_loopback(host)
    with pytest.raises(SettingsError, match=r"control\.host.*proxy"):
        require_loopback(host, "control.host")
