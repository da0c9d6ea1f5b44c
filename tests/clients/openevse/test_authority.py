"""Who has the say about charging, and until when."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from custom_components.open_ev.clients.openevse.models import Day, ScheduleEvent
from custom_components.open_ev.clients.openevse.questions import SETTINGS, settle
from custom_components.open_ev.clients.openevse.rapi_results import (
    Clock,
    EnergyLimit,
    SettingFlags,
    Settings,
    State,
    StateFlags,
    TimeLimit,
    Timer,
    VehicleConnected,
    Version,
)
from custom_components.open_ev.clients.openevse.readings import read
from custom_components.open_ev.clients.openevse.report import ControllerReport, JsonObject, Report

NIGHT = Timer(on=True, start=time(23, 0), stop=time(7, 0))
DAY = Timer(on=True, start=time(9, 0), stop=time(17, 30))
NO_TIMER = Timer(on=False)


def at(hour: int, minute: int = 0) -> Clock:
    """A controller's clock."""
    return Clock(present=True, moment=datetime(2026, 11, 20, hour, minute, tzinfo=UTC).replace(tzinfo=None))


def controller(**answers: Any) -> Report:
    """What a controller without a manager has answered."""
    return Report(controller=ControllerReport(**answers))


def managed(**fields: Any) -> Report:
    """What a gateway with a manager has told."""
    status: JsonObject = {"evse_connected": 1, "status": "active", "state": 1} | fields.pop("status", {})
    return Report(status=status, **fields)


@pytest.mark.parametrize(
    ("state", "timer", "clock", "mode", "claim"),
    [
        (1, None, None, "on", "none"),
        (1, NO_TIMER, at(12), "on", "none"),
        (3, NIGHT, at(12), "auto", "none"),
        (254, None, None, "off", "manual"),
        (255, NO_TIMER, at(12), "off", "manual"),
        # The timer has it sleep by day, and it sleeps at night because somebody said so.
        (254, NIGHT, at(12), "auto", "schedule"),
        (254, NIGHT, at(7), "auto", "schedule"),
        (254, NIGHT, at(6, 59), "off", "manual"),
        (254, NIGHT, at(23), "off", "manual"),
        (254, DAY, at(8, 59), "auto", "schedule"),
        (254, DAY, at(9), "off", "manual"),
        (254, DAY, at(17, 30), "auto", "schedule"),
        # It puts to sleep, and disables nobody.
        (255, NIGHT, at(12), "off", "manual"),
        # Without a clock nobody knows.
        (254, NIGHT, Clock(present=False), "off", "manual"),
        (254, NIGHT, None, "off", "manual"),
        # The controller takes times that are none.
        (254, Timer(on=True, start=None, stop=time(7, 0)), at(12), "off", "manual"),
    ],
)
def test_a_controller_without_a_manager(
    state: int, timer: Timer | None, clock: Clock | None, mode: str, claim: str
) -> None:
    """It is off when it sleeps, unless its timer has it sleep."""
    readings = read(controller(state=State(state, 0), timer=timer, clock=clock))
    assert (readings["mode"], readings["claim"]) == (mode, claim)
    assert "claim_current" not in readings


def test_a_controller_that_was_not_heard() -> None:
    """Nobody knows."""
    assert not read(Report()).keys() & {"mode", "claim", "active", "state"}


@pytest.mark.parametrize(
    ("flags", "claim"), [(StateFlags.LIMIT_SLEEP, "limit"), (StateFlags(0), "manual"), (None, "manual")]
)
def test_a_controller_that_has_reached_its_limit(flags: StateFlags | None, claim: str) -> None:
    """It says so, from firmware 6 on."""
    assert read(controller(state=State(254, 0, 1, flags)))["claim"] == claim


@pytest.mark.parametrize(
    ("override", "mode"),
    [
        (None, None),
        ({}, "auto"),
        ({"state": "active"}, "on"),
        ({"state": "disabled", "charge_current": 6}, "off"),
        ({"charge_current": 6}, "auto"),
        ({"state": "whatever"}, "auto"),
    ],
)
def test_the_three_buttons_of_a_manager(override: JsonObject | None, mode: str | None) -> None:
    """They are its manual override."""
    assert read(managed(override=override)).get("mode") == mode


@pytest.mark.parametrize(
    ("client", "claim"),
    [
        (65537, "manual"),
        (65538, "divert"),
        (65540, "schedule"),
        (65542, "limit"),
        (65545, "ocpp"),
        (65546, "rfid"),
        (65548, "shaper"),
        (20_271, "own"),
        (20, "other"),
        (None, "none"),
        ("65537", "none"),
    ],
)
def test_whose_claim_counts(client: int | str | None, claim: str) -> None:
    """By the client's number."""
    readings = read(managed(target={"properties": {}, "claims": {"state": client, "charge_current": 65538}}))
    assert (readings["claim"], readings["claim_current"]) == (claim, "divert")


def test_a_target_that_makes_no_sense() -> None:
    """Nobody's, then."""
    assert read(managed(target={"claims": []}))["claim"] == "none"


@pytest.mark.parametrize(("override", "claim"), [(1, "manual"), (0, None)])
def test_a_manager_that_does_not_tell_of_claims(override: int, claim: str | None) -> None:
    """4.0 tells whether there is an override."""
    assert read(managed(status={"manual_override": override})).get("claim") == claim


def test_limits_of_a_controller() -> None:
    """It can have two at a time."""
    readings = read(controller(energy_limit=EnergyLimit(10_000), time_limit=TimeLimit(60)))
    assert (readings["limit_energy"], readings["limit_time"]) == (10_000, 60)
    assert (readings["limit_type"], readings["limit_value"], readings["limit_set"]) == ("energy", 10_000, True)
    readings = read(controller(energy_limit=EnergyLimit(0), time_limit=TimeLimit(60)))
    assert (readings["limit_type"], readings["limit_value"]) == ("time", 60)
    readings = read(controller(energy_limit=EnergyLimit(0), time_limit=TimeLimit(0)))
    assert readings["limit_set"] is False
    assert not readings.keys() & {"limit_type", "limit_value", "limit_energy", "limit_time"}


@pytest.mark.parametrize(
    ("kind", "value", "expected"), [("time", 90, 90), ("soc", 80, 80), ("range", 100, 100), ("range", "far", None)]
)
def test_limits_of_a_gateway(kind: str, value: object, expected: float | None) -> None:
    """One at a time."""
    readings = read(managed(status={"limit": True}, limit={"type": kind, "value": value}))
    assert readings.get(f"limit_{kind}") == expected
    assert readings.get("limit_value") == expected
    assert readings["limit_set"] is True


def test_a_limit_in_miles() -> None:
    """The gateway's settings say what its distances are."""
    report = managed(limit={"type": "range", "value": 100}, config={"mqtt_vehicle_range_miles": True})
    assert read(report)["limit_range"] == pytest.approx(160.9344)


def test_a_timer() -> None:
    """Start and stop, to the minute."""
    readings = read(controller(timer=DAY))
    assert (readings["timer_start"], readings["timer_stop"]) == ("09:00", "17:30")
    assert not read(controller(timer=NO_TIMER)).keys() & {"timer_start", "timer_stop"}


START = ScheduleEvent(id=1, start=True, at=time(19, 0))
STOP = ScheduleEvent(id=2, start=False, at=time(6, 15))


@pytest.mark.parametrize(
    ("schedule", "times"),
    [
        ((), (None, None)),
        ((START,), ("19:00", None)),
        ((STOP, START), ("19:00", "06:15")),
        ((START, START), (None, None)),
        ((STOP, STOP, START), (None, None)),
        ((ScheduleEvent(start=True, at=time(1, 0), days=frozenset({Day.MONDAY})),), (None, None)),
    ],
)
def test_a_schedule_that_is_a_timer(schedule: tuple[ScheduleEvent, ...], times: tuple[str | None, str | None]) -> None:
    """One start and one stop, every day; any other is not shown as what it is not."""
    readings = read(managed(schedule=schedule))
    assert (readings.get("timer_start"), readings.get("timer_stop")) == times


def settings(flags: SettingFlags) -> Settings:
    """What a controller has stored."""
    return Settings(16, flags)


@pytest.mark.parametrize(
    ("flags", "version", "level"),
    [
        (SettingFlags.LEVEL_2 | SettingFlags.AUTOMATIC_LEVEL_OFF, "5.0.1", "level_2"),
        (SettingFlags.LEVEL_2, "5.0.1", "auto"),
        (SettingFlags.LEVEL_2, "4.12.3.EU", "level_2"),
        (SettingFlags.LEVEL_2 | SettingFlags.CGMI, "8.2.3", "level_2"),
        (SettingFlags.LEVEL_2, "8.2.3.CGMI", "level_2"),
    ],
)
def test_the_service_level_of_a_controller(flags: SettingFlags, version: str, level: str) -> None:
    """Builds for Europe and CGMI do not find it out, whatever they say of that."""
    report = controller(settings=settings(flags), version=Version(version, "4.0.1"))
    report.config = {"service": 2}
    report.controller.beside = SETTINGS.beside(report)
    assert read(report)["service_level"] == level
    assert read(report)["controller_version"] == version


def test_a_check_of_a_controller() -> None:
    """It knows better than what a gateway has kept of it."""
    report = controller(settings=settings(SettingFlags.GROUND_CHECK_OFF))
    report.config = {"groundt": 0, "diodet": 1}
    report.controller.beside = SETTINGS.beside(report)
    readings = read(report)
    assert (readings["check_ground"], readings["check_diode"]) == (False, True)


def test_a_check_that_a_gateway_has_told_anew() -> None:
    """What it has told since it was asked is newer, also when it is again what it was."""
    report = controller(settings=settings(SettingFlags.GROUND_CHECK_OFF))
    report.config = {"groundt": 0, "diodet": 1}
    report.controller.beside = SETTINGS.beside(report)
    for told, enabled in ((1, False), (0, True)):
        report.config = {"groundt": told, "diodet": 1}
        settle(report)
        assert read(report)["check_ground"] is enabled
        assert read(report)["check_diode"] is True


@pytest.mark.parametrize(
    ("state", "vehicle", "connected"),
    [
        (State(1, 0), None, False),
        (State(254, 0), None, None),
        (State(254, 0), VehicleConnected(connected=True), True),
        (State(255, 0), VehicleConnected(connected=None), None),
        (State(254, 0, 1, StateFlags.VEHICLE_CONNECTED), None, True),
        (State(254, 0, 1, StateFlags(0)), VehicleConnected(connected=True), False),
        # At -12 V nothing is known of the car, whatever the flags say.
        (State(255, 0, 1, StateFlags(0)), VehicleConnected(connected=None), None),
    ],
)
def test_whether_a_car_is_connected(state: State, vehicle: VehicleConnected | None, connected: bool | None) -> None:
    """From firmware 6 on the flags tell."""
    assert read(controller(state=state, vehicle=vehicle)).get("vehicle_connected") is connected


def test_the_session_of_a_controller() -> None:
    """Its own time, where the gateway tells none."""
    assert read(controller(state=State(3, 61)))["session_time"] == 61


def test_the_clock_of_a_controller() -> None:
    """Local time, of a zone that it does not tell; up to 3.x it is what timers go by."""
    report = controller(clock=at(12))
    report.status = {"time": "2020-01-01T00:00:00Z"}
    assert read(report)["clock"] == datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
