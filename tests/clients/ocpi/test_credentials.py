"""What is agreed with an operator, checked before anything is sent."""

from dataclasses import replace

import pytest

from custom_components.open_ev.clients.ocpi.addresses import operator_url
from custom_components.open_ev.clients.ocpi.credentials import Credentials, DriverToken, Encoding
from custom_components.open_ev.clients.ocpi.errors import InvalidArgument

from .conftest import DRIVER, OWN_TOKEN, TOKEN, credentials

URL = "https://operator.example/ocpi/versions"


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        (URL, URL),
        (f" {URL}/ ", f"{URL}/"),
        ("https://operator.example/versions?of=me#here", "https://operator.example/versions?of=me"),
        ("http://127.0.0.1:8000/versions", "http://127.0.0.1:8000/versions"),
        ("http://[::1]:8000/versions", "http://[::1]:8000/versions"),
        ("http://localhost/versions", "http://localhost/versions"),
    ],
)
def test_addresses(typed: str, url: str) -> None:
    """Encrypted, or on this machine."""
    assert str(operator_url(typed)) == url


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "not_a_url"),
        ("operator.example", "not_a_url"),
        ("ftp://operator.example", "not_a_url"),
        ("https://", "not_a_url"),
        ("https://[", "not_a_url"),
        ("https://[]a@", "not_a_url"),
        ("https://xn--a/versions", "not_a_url"),
        ("http://127.0.0.1.operator.example/", "not_encrypted"),
        ("http://0.0.0.0/", "not_encrypted"),
        ("http://127.1/", "not_encrypted"),
        ("http://localhost@operator.example/", "credentials"),
        ("http://127.0.0.1:80@operator.example/", "credentials"),
        ("https://:secret@operator.example/", "credentials"),
        ("http://operator.example/versions", "not_encrypted"),
        ("http://192.0.2.1/versions", "not_encrypted"),
        ("http://localhost.example/versions", "not_encrypted"),
        ("https://user:secret@operator.example", "credentials"),
    ],
)
def test_addresses_that_are_none(typed: str, reason: str) -> None:
    """Nobody shall read the token on its way, and none belongs into an address."""
    with pytest.raises(InvalidArgument) as caught:
        operator_url(typed)
    assert (caught.value.argument, caught.value.reason) == ("url", reason)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("token", ""),
        ("token", "two words"),
        ("token", "line\nbreak"),
        ("token", "tökén"),
        ("own_token", " "),
        ("country_code", "NLD"),
        ("country_code", "1"),
        ("party_id", "HO"),
        ("party_id", "H-M"),
    ],
)
def test_what_cannot_be_sent(argument: str, value: str) -> None:
    """A token is printable ASCII; a country has two letters, a party three."""
    said = {"token": TOKEN, "own_token": OWN_TOKEN, "country_code": "NL", "party_id": "HOM", argument: value}
    with pytest.raises(InvalidArgument) as caught:
        Credentials(
            versions_url=URL,
            token=said["token"],
            own_token=said["own_token"],
            country_code=said["country_code"],
            party_id=said["party_id"],
            driver=DRIVER,
        )
    assert (caught.value.argument, caught.value.reason) == (argument, "malformed")


@pytest.mark.parametrize(
    ("driver", "argument"),
    [
        (replace(DRIVER, uid=""), "driver_uid"),
        (replace(DRIVER, uid="x" * 37), "driver_uid"),
        (replace(DRIVER, contract_id="\n"), "contract_id"),
        (replace(DRIVER, issuer=""), "issuer"),
        (replace(DRIVER, issuer="x" * 65), "issuer"),
    ],
)
def test_drivers_that_cannot_be_sent(driver: DriverToken, argument: str) -> None:
    """Ids have 36 characters at most."""
    with pytest.raises(InvalidArgument) as caught:
        replace(credentials(URL), driver=driver)
    assert (caught.value.argument, caught.value.reason) == (argument, "malformed")


def test_what_is_secret_is_not_shown() -> None:
    """Who writes credentials into a log writes no token."""
    shown = repr(credentials(URL))
    assert TOKEN not in shown
    assert OWN_TOKEN not in shown
    assert DRIVER.uid not in shown


def test_what_is_secret_is_taken_out_of_words() -> None:
    """However it is written; a word that is short is left."""
    ours = credentials(URL)
    written = [Encoding.BASE64.write(secret) for secret in (TOKEN, OWN_TOKEN, DRIVER.uid, DRIVER.contract_id)]
    told = " ".join((TOKEN, OWN_TOKEN.upper(), DRIVER.uid.lower(), DRIVER.contract_id, *written))
    assert ours.cover(f"What is {told}?") == f"What is {' '.join(['***'] * 8)}?"
    assert replace(ours, driver=replace(DRIVER, uid="is")).cover("What is it?") == "What is it?"


def test_encodings() -> None:
    """Base64 of the token alone: the standard's own example has a line break in it."""
    assert Encoding.BASE64.write("example-token") == "ZXhhbXBsZS10b2tlbg=="
    assert Encoding.RAW.write("example-token") == "example-token"
