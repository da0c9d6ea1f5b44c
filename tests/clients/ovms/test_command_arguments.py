"""No argument can be more than an argument, and no raw line more than a line."""

from collections.abc import Callable

import pytest

from custom_components.open_ev.clients.ovms import commands
from custom_components.open_ev.clients.ovms.commands import Day
from custom_components.open_ev.clients.ovms.errors import InvalidArgument

HOSTILE = [
    "", " ", "  ", "1234 ", " 1234", "12 34", "1234\n", "1234\nunlock 1234", "1234\r", "1234\r\nunlock", "\x00", "1234\x00", "1\t2", "\x1b[2J", "\x7f", "'1234'", '"1234"', "12'34", '12"34', "12\\34",
    "\\n", "１２３４", "1234é", "пин", "🔑", "1234\u00a0", "1234\u2028", "1234\u200b", "\ud800", "x" * 10_000,
]  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [
        commands.lock,
        commands.unlock,
        commands.valet,
        commands.unvalet,
        lambda argument: commands.set_config(argument, "suffsoc", "80"),
        lambda argument: commands.set_config("xnl", argument, "80"),
        lambda argument: commands.set_config("xnl", "suffsoc", argument),
        lambda argument: commands.config_setting(argument, "suffsoc"),
        lambda argument: commands.config_setting("xnl", argument),
        commands.metric_name,
        lambda argument: commands.schedule_set(Day.MONDAY, [argument]),
        lambda argument: commands.schedule_set(Day.MONDAY, ["07:00", argument]),
    ],
)
def test_hostile_arguments_are_refused(make: Callable[[str], object]) -> None:
    """None of them can begin a second command or a second argument, and none is cut."""
    for argument in HOSTILE:
        with pytest.raises(InvalidArgument) as raised:
            make(argument)
        assert raised.value.reason in {"not_one_word", "not_a_metric", "not_a_schedule_time", "too_long"}
        assert len(argument) < 2 or argument not in str(raised.value)


@pytest.mark.parametrize("pin", ["1234", "0", "a-b_c.d", "#1!$%&()*+,/:;<=>?@[]^`{|}~", "x" * 700])
def test_any_word_is_a_pin(pin: str) -> None:
    """People choose what they like."""
    assert commands.lock(pin).text == f"lock {pin}"


@pytest.mark.parametrize("amperes", [0, -1, 101, 10**9, 0.999, 100.5, float("nan"), float("inf"), float("-inf")])
def test_a_current_is_a_whole_number_in_its_range(amperes: float) -> None:
    """Whatever type a caller's number is of."""
    with pytest.raises(InvalidArgument, match="current: out_of_range"):
        commands.charge_current(amperes)
    with pytest.raises(InvalidArgument, match="current: not_whole"):
        commands.charge_current(16.5)
    assert commands.charge_current(16.0).text == "charge current 16"
    assert commands.charge_current(1).text == "charge current 1"
    assert commands.charge_current(100).text == "charge current 100"


@pytest.mark.parametrize(
    ("button", "duration"), [(0, None), (4, None), (-1, None), (1, 99), (1, 60_001), (1, 0), (1, -100)]
)
def test_buttons_and_durations_have_ranges(button: int, duration: int | None) -> None:
    """Those of the firmware, and a minute is long enough for any gate."""
    with pytest.raises(InvalidArgument, match="out_of_range"):
        commands.homelink(button, duration)
    assert commands.homelink(2).text == "homelink 2"
    assert commands.homelink(2, 1500).text == "homelink 2 1500"


@pytest.mark.parametrize(
    "times",
    [
        [],
        ["7:00"],
        ["24:00"],
        ["12:60"],
        ["12:00/4"],
        ["12:00/31"],
        ["12:00/"],
        ["12:00,13:00"],
        ["noon"],
        ["07:00"] * 150,
    ],
)
def test_schedule_times_are_checked(times: list[str]) -> None:
    """The module would take some of them for something else, and cut a list that is too long."""
    with pytest.raises(InvalidArgument):
        commands.schedule_set(Day.MONDAY, times)
    assert (
        commands.schedule_set(Day.SUNDAY, ["00:00", "23:59/30"]).text
        == "climatecontrol schedule set sun 00:00,23:59/30"
    )
    with pytest.raises(InvalidArgument, match="to_days: empty"):
        commands.schedule_copy(Day.MONDAY, [])


# Metrics and settings by name


@pytest.mark.parametrize("name", ["v.b.soc", "v.b.*", "*soc", "*", "xvu.b.soc.abs", "v.t.pressure", "xrt.BMS.state_1"])
def test_names_of_metrics(name: str) -> None:
    """A wildcard stands at one end, or alone."""
    assert commands.metric_name(name) == name


@pytest.mark.parametrize(
    "name", ["*b*", "v.*.soc", "**", "v.b.soc,v.e.on", "V.b.soc", ".b", "v" * 101, "v/b/soc", "v.b.soc\n"]
)
def test_names_that_the_module_would_skip(name: str) -> None:
    """Or take for several."""
    with pytest.raises(InvalidArgument, match="metrics: not_a_metric"):
        commands.metric_name(name)


@pytest.mark.parametrize(
    ("param", "instance"),
    [
        ("password", "pin"), ("password", "module"), ("password", "server.v3"), ("Password", "x"), ("PASSWORD", "x"), ("passwords", "x"), ("xyz", "password"), ("server.v3", "passwd"), ("server.v2", "password"),
        ("modem", "apn.password"), ("modem", "apn.user"), ("modem", "pincode"), ("MODEM", "PinCode"), ("wifi.ssid", "Home"), ("WiFi.SSID", "Home"), ("wifi.ap", "Car"), ("network.wifi.sta", "x"),
        ("network.wifi.ap", "x"), ("ssh.keys", "me"), ("ssh.server", "key"), ("auto", "wifi.ssid.client"), ("pushover", "token"), ("pushover", "user_key"), ("http", "api.secret"), ("x", "psk"), ("x", "wifi.pwd"),
        ("x", "credentials"), ("x", "auth.basic"), ("tls", "private.key"), ("plugin", "API-Token"),
    ],
)  # fmt: skip
def test_secrets_cannot_be_read(param: str, instance: str) -> None:
    """The module would hand them out, so nothing that may be one is asked for."""
    with pytest.raises(InvalidArgument, match="param: secret"):
        commands.config_setting(param, instance)


@pytest.mark.parametrize(
    ("param", "instance"), [("wifi.ssid/Home", "x"), ("xnl/x", "suffsoc"), ("/password", "pin"), ("/", "x")]
)
def test_a_param_has_no_slash(param: str, instance: str) -> None:
    """The module takes what follows the first slash for the instance."""
    with pytest.raises(InvalidArgument):
        commands.config_setting(param, instance)


@pytest.mark.parametrize(
    ("param", "instance"),
    [("xnl", "suffsoc"), ("vehicle", "id"), ("server.v3", "updatetime.idle"), ("locations", "a/b")],
)
def test_settings_that_may_be_read(param: str, instance: str) -> None:
    """All the others."""
    assert commands.config_setting(param, instance) == (param, instance)


# Raw lines


@pytest.mark.parametrize(
    "line",
    [
        "lock 1234", "unlock 1234", "valet 1234", "unvalet 1234", "lock", "loc 1", "lo 1", "l 1", "unl 1", "un 1", "u 1", "val 1", "v 1", "unv 1", "  unlock 1234  ", "LOCK 1234", "Unlock 1",
        "'unlock' 1234", '"unlock" 1234', "un'lock' 1", "u\"nl\"ock 1", "\\unlock 1", "unlo\\ck 1", "'unlock 1234'", "run unlock 1234", "ru unlock 1", "r u 1", "run run unlock 1", "r r r lock 1", "run 'unlock' 1",
        "'run' unlock 1", "run 'unlock 1234'", "run l 1",
        "script eval 'OvmsVehicle.Unlock(\"1\")'", "script eval OvmsVehicle.Lock(1)", "s eval 'OvmsVehicle.Valet (\"1\")'", "script eval 'OvmsVehicle[\"Unvalet\"](1)'", "run script eval 'OvmsCommand.Exec(\"unlock 1\")'",
        "xrz2 unlocktrunk", "xrz unl", "x 'u'", "run XRZ2 UnlockTrunk", "script eval 'OvmsCommand.Exec(\"xrz2 unlocktrunk\")'",
    ],
)  # fmt: skip
def test_raw_lines_move_no_lock(line: str) -> None:
    """That is what the locks are for, which ask for the PIN."""
    with pytest.raises(InvalidArgument, match="command: lock_command"):
        commands.raw(line)


@pytest.mark.parametrize(
    "line",
    [
        "stat", "charge current 16", "charge current 16.5", "charge current nan", "metrics list v.e.locked", "location list", "log level debug", "vehicle status", "run stat", "run", "xnl ?", "xrz2", "xrz2 lighting", "server v3 status", "unknown",
        "config set vehicle note 'a b'", "script eval 'print(OvmsMetrics.Value(\"v.e.locked\"))'", "script eval 'print(OvmsMetrics.Value(\"v.e.valet\"))'", "script run unlocked.js", "notify list", "Ünïcode",
    ],
)  # fmt: skip
def test_other_raw_lines_are_sent_as_they_are(line: str) -> None:
    """For people who know what they do."""
    assert commands.raw(f" {line} ").text == line


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "empty"), ("   ", "empty"), ("\n", "empty"), ("stat\nunlock 1", "control_characters"), ("stat\r", "control_characters"), ("\x00", "control_characters"), ("stat\x00", "control_characters"),
        ("stat\t-v", "control_characters"), ("stat\u2028unlock 1", "control_characters"), ("stat\x85unlock 1", "control_characters"), ("stat\u00a0", "control_characters"), ("stat\ud800", "control_characters"),
        ("x" * 800, "too_long"), ("ü" * 400, "too_long"), ("x" * 10_000, "too_long"),
    ],
)  # fmt: skip
def test_raw_lines_are_one_line(line: str, reason: str) -> None:
    """A line break would begin a second command, and the module cuts what is longer than its buffer."""
    with pytest.raises(InvalidArgument, match=f"command: {reason}"):
        commands.raw(line)
    assert len(commands.raw("x" * 799).text) == 799
