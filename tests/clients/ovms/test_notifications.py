"""What a module says of its own accord is read in both forms that firmwares have."""

import pytest

from custom_components.open_ev.clients.ovms.notifications import (
    MAX_NAME,
    MAX_TEXT,
    Notification,
    NotificationKind,
    parse_event,
    parse_notification,
)


@pytest.mark.parametrize("path", ["alert/charge.stopped", "alert/charge/stopped"])
@pytest.mark.parametrize("text", ["Not charging\rSOC: 80%", "Not charging\nSOC: 80%"])
def test_old_and_new_form(path: str, text: str) -> None:
    """Up to 3.3.004 dots and carriage returns, then topic levels and line feeds."""
    assert parse_notification(path, text) == Notification(
        kind=NotificationKind.ALERT, subtype="charge.stopped", text="Not charging\nSOC: 80%"
    )


@pytest.mark.parametrize(
    ("path", "kind", "subtype"),
    [
        ("info/charge/done", NotificationKind.INFO, "charge.done"),
        ("error/MG/1", NotificationKind.ERROR, "MG.1"),
        ("info/Charge control", NotificationKind.INFO, "Charge control"),
        ("info/v-nissanleaf/charge/status", NotificationKind.INFO, "v-nissanleaf.charge.status"),
        ("alert/Emergency/Alert", NotificationKind.ALERT, "Emergency.Alert"),
        ("info/" + "x" * MAX_NAME, NotificationKind.INFO, "x" * MAX_NAME),
    ],
)
def test_subtypes(path: str, kind: NotificationKind, subtype: str) -> None:
    """Capitals and blanks occur."""
    assert parse_notification(path, "text") == Notification(kind=kind, subtype=subtype, text="text")


@pytest.mark.parametrize(
    "path",
    [
        "data/log/trip/1/0",
        "stream/x",
        "",
        "alert",
        "alert/",
        "/charge",
        "Alert/x",
        "alert/a\nb",
        "alert/a\x00",
        "alert/" + "x" * (MAX_NAME + 1),
    ],
)
def test_what_is_not_for_people(path: str) -> None:
    """Records for machines, odd topics and names that no firmware has."""
    assert parse_notification(path, "text") is None


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("", ""),
        ("  SOC: 80%\r\n", "SOC: 80%"),
        ("a\x00b\x1b[31mc\x7f\u202ed", "abcd"),
        ("Zoé ✓", "Zoé ✓"),
        ("x" * 5_000, "x" * MAX_TEXT),
        ("\x00" * 5_000 + "x", ""),
    ],
)
def test_texts_are_for_eyes(text: str, readable: str) -> None:
    """Without control characters, and no longer than a person reads."""
    notification = parse_notification("info/x", text)
    assert notification is not None
    assert notification.text == readable


@pytest.mark.parametrize("path", ["vehicle.charge.start", "vehicle/charge/start"])
def test_events(path: str) -> None:
    """The older payload and the newer topic name the same event."""
    assert parse_event(path) == "vehicle.charge.start"


@pytest.mark.parametrize("path", ["", "a\nb", "\x00", "x" * (MAX_NAME + 1), "x" * 1_000_000])
def test_what_is_no_event(path: str) -> None:
    """Nothing that a firmware would call one."""
    assert parse_event(path) is None
