"""What somebody says of a device is shown as words, and as nothing else."""

import pytest

from custom_components.open_ev.clients.plain import is_plain, plain


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("openevse-7b2c", "openevse-7b2c"),
        ("Harbour Street 1, Utrecht NL*OPE*E1", "Harbour Street 1, Utrecht NL*OPE*E1"),
        ("Zürich, 停車場", "Zürich, 停車場"),
        ("[update here](https://evil.example/)", "update here https evil.example/"),
        ("see www.evil.example or HTTP://evil.example", "see evil.example or HTTP evil.example"),
        ("<img src=x> `code` a\\b", "img src=x code a b"),
        ("one\n\n# two\x00\u202ethree", "one # two three"),
        ("[]()", ""),
    ],
)
def test_what_is_shown(said: str, shown: str) -> None:
    """Neither links nor formatting, nor lines of its own."""
    assert plain(said) == shown
    assert is_plain(said) is (said == shown)
