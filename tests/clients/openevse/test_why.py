"""Why a charger is charging, or is not."""

from collections.abc import Mapping

import pytest

from custom_components.open_ev.clients.known import Value
from custom_components.open_ev.clients.openevse.models import CLIENTS
from custom_components.open_ev.clients.openevse.readings import STATES
from custom_components.open_ev.clients.openevse.why import Why, why

WITH_CAR: Mapping[str, Value] = {"state": "connected", "vehicle_connected": True, "active": True, "fault": False}
PAUSED: Mapping[str, Value] = {**WITH_CAR, "state": "sleeping", "active": False}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "charging"}, Why.CHARGING),
        ({"state": "starting"}, Why.STARTING),
        ({"state": "gfci_fault", "fault": True}, Why.GFCI_FAULT),
        ({"state": "unknown_13", "fault": True}, Why.FAULT),
        # Without a car it does not matter who has paused it.
        ({"state": "sleeping", "vehicle_connected": False, "active": False}, Why.NO_VEHICLE),
        ({}, Why.VEHICLE_NOT_ASKING),
        ({"session_energy": 0.0}, Why.VEHICLE_NOT_ASKING),
        ({"session_energy": 12.5}, Why.VEHICLE_FULL),
    ],
)
def test_reasons(changes: Mapping[str, Value], reason: Why) -> None:
    """The most basic one first."""
    assert why({**WITH_CAR, **changes}, "none", charged=None) is reason


@pytest.mark.parametrize(
    ("charged", "reason"), [(True, Why.VEHICLE_FULL), (False, Why.VEHICLE_NOT_ASKING), (None, Why.VEHICLE_FULL)]
)
def test_a_car_that_has_been_charged(charged: bool | None, reason: Why) -> None:
    """What was seen counts more than energy, which can be that of the last session."""
    assert why({**WITH_CAR, "session_energy": 100}, "none", charged=charged) is reason


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("own", Why.BY_HOME_ASSISTANT),
        ("manual", Why.BY_OVERRIDE),
        ("schedule", Why.BY_SCHEDULE),
        ("limit", Why.BY_LIMIT),
        ("divert", Why.BY_DIVERT),
        ("shaper", Why.BY_SHAPER),
        ("ocpp", Why.BY_OCPP),
        ("rfid", Why.BY_RFID),
        ("mqtt", Why.BY_MQTT),
        ("ohm", Why.BY_OHM),
        ("temperature", Why.BY_TEMPERATURE),
        ("load_sharing", Why.BY_LOAD_SHARING),
        ("none", Why.BY_DEFAULT),
        ("other", Why.BY_OTHER),
        (None, Why.BY_OTHER),
    ],
)
def test_who_has_paused_it(claim: str | None, reason: Why) -> None:
    """Whoever has the say."""
    assert why(PAUSED, claim, charged=True) is reason


def test_every_client_has_a_reason() -> None:
    """None is forgotten."""
    assert all(why(PAUSED, claim, charged=None) is not None for claim in CLIENTS)


@pytest.mark.parametrize("state", [name for code, name in STATES.items() if 4 <= code < 254])
def test_every_fault_is_named(state: str) -> None:
    """Also one that comes while somebody has paused it."""
    assert why({**PAUSED, "state": state, "fault": True}, "own", charged=True) == state


def test_an_unknown_state_has_none() -> None:
    """Nothing is made up."""
    assert why({"vehicle_connected": False}, "own", charged=None) is None
