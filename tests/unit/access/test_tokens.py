import os
import stat
import threading

import pytest

from everloop.access.tokens import control_token, is_same, is_token, new_token
from everloop.errors import WorkspaceUnusable
from everloop.stores.layout import Layout


def test_a_token_is_made_once_and_kept(tmp_path):
    layout = Layout(tmp_path)
    assert control_token(layout) == control_token(layout)


def test_two_workspaces_share_no_token(tmp_path):
    assert control_token(Layout(tmp_path / "a")) != control_token(Layout(tmp_path / "b"))


def test_nobody_else_may_read_it_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        control_token(Layout(tmp_path))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secrets" / "control-token").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666, 0o601])
def test_a_file_with_a_wider_mode_is_refused_in_one_line(tmp_path, mode):
    control_token(Layout(tmp_path))
    (tmp_path / "secrets" / "control-token").chmod(mode)
    with pytest.raises(WorkspaceUnusable, match="chmod 600") as refused:
        control_token(Layout(tmp_path))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "secret", "evl_" + "0" * 32, "a" * 2000])
def test_a_file_that_holds_no_token_is_refused(tmp_path, text):
    control_token(Layout(tmp_path))
    (tmp_path / "secrets" / "control-token").write_text(text)
    with pytest.raises(WorkspaceUnusable, match="no token"):
        control_token(Layout(tmp_path))


def test_a_folder_in_the_way_is_one_clear_line(tmp_path):
    (tmp_path / "secrets" / "control-token").mkdir(parents=True)
    with pytest.raises(WorkspaceUnusable):
        control_token(Layout(tmp_path))


def test_of_many_makers_at_once_one_wins_and_all_see_it(tmp_path):
    seen: list[str] = []
    threads = [
        threading.Thread(target=lambda: seen.append(control_token(Layout(tmp_path)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 1
    assert len(seen) == 8
    assert [p.name for p in (tmp_path / "secrets").iterdir()] == ["control-token"]


def test_one_wrong_character_is_seen_by_the_checksum():
    token = new_token()
    for place in range(4, len(token)):
        other = "0" if token[place] != "0" else "1"
        assert not is_token(token[:place] + other + token[place + 1 :])
    assert is_token(token)


def test_a_thousand_tokens_differ_and_fit_a_header():
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(t.isascii() and t.isprintable() and len(t) == 36 for t in tokens)


def test_tokens_with_other_letters_than_ascii_compare_as_different():
    assert not is_same("évl", new_token())
    assert is_same("a", "a")
