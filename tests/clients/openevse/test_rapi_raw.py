"""A raw line is one command, within the limits of those that are known, and none of those that do harm."""

import pytest

from custom_components.open_ev.clients.openevse import rapi_commands as commands
from custom_components.open_ev.clients.openevse.errors import BadAnswer, InvalidArgument, RapiRefused
from custom_components.open_ev.clients.openevse.rapi_results import Capacity

from .frames import nk, ok, sealed, summed


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("$GC", "$GC"),
        ("GC", "$GC"),
        ("  $GC  ", "$GC"),
        ("$gc", "$GC"),
        ("gc", "$GC"),
        ("$GC^20", "$GC"),
        ("$GC*ae", "$GC"),
        (sealed("$SC 16 V"), "$SC 16 V"),
        (summed("$SC 16 V"), "$SC 16 V"),
        ("sc 16", "$SC 16"),
        # A blank at the end is a slip of the hand, and no argument.
        ("$SC 16 ", "$SC 16"),
        ("$S1 18 10 18 12 30 00", "$S1 18 10 18 12 30 0"),
        ("$FP 0 0 Hello  there", "$FP 0 0 Hello  there"),
        ("$FF D 0", "$FF D 0"),
        ("$FF Z 1", "$FF Z 1"),
        # One name, two meanings: V or a switch.
        ("$SV 230000", "$SV 230000"),
        ("$SV 1", "$SV 1"),
        ("$SY", "$SY"),
        # What is not known here is not for this client to judge.
        ("$GZ", "$GZ"),
        ("$SO 650 650", "$SO 650 650"),
        ("$SQ a b", "$SQ a b"),
    ],
)
def test_a_line_is_a_command(line: str, text: str) -> None:
    """However it is spelled."""
    command = commands.raw(line)
    assert command.text == text
    assert command.frame == sealed(text)


def test_its_answer_is_read_like_any_other() -> None:
    """And that of an unknown one is words."""
    assert commands.raw("gc").result(ok("6 80")) == Capacity(6, 80)
    assert commands.raw("gz").result(ok("6012 200")) == ("6012", "200")
    assert commands.raw("gz").result(ok()) == ()
    with pytest.raises(RapiRefused):
        commands.raw("gz").result(nk())
    with pytest.raises(BadAnswer):
        commands.raw("gc").result(ok("6"))


@pytest.mark.parametrize(
    ("line", "argument", "reason"),
    [
        ("", "command", "empty"),
        ("   ", "command", "empty"),
        ("$", "command", "not_a_command"),
        ("x" * 1_000_000, "command", "too_long"),
        (" " * 1_000_000, "command", "too_long"),
        ("$FP 0 0 0123456789ABCDEF 0123", "command", "too_long"),
        ("$GC\n", "command", "control_characters"),
        ("$GC\r$FD", "command", "control_characters"),
        ("$FP 0 0 \x00", "command", "control_characters"),
        ("$GC\t", "command", "control_characters"),
        ("$ßC", "command", "not_ascii"),
        ("$FP 0 0 ä", "command", "not_ascii"),
        ("$GC $FD", "command", "reserved_characters"),
        ("$$GC", "command", "reserved_characters"),
        ("$GC^21", "command", "reserved_characters"),
        ("$GC^2", "command", "reserved_characters"),
        ("$GC^", "command", "reserved_characters"),
        ("$GC^20^20", "command", "reserved_characters"),
        ("$GC :5A", "command", "reserved_characters"),
        ('$FP 0 0 "', "command", "reserved_characters"),
        ("$G", "command", "not_a_command"),
        ("$GCX", "command", "not_a_command"),
        ("$OK", "command", "not_a_command"),
        ("$AT 03", "command", "not_a_command"),
        ("$T0 75", "command", "not_a_command"),
        ("$Z0 1 2", "command", "not_a_command"),
        ("$GC 1", "command", "wrong_number_of_arguments"),
        ("$FD now", "command", "wrong_number_of_arguments"),
        # The controller would read whatever the command before left there.
        ("$SK", "command", "wrong_number_of_arguments"),
        ("$SC", "command", "wrong_number_of_arguments"),
        ("$FP 0 0", "command", "wrong_number_of_arguments"),
        ("$ST 22 0 6", "command", "wrong_number_of_arguments"),
        ("$SC 300", "current", "out_of_range"),
        ("$SC 5", "current", "out_of_range"),
        ("$SC 81 V", "current", "out_of_range"),
        ("$SC abc", "current", "not_a_number"),
        ("$SC -6", "current", "not_a_number"),
        ("$SC 1_6", "current", "not_a_number"),
        ("$SC 99999999999", "current", "not_a_number"),
        ("$SC  16", "current", "not_a_number"),
        # Once and for ever.
        ("$SC 16 M", "keep", "unknown"),
        ("$SC 16 v", "keep", "unknown"),
        ("$SC 16 V M", "keep", "unknown"),
        ("$S1 26 13 1 0 0 0", "month", "out_of_range"),
        ("$ST 25 61 0 0", "start", "out_of_range"),
        ("$ST 22 0 6 60", "stop", "out_of_range"),
        ("$SA 220 -5", "offset", "not_a_number"),
        ("$SL 3", "level", "unknown"),
        ("$SL 12", "level", "unknown"),
        ("$S5 X", "mode", "unknown"),
        ("$FB 9", "colour", "out_of_range"),
        ("$FF X 1", "feature", "unknown"),
        ("$FF D 2", "enabled", "out_of_range"),
        ("$SV 2", "enabled", "out_of_range"),
        # The gateway's own, with which it lowers the current if it dies.
        ("$SY 100 6", "command", "wrong_number_of_arguments"),
        ("$SY 165", "command", "wrong_number_of_arguments"),
    ],
)
def test_what_is_no_command_or_out_of_range_is_refused(line: str, argument: str, reason: str) -> None:
    """With a reason, and nothing sent."""
    with pytest.raises(InvalidArgument) as raised:
        commands.raw(line)
    assert (raised.value.argument, raised.value.reason) == (argument, reason)


@pytest.mark.parametrize(
    "line",
    [
        "$FF E 0", "$FF E 1", "FF E 0", "ff e 0", "$ff e 1", "$Ff E 0", " $FF E 0 ", "$FF  E 0", "$FF EE 0", "$FF E",
        sealed("$FF E 0"), summed("$FF E 1"), "$SE 0", "se 1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("managed", [False, True])
def test_the_echo_is_never_switched(line: str, managed: bool) -> None:
    """However it is spelled: the gateway would understand no answer any more."""
    with pytest.raises(InvalidArgument, match="command: echo"):
        commands.raw(line, managed=managed)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("$ST 22 0 6 0", "flaps"),
        ("$ST 0 0 0 0", "flaps"),
        ("st 22 0 6 0", "flaps"),
        ("$FD", "undone"),
        ("$FE", "undone"),
        ("$fs", "undone"),
        ("$SC 16 V", "undone"),
        ("$SC 16 N", "undone"),
    ],
)
def test_what_a_manager_fights_is_left_to_it(line: str, reason: str) -> None:
    """It would be answered well, and then be undone, or be fought over for ever; without a manager all of it works."""
    with pytest.raises(InvalidArgument) as raised:
        commands.raw(line, managed=True)
    assert (raised.value.argument, raised.value.reason) == ("command", reason)
    assert commands.raw(line).text.startswith("$")


@pytest.mark.parametrize("line", ["$SC 16", "$FR", "$F1", "$GS", "$FP 0 0 Hi", "$SV 230000", "$S5 A"])
def test_a_manager_leaves_the_rest_to_others(line: str) -> None:
    """So it is not refused."""
    assert commands.raw(line, managed=True).text == line
