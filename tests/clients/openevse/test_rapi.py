"""Frames: what is sent is one whole command, and what is read is one whole answer."""

import pytest

from custom_components.open_ev.clients.openevse import rapi
from custom_components.open_ev.clients.openevse.errors import BadAnswer, InvalidArgument
from custom_components.open_ev.clients.openevse.rapi import Answer

from .frames import nk, ok, sealed, summed, xor_of

# Printed in the header file of the controllers' firmware.
PRINTED_XOR = (
    "$F0 1^43", "$F0 0^42", "$SK 0^2C", "$ST 0 0 0 0^23", "$G0^53", "$G3^50", "$G4^57", "$GA^22", "$GC^20", "$GD^27",
    "$GE^26", "$GF^25", "$GG^24", "$GH^2B", "$GM^2E", "$GO^2C", "$GP^33", "$GS^30", "$GT^37", "$GU^36", "$GV^35",
    "$S1 18 10 18 12 30 00^47",
)  # fmt: skip
PRINTED_SUMS = (
    "$FB 7*03", "$FD*AE", "$FE*AF", "$FR*BC", "$FS*BD", "$S0 0*F7", "$S0 1*F8", "$S2 0*F9", "$S2 1*FA", "$SL 1*14",
    "$SL 2*15", "$SL A*24", "$SD 0*0B", "$SD 1*0C", "$SF 0*0D", "$SF 1*0E", "$SG 0*0E", "$SG 1*0F", "$SK 0*12",
    "$SR 0*19", "$SR 1*1A", "$ST 0 0 0 0*0B", "$SV 0*1D", "$SV 1*1E", "$GA*AC", "$GC*AE", "$GE*B0", "$GF*B1", "$GG*B2",
    "$GP*BB", "$GS*BE", "$GT*BF", "$GU*C0", "$GV*C1",
)  # fmt: skip
# Printed by programs of others: OpenEVSE's library for Node, the first WiFi firmwares, and the simulator of its web page.
PRINTED_ELSEWHERE = (
    "$FB 0^30", "$FB 1^31", "$FB 2^32", "$FB 3^33", "$FB 4^34", "$FB 5^35", "$FB 6^36", "$FB 7^37", "$FD^26", "$FE^27",
    "$FS^31", "$FR^30", "$FP 0 0 Hello World^32", "$S0 0^57", "$S0 1^56", "$SD 0^23", "$SD 1^22", "$SF 0^21", "$SF 1^20",
    "$SG 0^20", "$SG 1^21", "$SL 1^2A", "$SL 2^29", "$SL A^5A", "$SR 0^35", "$SR 1^34", "$ST 0 0 0 0^23", "$SV 0^31",
    "$SV 1^30",
)  # fmt: skip
ANSWERED_ELSEWHERE = (
    "$OK 0^30", "$OK 10 80^29", "$OK 20 0229^2B", "$OK 650 650^20", "$OK 0 0 0 0^20", "$OK 0 54^11", "$OK 0 c 0^63",
    "$OK 3 108^2A", "$OK 0 -1^0C", "$OK 247 0 230^30", "$OK 18 0 25 23 54 27^1B",
)  # fmt: skip
# What controllers answered; most are the recordings of a 5.0.1 by the library python-openevse-wifi.
ANSWERED = (
    "$OK^20", "$NK^21", "$OK 6 80 24 24^1E", "$OK 30 0121^21", "$OK 220 0^20", "$OK 6 80^1E", "$OK 0^30", "$OK 0 0 0^30",
    "$OK 30 0001^22", "$OK 2 3^21", "$OK 1 0^21", "$OK 580 570 -2560^23", "$OK 0 2 19 1 40 47^1C", "$OK 1^31",
    "$OK 0 136425^17", "$OK 5.0.1 4.0.1^21",
)  # fmt: skip
# Printed with a wrong checksum: by the header file of the controllers' firmware 9, and by two programs of others.
PRINTED_WRONG = {
    "$GL^3a": "$GL^2F", "$GW^39": "$GW^34", "$GZ^38": "$GZ^39", "$OK 16 0021^16": "$OK 16 0021^24",
    "$OK 32 0001^22": "$OK 32 0001^20",
}  # fmt: skip


@pytest.mark.parametrize("frame", [*PRINTED_XOR, *PRINTED_ELSEWHERE])
def test_a_command_has_the_checksum_that_is_printed(frame: str) -> None:
    """So the checksum is the firmware's, and not one that this client and these tests agree on."""
    command = frame[:-3]
    assert rapi.build(command) == frame == sealed(command)
    assert rapi.build(command.removeprefix("$")) == frame


@pytest.mark.parametrize("frame", PRINTED_SUMS)
def test_the_older_checksum_is_the_one_that_is_printed(frame: str) -> None:
    """The sum of all before the `*`."""
    assert rapi.additive_checksum(frame[:-3]) == int(frame[-2:], 16)
    assert summed(frame[:-3]) == frame


@pytest.mark.parametrize("line", [*ANSWERED, *ANSWERED_ELSEWHERE])
def test_an_answer_has_the_checksum_that_was_seen(line: str) -> None:
    """Of real controllers, and of those that others have made up."""
    answer = rapi.read(line)
    assert answer.line == line[:-3]
    assert answer.accepted == line.startswith("$OK")


def test_the_guide_prints_one_checksum_wrong() -> None:
    """Of the 70 in its tables it is the one of the answer to `$G4` while locked: 30 is that of `$OK 0`."""
    with pytest.raises(BadAnswer, match="wrong_checksum"):
        rapi.read("$OK 1^30")
    assert rapi.read("$OK 1^31") == ok("1")
    assert rapi.read("$OK 0^30") == ok("0")


@pytest.mark.parametrize(("printed", "right"), PRINTED_WRONG.items())
def test_others_print_some_wrong_too(printed: str, right: str) -> None:
    """So what is printed is not believed because it is printed."""
    assert sealed(printed[:-3]) == right != printed
    if printed.startswith("$OK"):
        with pytest.raises(BadAnswer, match="wrong_checksum"):
            rapi.read(printed)
    else:
        assert rapi.build(printed[:-3]) == right


def test_a_sequence_id_is_part_of_what_is_summed() -> None:
    """From 01 to FF; 00 would be none."""
    assert rapi.build("$GC", sequence=0x5A) == sealed("$GC :5A")
    assert rapi.build("$GC", sequence=1) == sealed("$GC :01")
    assert rapi.build("$GC", sequence=255) == sealed("$GC :FF")
    for sequence in (0, -1, 256):
        with pytest.raises(InvalidArgument, match="sequence: out_of_range"):
            rapi.build("$GC", sequence=sequence)


def test_an_answer_must_have_the_sequence_id_of_its_command() -> None:
    """Another one is the answer to another command."""
    assert rapi.read(sealed("$OK 6 80 :5A"), sequence=0x5A) == ok("6 80", sequence=0x5A)
    assert rapi.read(sealed("$NK :5a"), sequence=0x5A) == nk(sequence=0x5A)
    for line, sequence in (("$OK 6 80 :5B", 0x5A), ("$OK 6 80", 0x5A), ("$OK 6 80 :5A", None)):
        with pytest.raises(BadAnswer, match="wrong_sequence_id"):
            rapi.read(sealed(line), sequence=sequence)


def test_a_frame_leaves_room_for_the_checksum_of_the_gateway() -> None:
    """31 bytes are the most, and the gateway adds three; the controller would never answer to more."""
    longest = f"$ZZ {'x' * 21}"
    assert len(rapi.build(longest)) == 28
    for command, sequence in ((f"{longest}x", None), (longest, 1), ("$" + "X" * 10_000, None), ("G" * 10_000, None)):
        with pytest.raises(InvalidArgument, match="command: too_long"):
            rapi.build(command, sequence=sequence)


def test_a_command_has_ten_words_at_most() -> None:
    """The controller takes the eleventh for a wrong checksum; a sequence id is a word as well."""
    assert rapi.build("$ZZ 1 2 3 4 5 6 7 8 9")
    assert rapi.build("$ZZ 1 2 3 4 5 6 7 8", sequence=1)
    for command, sequence in (("$ZZ 1 2 3 4 5 6 7 8 9 0", None), ("$ZZ 1 2 3 4 5 6 7 8 9", 1)):
        with pytest.raises(InvalidArgument, match="command: too_many_words"):
            rapi.build(command, sequence=sequence)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("", "not_a_command"),
        ("$", "not_a_command"),
        (" ", "not_a_command"),
        ("$G", "not_a_command"),
        ("$GCX", "not_a_command"),
        ("$gc", "not_a_command"),
        ("$Gc", "not_a_command"),
        ("$ GC", "not_a_command"),
        ("$5C 1", "not_a_command"),
        ("$GC\r$FD", "control_characters"),
        ("$GC\n", "control_characters"),
        ("$FP 0 0 \x1b[2J", "control_characters"),
        ("$FP 0 0 \x00", "control_characters"),
        ("$FP 0 0 \x7f", "control_characters"),
        ("$FP 0 0 \u2028", "control_characters"),
        ("$FP 0 0 \ud800", "control_characters"),
        ("$FP 0 0 5 €", "not_ascii"),
        ("$FP 0 0 \xef", "not_ascii"),
        ("$SC １６", "not_ascii"),
        # Each `$` begins a command, whatever is before it.
        ("$$GC", "reserved_characters"),
        ("$FP 0 0 $FD", "reserved_characters"),
        ("$FP 0 0 $FF E 0", "reserved_characters"),
        ("$FP 0 0 2^8", "reserved_characters"),
        ("$GC^20", "reserved_characters"),
        ("$GC*AE", "reserved_characters"),
        # The gateway writes the command into its answer as it is.
        ('$FP 0 0 "', "reserved_characters"),
        ("$FP 0 0 \\", "reserved_characters"),
        ("$FP 0 0 :)", "reserved_characters"),
        ("$GC :5A", "reserved_characters"),
    ],
)
def test_what_is_not_one_command_is_refused(command: str, reason: str) -> None:
    """Nothing of it is sent."""
    with pytest.raises(InvalidArgument) as raised:
        rapi.build(command)
    assert (raised.value.argument, raised.value.reason) == ("command", reason)


@pytest.mark.parametrize(
    "command",
    [
        "$FF E 0",
        "$FF E 1",
        "FF E 0",
        "$FF E",
        "$FF EX 0",
        "$FF  E 0",
        "$ff e 0",
        "$Ff E 0",
        "$FF e 1",
        "$SE 0",
        "$se 1",
    ],
)
def test_the_echo_is_never_switched(command: str) -> None:
    """Not even off, because `$FF E 0` switches it on, and the controller looks at no more than the first letter."""
    with pytest.raises(InvalidArgument, match="command: echo"):
        rapi.build(command)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("$OK", ok()),
        ("$NK", nk()),
        ("$NK 6", nk("6")),
        ("$OK 6 80", ok("6 80")),
        ("$OK ", ok()),
        ("$OK  \xf5\x01 \r\x94^0C94F501", ok(" \xf5\x01 \r\x94^0C94F501")),
    ],
)
@pytest.mark.parametrize("end", ["", "\r", "\r\n", "\n"])
def test_answers_are_read(line: str, answer: Answer, end: str) -> None:
    """With any of the checksums, in either case, and whatever bytes are before it."""
    frames = [sealed(line), f"{line}^{xor_of(line):02x}", summed(line)]
    for frame in frames:
        assert rapi.read(frame + end) == answer


def test_an_answer_tells_its_words() -> None:
    """And is written again as it came."""
    answer = rapi.read(sealed("$OK 6 80"))
    assert answer.tokens == ("6", "80")
    assert answer.line == "$OK 6 80"
    refusal = rapi.read(sealed("$NK"))
    assert refusal.tokens == ()
    assert refusal.line == "$NK"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "not_an_answer"),
        ("OK^04", "not_an_answer"),
        (" $OK^20", "not_an_answer"),
        ("<html>", "not_an_answer"),
        (sealed("$OKAY"), "not_an_answer"),
        (sealed("$ok"), "not_an_answer"),
        (sealed("$$OK"), "not_an_answer"),
        (sealed("$"), "not_an_answer"),
        (sealed("$GC"), "not_an_answer"),
        (sealed("$QQ 1"), "not_an_answer"),
        ("$OK", "no_checksum"),
        ("$OK 6 80", "no_checksum"),
        ("$", "no_checksum"),
        ("$OK^", "no_checksum"),
        ("$OK^2", "no_checksum"),
        ("$OK^2G", "no_checksum"),
        ("$OK^+2", "no_checksum"),
        ("$OK^２0", "no_checksum"),
        ("$OK^20\r\r", "no_checksum"),
        ("$OK#20", "no_checksum"),
        ("$OK^21", "wrong_checksum"),
        ("$OK 6 81^14", "wrong_checksum"),
        ("$OK*21", "wrong_checksum"),
        ("$OK \ufffd^20", "not_bytes"),
        ("$OK \ud800*20", "not_bytes"),
        (sealed("$OK " + "1" * 100), "too_long"),
        ("$OK " + "1" * 1_000_000, "too_long"),
    ],
)
def test_what_is_no_whole_answer_is_refused(line: str, reason: str) -> None:
    """And its text stays out of the error."""
    with pytest.raises(BadAnswer) as raised:
        rapi.read(line)
    assert raised.value.reason == reason
    assert len(str(raised.value)) < 60


def test_the_longest_answer_is_read() -> None:
    """It fills a gateway's buffer."""
    text = "1" * (rapi.MAX_ANSWER - len("$OK ^00"))
    assert rapi.read(sealed(f"$OK {text}")) == ok(text)


@pytest.mark.parametrize(
    "line", ["$AB 00 8.2.3", "$AT 03 03 16 0140", "$AN 1", "$WF 02", "$ST 03", "$ST", "$ST 22 0 6 0"]
)
def test_what_the_controller_says_unasked_is_no_answer(line: str) -> None:
    """Nor is the command itself, come back as an echo."""
    with pytest.raises(BadAnswer, match="asynchronous"):
        rapi.read(sealed(line))
    with pytest.raises(BadAnswer, match="no_checksum"):
        rapi.read(line)
