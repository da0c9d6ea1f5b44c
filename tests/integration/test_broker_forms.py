"""What is typed into the forms, and what is kept of it."""

from typing import Any

from homeassistant.data_entry_flow import section
import pytest

from custom_components.open_ev.clients.ovms.metrics import vehicle_metrics
from custom_components.open_ev.flows.broker_forms import (
    OWN_BROKER_SCHEMA,
    credentials_data,
    options_schema,
    own_broker_data,
    own_broker_errors,
    own_broker_form,
)

from .certificates import Authority
from .dialog import ADVANCED

TYPED = {"host": "broker", "port": 1884.0, "tls": False, "advanced": ADVANCED}
TLS = {"host": "broker", "tls": True}


def typed(advanced: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A filled form; None leaves a field out."""
    everything = TYPED | {"advanced": ADVANCED | (advanced or {})} | fields
    return {key: value for key, value in everything.items() if value is not None}


@pytest.mark.parametrize(
    "host",
    ["broker", "core-mosquitto", "my_broker", "mqtt.example.org", "mqtt.example.org.", "xn--n3h.net", "::1", "büro"],
)
def test_hosts(host: str) -> None:
    """Names in a local network, of containers, full names and addresses are hosts."""
    assert own_broker_errors({"host": host, "tls": False}) == {}


@pytest.mark.parametrize(
    "host",
    [
        *("", ".", "a b", "mqtt://broker", "broker:1883", "broker/mqtt", "-a.b", "a-.b", "a..b", "1.2.3", "300.1.1.1"),
        *("a\n", f"{'x' * 64}.org", ".".join(["abcd"] * 51)),
    ],
)
def test_no_hosts(host: str) -> None:
    """What cannot be a name or an address is told."""
    assert own_broker_errors({"host": host, "tls": False}) == {"host": "invalid_host"}


@pytest.mark.parametrize(("tls", "port"), [(False, 1883), (True, 8883)])
def test_the_usual_port_is_not_typed(tls: bool, port: int) -> None:
    """An empty port is the usual one, which is another with encryption."""
    assert own_broker_data(typed(port=None, tls=tls), {})["port"] == port


def test_only_what_counts_is_kept() -> None:
    """An entry has no settings that have no effect, and no blanks around what was pasted."""
    assert own_broker_data(typed(host=" [::1] ", username=" ", password="x"), {}) == {
        "broker": "own",
        "host": "::1",
        "port": 1884,
        "tls": False,
        "transport": "tcp",
        "protocol": "3.1.1",
    }
    advanced = {"ca_certificate": "\nPEM\n", "client_key": " ", "transport": "websockets", "websocket_path": " "}
    assert own_broker_data(typed(advanced, tls=True), {}) == {
        "broker": "own",
        "host": "broker",
        "port": 1884,
        "tls": True,
        "tls_insecure": False,
        "transport": "websockets",
        "websocket_path": "/",
        "protocol": "3.1.1",
        "ca_certificate": "PEM",
    }


def test_a_form_shows_what_an_entry_has_except_secrets() -> None:
    """Whoever may change settings may not read the passwords in them."""
    advanced = {"client_certificate": "PEM", "client_key": "KEY"}
    data = own_broker_data(typed(advanced, tls=True, username="me", password="secret"), {})
    form = own_broker_form({**data, "prefix": "car/"})
    assert "secret" not in str(form)
    assert "KEY" not in str(form)
    assert form["prefix"] == "car/"
    assert form["advanced"]["client_certificate"] == "PEM"
    fields = {str(field) for field in OWN_BROKER_SCHEMA.schema}
    assert fields <= {*form, "password"}


def test_a_secret_is_kept_with_what_it_belongs_to() -> None:
    """Left empty, the password of the same user and the key of the same certificate stay; of others they do not."""
    advanced = {"client_certificate": "PEM", "client_key": "KEY"}
    stored = own_broker_data(typed(advanced, tls=True, username="me", password="secret"), {})

    same = own_broker_data(typed({"client_certificate": "PEM"}, tls=True, username="me"), stored)
    assert same == stored
    other = own_broker_data(typed({"client_certificate": "OTHER"}, tls=True, username="you"), stored)
    assert "password" not in other
    assert "client_key" not in other
    assert "client_key" not in own_broker_data(typed(tls=True), stored)
    assert credentials_data({}, stored) == {}
    assert credentials_data({"username": "me", "password": "new"}, stored) == {"username": "me", "password": "new"}


@pytest.mark.parametrize(
    ("changed", "advanced"),
    [({"host": "elsewhere"}, {}), ({"port": 1885}, {}), ({"tls": False}, {}), ({}, {"tls_insecure": True})],
)
def test_a_stored_password_is_for_the_broker_it_was_typed_for(
    changed: dict[str, Any], advanced: dict[str, Any]
) -> None:
    """Whoever may change where it goes, or how it is kept from others on the way, does not get to read it so."""
    stored = own_broker_data(typed(tls=True, username="me", password="secret"), {})
    assert own_broker_data(typed(tls=True, username="me"), stored)["password"] == "secret"
    assert "password" not in own_broker_data(typed(advanced, **{"tls": True, "username": "me", **changed}), stored)


def test_certificates_that_fit(authority: Authority) -> None:
    """An authority, and a client's certificate with its own key."""
    pair = authority.sign("client")
    certificates = {"client_certificate": pair.chain, "client_key": pair.key}
    assert own_broker_errors(TLS) == {}
    assert own_broker_errors(TLS | {"ca_certificate": authority.pem}) == {}
    assert own_broker_errors(TLS | certificates) == {}


def test_certificates_that_do_not_fit(authority: Authority, stranger: Authority) -> None:
    """Each is named, also a key that nobody could use without its password."""
    pair, other = authority.sign("client"), stranger.sign("client")
    for text in ("PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", pair.key, "Ünlesbar"):
        assert own_broker_errors(TLS | {"ca_certificate": text}) == {"base": "invalid_ca_certificate"}
    for certificate, key in (
        (pair.chain, None),
        (None, pair.key),
        (pair.chain, other.key),
        (pair.chain, pair.protected_key),
        (pair.chain, "Ünlesbar"),
        (pair.chain + pair.key, pair.key),
        ("PEM", "PEM"),
    ):
        fields = {"client_certificate": certificate, "client_key": key}
        assert own_broker_errors(TLS | fields) == {"base": "invalid_client_certificate"}
    for field in ("ca_certificate", "client_certificate", "client_key"):
        assert own_broker_errors(TLS | {"tls": False, field: "PEM"}) == {"base": "certificates_without_tls"}


def test_options_of_a_type_without_metrics_of_its_own() -> None:
    """A choice among nothing is not shown."""
    assert [str(field) for field in options_schema([]).schema] == ["presence", "expose_location"]
    assert "extra_metrics" in options_schema(sorted(vehicle_metrics("NL"))).schema


def test_what_is_rarely_needed_is_folded_away() -> None:
    """Most brokers need none of it."""
    advanced = OWN_BROKER_SCHEMA.schema["advanced"]
    assert isinstance(advanced, section)
    assert advanced.options["collapsed"] is True
