"""RAPI as five real controller firmwares answer it, run on a simulated board: asked in this order, one board each."""

from datetime import UTC, datetime
from functools import reduce
from operator import xor

import pytest

from simulators.openevse import MODELS, Car, Knobs
from simulators.openevse.controller import Controller
from simulators.openevse.controllers import Model
from simulators.openevse.rapi_commands import Processor
from simulators.openevse.states import State

VERSIONS = ("4.5.1", "4.12.3", "5.0.1", "7.1.3", "8.2.3")

# A command and its answers, in the order of the versions; one answer is that of all of them.
ALONE = (
    ("$GV", "$OK D4.5.1 3.0.1", "$OK 4.12.3.EU 4.0.1", "$OK 5.0.1 4.0.1", "$OK 7.1.3 5.1.3", "$OK 8.2.3 5.2.1"),
    ("$GS", "$OK 1 0", "$OK 1 0", "$OK 1 0", "$OK 01 0 01 0200", "$OK 01 0 01 0200"),
    ("$G0", "$NK", "$OK 0", "$OK 0", "$OK 0", "$OK 0"),
    ("$G3", "$OK 0", "$OK 0", "$OK 0", "$OK 0", "$NK"),
    ("$G4", "$NK"),
    ("$G5", "$NK", "$NK", "$NK", "$NK", "$OK 0 A"),
    ("$GA", "$OK 220 0"),
    ("$GC", "$OK 10 80", "$OK 6 32", "$OK 6 80", "$OK 6 80 24 24", "$OK 6 80 24 24"),
    ("$GD", "$NK", "$OK 0 0 0 0", "$OK 0 0 0 0", "$OK 0 0 0 0", "$OK 0 0 0 0"),
    ("$GE", "$OK 16 0001", "$OK 32 0001", "$OK 16 0001", "$OK 24 0001", "$OK 24 0001"),
    ("$GF", "$OK 0 0 0"),
    ("$GG", "$OK 0 -1", "$OK 0 -1", "$OK 0 -1", "$OK 0 240000", "$OK 0 240000"),
    ("$GH", "$OK 0", "$OK 0", "$OK 0", "$OK 0", "$NK"),
    ("$GI", "$NK", "$NK", "$NK", "$NK", "$OK  \xf5\x01\x0c\x94\xf5\x010C94F501"),
    ("$GM", "$NK"),
    ("$GO", "$NK"),
    ("$GP", "$OK 250 0 230", "$OK 250 0 -2560", "$OK 250 0 -2560", "$OK 250 0 -2560", "$OK 250 0 -2560"),
    (
        "$GT",
        "$OK 26 11 20 3 43 59",
        "$OK 26 11 20 3 44 28",
        "$OK 26 11 20 3 44 57",
        "$OK 26 11 20 3 45 55",
        "$OK 26 11 20 3 46 25",
    ),
    ("$GU", "$OK 0 0"),
    ("$GY", "$NK", "$NK", "$NK", "$NK", "$OK 0 0 0"),
    ("$F0 0", "$NK", "$OK", "$OK", "$OK", "$OK"),
    ("$F0 1", "$NK", "$OK", "$OK", "$OK", "$OK"),
    ("$FB 2", "$OK"),
    ("$FP 0 0 Hi", "$OK"),
    ("$S0 1", "$OK"),
    ("$S1 26 11 20 12 30 0", "$OK"),
    ("$S2 1", "$OK", "$OK", "$OK", "$OK", "$NK"),
    ("$S2 0", "$OK", "$OK", "$OK", "$OK", "$NK"),
    ("$S3 4", "$OK", "$NK", "$NK", "$NK", "$NK"),
    ("$S4 1", "$NK"),
    ("$S4 0", "$NK"),
    ("$S5 A", "$NK", "$NK", "$NK", "$NK", "$OK"),
    ("$SA 220 0", "$OK"),
    ("$SB", "$NK"),
    ("$SC 16", "$OK 16"),
    ("$GC", "$OK 10 80", "$OK 6 32", "$OK 6 80", "$OK 6 80 16 16", "$OK 6 80 16 16"),
    ("$SC 20 V", "$OK 20", "$OK 20", "$NK 16", "$NK 16", "$NK 16"),
    ("$GC", "$OK 10 80", "$OK 6 32", "$OK 6 80", "$OK 6 80 16 16", "$OK 6 80 16 16"),
    ("$SC 5", "$NK 6"),
    ("$SC 24", "$OK 24"),
    ("$SH 10", "$OK", "$NK", "$NK", "$NK", "$NK"),
    ("$SK 5000", "$OK"),
    ("$GU", "$OK 0 5000"),
    ("$SK 0", "$OK"),
    ("$SL 2", "$OK"),
    ("$SM 1 2", "$NK"),
    ("$ST 1 2 3 4", "$OK"),
    ("$GD", "$NK", "$OK 1 2 3 4", "$OK 1 2 3 4", "$OK 1 2 3 4", "$OK 1 2 3 4"),
    ("$ST 0 0 0 0", "$OK"),
    ("$SV 230000", "$OK", "$NK", "$NK", "$OK", "$OK"),
    ("$GE", "$OK 24 0021", "$OK 24 0001", "$OK 24 0021", "$OK 24 0021", "$OK 24 0021"),
    ("$SV 1", "$OK", "$NK", "$NK", "$OK", "$OK"),
    ("$SY", "$NK", "$NK", "$NK", "$NK", "$OK 0 0 0"),
    ("$SD 1", "$OK", "$NK", "$NK", "$NK", "$NK"),
    ("$SF 1", "$OK", "$NK", "$NK", "$NK", "$NK"),
    ("$SG 1", "$OK", "$NK", "$NK", "$NK", "$NK"),
    ("$SR 1", "$OK", "$NK", "$NK", "$NK", "$NK"),
    ("$SO 650 650", "$NK"),
    ("$FF D 1", "$NK", "$OK", "$OK", "$OK", "$OK"),
    ("$FF T 1", "$NK", "$OK", "$OK", "$OK", "$OK"),
    ("$FF B 1", "$NK", "$NK", "$NK", "$OK", "$OK"),
    ("$F1", "$NK", "$NK", "$OK", "$OK", "$OK"),
    ("$GS", "$OK 1 0", "$OK 254 0", "$OK 1 0", "$OK 01 0 01 0200", "$OK 01 0 01 0200"),
    ("$F1", "$NK", "$NK", "$OK", "$OK", "$OK"),
    ("$GS", "$OK 1 0", "$OK 254 0", "$OK 254 0", "$OK fe 0 01 0200", "$OK fe 0 01 0200"),
    ("$FD", "$OK"),
    ("$GS", "$OK 255 0", "$OK 255 0", "$OK 255 0", "$OK ff 0 01 0200", "$OK ff 0 01 0200"),
    ("$FS", "$OK"),
    ("$GS", "$OK 254 0", "$OK 254 0", "$OK 254 0", "$OK fe 0 01 0200", "$OK fe 0 01 0200"),
    ("$FE", "$OK"),
    ("$GS", "$OK 1 0", "$OK 1 0", "$OK 1 0", "$OK 01 0 01 0200", "$OK 01 0 01 0200"),
)
WITH_A_CAR = (
    ("$GS", "$OK 2 0", "$OK 2 0", "$OK 2 0", "$OK 02 0 02 0700", "$OK 02 0 02 0700"),
    ("$G0", "$NK", "$OK 1", "$OK 1", "$OK 1", "$OK 1"),
    ("$S3 4", "$OK", "$OK", "$OK", "$OK", "$NK"),
    ("$G3", "$OK 4", "$OK 4", "$OK 4", "$OK 4", "$NK"),
    ("$SH 10", "$OK", "$OK", "$OK", "$OK", "$NK"),
    ("$GH", "$OK 10", "$OK 10", "$OK 10", "$OK 10", "$NK"),
    ("$S3 0", "$OK", "$OK", "$OK", "$OK", "$NK"),
    ("$SH 0", "$OK", "$OK", "$OK", "$OK", "$NK"),
)


def recorded(rows: tuple[tuple[str, ...], ...], version: str) -> list[tuple[str, str]]:
    """The commands with the answers of one version."""
    index = VERSIONS.index(version)
    return [(command, answers[index % len(answers)]) for command, *answers in rows]


def bench(version: str, model: Model | None = None) -> Controller:
    """A board as that of the recordings: its display's sensor reads 0, it has none for infrared, its chip is not numbered."""
    clock = dict(recorded(ALONE, version))["$GT"].split(" ")[1:]
    year, month, day, hour, minute, second = (int(part) for part in clock)
    controller = Controller(
        model or MODELS[version], datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    )
    controller.board.temperatures.lcd = 0.0
    controller.board.chip = b"\xf5\x01\x0c\x94\xf5\x010C94F501"
    controller.settle()
    return controller


def body(answer: str) -> str:
    """An answer without its checksum, which must be right."""
    text, found, checksum = answer.partition("^")
    assert found
    assert checksum == f"{reduce(xor, text.encode('latin-1'), 0):02X}"
    return text


@pytest.mark.parametrize("version", VERSIONS)
def test_answers_as_recorded(version: str) -> None:
    """Every command of the recordings, those that no build knows included."""
    controller = bench(version)
    processor = Processor(controller, Knobs())
    answers = [(command, body(processor.answer(command))) for command, _ in recorded(ALONE, version)]
    controller.plug_in(Car(ready=False))
    answers += [(command, body(processor.answer(command))) for command, _ in recorded(WITH_A_CAR, version)]
    assert answers == recorded(ALONE, version) + recorded(WITH_A_CAR, version)


def test_all_commands_are_covered() -> None:
    """The recordings ask for every command that any of the recorded firmwares knows, but for two that end a recording."""
    asked = {row[0].split(" ")[0].removeprefix("$") for row in ALONE + WITH_A_CAR}
    known = {command for version in VERSIONS for command in MODELS[version].commands}
    assert known - asked == {"FR", "SE"}


def test_the_firmware_that_was_only_read() -> None:
    """It knows what the last recorded one does, and two more: counters that begin anew, and the frequency of the mains."""
    controller = bench("8.2.3", MODELS["9.0.1"])
    processor = Processor(controller, Knobs())
    assert MODELS.keys() - set(VERSIONS) == {"9.0.1"}
    for command, answer in recorded(ALONE, "8.2.3"):
        if command not in {"$GV", "$FC", "$GZ"}:
            assert body(processor.answer(command)) == answer, command
    assert body(processor.answer("$GV")) == "$OK D9.0.1 6.0.0"
    assert body(processor.answer("$GZ")) == "$OK 0"
    controller.eeprom.watt_hours = 5000
    controller.plug_in(Car())
    controller.trip(State.GFCI_FAULT)
    assert body(processor.answer("$GZ")) == "$OK 5000"
    assert body(processor.answer("$GF")) == "$OK 1 0 0"
    assert body(processor.answer("$FC")) == "$OK"
    assert body(processor.answer("$GF")) == "$OK 0 0 0"
    assert controller.lifetime == 0
