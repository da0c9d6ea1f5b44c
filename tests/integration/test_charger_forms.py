"""What is typed into a charger's forms, and what is kept of it."""

from typing import Any

import pytest

from custom_components.open_ev.flows.charger_forms import (
    credentials,
    is_encrypted,
    moved_urls,
    network_errors,
    normal_url,
)


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("openevse.local", "http://openevse.local"),
        (" OpenEVSE.local. ", "http://openevse.local."),
        ("192.168.1.20", "http://192.168.1.20"),
        ("192.168.1.20:8080", "http://192.168.1.20:8080"),
        ("http://192.168.1.20:80/", "http://192.168.1.20"),
        ("https://evse.example.org:443/#/", "https://evse.example.org"),
        ("HTTPS://evse.example.org:8443/x?y=z", "https://evse.example.org:8443"),
        ("fd00::7", "http://[fd00::7]"),
        ("[fd00::7]:8080", "http://[fd00::7]:8080"),
        ("wallbox_1", "http://wallbox_1"),
        ("büro.local", "http://xn--bro-hoa.local"),
    ],
)
def test_addresses(typed: str, url: str) -> None:
    """Names, addresses and pages lead to one form, which stays what it is."""
    assert normal_url(typed) == url
    assert normal_url(url) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://",
        "https:///status",
        "ftp://openevse",
        "two words",
        "a..b",
        "-a",
        "1.2.3",
        "300.1.1.1",
        "openevse:0x50",
        "openevse:99999",
        "me@openevse",
        "http://me:secret@openevse",
        "[fd00::7",
        "a" * 64,
    ],
)
def test_what_is_no_address(typed: str) -> None:
    """A user name is refused as well: a password would come with it in plain sight."""
    assert normal_url(typed) is None


@pytest.mark.parametrize(
    ("address", "encrypted"), [("https://a", True), (" HTTPS://a", True), ("http://a", False), ("a", False)]
)
def test_encrypted(address: str, encrypted: bool) -> None:
    """Also while it is typed."""
    assert is_encrypted(address) is encrypted


@pytest.mark.parametrize(
    ("url", "hosts", "port", "moved"),
    [
        ("http://10.0.0.7", ["10.0.0.8"], None, "http://10.0.0.8"),
        ("http://10.0.0.7", ["10.0.0.8"], 80, "http://10.0.0.8"),
        ("http://10.0.0.7:81", ["10.0.0.8"], None, "http://10.0.0.8:81"),
        ("http://10.0.0.7:81", ["10.0.0.8"], 82, "http://10.0.0.8:82"),
        ("http://10.0.0.7:81", ["10.0.0.7"], 82, "http://10.0.0.7:82"),
        ("http://10.0.0.7", ["fd00::8", "10.0.0.7"], 80, "http://10.0.0.7 http://[fd00::8]"),
        ("http://10.0.0.7", ["10.0.0.8", "10.0.0.8", "fe80::1%2"], 80, "http://10.0.0.8 http://[fe80::1%2]"),
        ("http://[fd00::7]", ["fd00::8"], 80, "http://[fd00::8]"),
        ("https://10.0.0.7:8443", ["10.0.0.8"], 80, "https://10.0.0.8:8443"),
        ("http://openevse.local:81", ["10.0.0.8"], 80, "http://openevse.local:81"),
    ],
)
def test_moved(url: str, hosts: list[str], port: int | None, moved: str) -> None:
    """An address follows, a name does not; https keeps its port."""
    assert moved_urls(url, hosts, port) == moved.split()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({}, {}),
        ({"username": "", "password": ""}, {}),
        ({"username": " me "}, {"username": "me"}),
        ({"password": " secret "}, {"password": " secret "}),
        ({"username": "me", "password": "secret"}, {"username": "me", "password": "secret"}),
    ],
)
def test_credentials(typed: dict[str, str], kept: dict[str, str]) -> None:
    """What is empty is not kept; a password may begin with a space."""
    assert credentials(typed) == kept


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"ssid": "Home"}, {}),
        ({"ssid": " "}, {}),
        ({"ssid": "x" * 32, "password": ""}, {}),
        ({"ssid": "x" * 33}, {"ssid": "invalid_ssid"}),
        ({"ssid": "Home", "password": "12345678"}, {}),
        ({"ssid": "Home", "password": "0" * 64}, {}),
        ({"ssid": "Home", "password": "1234567"}, {"password": "invalid_passphrase"}),
    ],
)
def test_networks(typed: dict[str, Any], errors: dict[str, str]) -> None:
    """As long as the standards say."""
    assert network_errors(typed) == errors
