"""The simulated controller: states, energy, limits, memory."""

from datetime import UTC, datetime

import pytest

from simulators.openevse import MODELS, Car, Knobs, State
from simulators.openevse.controller import Controller
from simulators.openevse.rapi import exclusive_or, read, sealed, signed_word, unsigned_byte
from simulators.openevse.rapi_commands import Processor

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Bench:
    """A controller, and somebody at its serial line."""

    def __init__(self, version: str = "7.1.3") -> None:
        self.controller = Controller(MODELS[version], NOON)
        self.controller.settle()
        self._processor = Processor(self.controller, Knobs())

    def say(self, line: str) -> str:
        """Send a line; returns the answer without its checksum."""
        return self._processor.answer(line).partition("^")[0]

    def raw(self, line: str) -> str:
        """Send a line; returns the answer as it is."""
        return self._processor.answer(line)

    def run(self, seconds: int) -> None:
        """Let time pass, second by second."""
        for _ in range(seconds):
            self.controller.run(1)

    def state(self) -> State:
        """What it is in; a call, because for a type checker an attribute does not change by itself."""
        return self.controller.state


@pytest.fixture
def bench() -> Bench:
    """A 7.1.3, which knows most."""
    return Bench()


def test_checksums() -> None:
    """XOR before `^`, the sum before `*`, or none; a wrong or a short one is refused."""
    assert sealed("$GC") == "$GC^20"
    assert exclusive_or("$OK 1") == 0x31
    assert read("$GC^20") == read("$GC") == read("$GC*AE")
    for wrong in ("$GC^21", "$GC^2", "$GC^", "$GC*00"):
        assert read(wrong) is None


def test_a_second_checksum_does_no_harm(bench: Bench) -> None:
    """The gateway seals what is sealed already; the first one counts."""
    assert bench.say("$GC^20^4E") == "$OK 6 80 24 24"
    assert bench.raw("$GC^21^4F") == "$NK^21"


def test_sequence_ids(bench: Bench) -> None:
    """They come back in upper case, but for 00."""
    assert bench.say("$GA :5a") == "$OK 220 0 :5A"
    assert bench.say("$GA :00") == "$OK 220 0"
    assert bench.say("$XX :5a") == "$NK :5A"


@pytest.mark.parametrize("line", ["$gs", "$G", "$", "$GS 1 2 3 4 5 6 7 8 9 10", "$SC", "$FF D", "$ST 1 2"])
def test_nonsense_is_refused(bench: Bench, line: str) -> None:
    """Lower case, what nobody knows, too much, too little."""
    assert bench.say(line) == "$NK"


def test_numbers_are_read_as_the_firmware_reads_them() -> None:
    """Any byte is a digit."""
    assert [unsigned_byte(text) for text in ("300", "abc", "16")] == [44, 75, 16]
    assert [signed_word(text) for text in ("-5", "220")] == [-25, 220]


def test_a_charge(bench: Bench) -> None:
    """Plug in, charge, be full, leave: the relay moves twice, the session's numbers stay."""
    bench.controller.plug_in(Car(limit=10, capacity=20_000, soc=99))
    assert bench.state() == State.CHARGING
    assert bench.say("$GG") == "$OK 10000 240000"
    assert bench.say("$GS") == "$OK 03 0 03 0540"
    bench.run(60)
    assert bench.say("$GS") == "$OK 03 60 03 0540"
    assert bench.say("$GU") == "$OK 144000 40"
    bench.run(300)
    assert bench.state() == State.CONNECTED
    assert bench.say("$GG") == "$OK 0 240000"
    bench.controller.unplug()
    assert bench.state() == State.NOT_CONNECTED
    assert bench.say("$GS") == "$OK 01 300 01 0200"
    assert bench.controller.switches == 2


def test_pilot_limits_the_current(bench: Bench) -> None:
    """A car takes what it may, and no more than it can."""
    bench.controller.plug_in(Car(limit=32))
    assert bench.controller.current == 24
    bench.say("$SC 8 V")
    assert bench.controller.current == 8


def test_it_gets_warm(bench: Bench) -> None:
    """And cools down."""
    bench.controller.plug_in(Car(limit=24))
    bench.run(1200)
    warm = bench.controller.board.temperatures.clock
    assert warm is not None
    assert 40 < warm < 43
    bench.controller.unplug()
    bench.run(2400)
    assert bench.say("$GP") == "$OK 250 -2560 -2560"


@pytest.mark.parametrize(("command", "state"), [("$FS", State.SLEEPING), ("$FD", State.DISABLED)])
def test_off_and_on(bench: Bench, command: str, state: State) -> None:
    """Sleep and disable open the relay; the other end is told of, or not, by `$G0`."""
    bench.controller.plug_in(Car())
    assert bench.say(command) == "$OK"
    assert bench.state() == state
    assert not bench.controller.relay_closed
    assert bench.say("$G0") == ("$OK 1" if state is State.SLEEPING else "$OK 2")
    assert bench.say("$FE") == "$OK"
    assert bench.controller.relay_closed


def test_a_car_that_does_not_wake(bench: Bench) -> None:
    """Some cars need -12 V in between."""
    bench.controller.plug_in(Car(sleepy=True))
    bench.say("$FS")
    bench.say("$FE")
    assert bench.state() == State.CONNECTED
    bench.say("$FD")
    bench.say("$FE")
    assert bench.state() == State.CHARGING


@pytest.mark.parametrize(
    ("fault", "letter", "counter"),
    [
        (State.DIODE_CHECK_FAILED, "D", "$OK 0 0 0"),
        (State.NO_GROUND, "G", "$OK 0 1 0"),
        (State.STUCK_RELAY, "R", "$OK 0 0 1"),
        (State.GFCI_SELF_TEST_FAILED, "F", "$OK 0 0 0"),
        (State.OVER_TEMPERATURE, "T", "$OK 0 0 0"),
    ],
)
def test_faults_and_their_checks(bench: Bench, fault: State, letter: str, counter: str) -> None:
    """A fault opens the relay and is counted; with its check off it is not seen."""
    bench.controller.plug_in(Car())
    bench.controller.trip(fault)
    assert bench.state() == fault
    assert not bench.controller.relay_closed
    assert bench.say("$GF") == counter
    assert bench.say(f"$FF {letter} 0") == "$OK"
    assert bench.state() == State.CHARGING
    assert bench.say(f"$FF {letter} 1") == "$OK"
    bench.controller.recover()
    assert bench.state() == State.CHARGING


def test_counters_are_hexadecimal(bench: Bench) -> None:
    """`$GF` is."""
    for _ in range(26):
        bench.controller.trip(State.GFCI_FAULT)
    assert bench.say("$GF") == "$OK 1a 0 0"


def test_over_temperature_keeps_the_current_down(bench: Bench) -> None:
    """It may not be raised; afterwards the stored maximum counts, whatever was set before."""
    bench.say("$SC 10 V")
    bench.controller.trip(State.OVER_TEMPERATURE)
    assert bench.say("$SC 16 V") == "$NK 10"
    bench.controller.recover()
    assert bench.controller.capacity == 24


def test_a_hard_fault_keeps_its_display(bench: Bench) -> None:
    """Nothing may be printed over it."""
    bench.controller.trip(State.STUCK_RELAY)
    assert bench.say("$FP 0 0 Hi") == "$NK"


@pytest.mark.parametrize(("command", "seconds"), [("$S3 1", 900), ("$SH 1", 938)])
def test_limits_of_the_session(bench: Bench, command: str, seconds: int) -> None:
    """A quarter of an hour, or a kilowatt hour at 3.84 kW; gone with the car."""
    bench.controller.plug_in(Car())
    assert bench.say(command) == "$OK"
    bench.run(seconds - 1)
    assert bench.state() == State.CHARGING
    bench.run(1)
    assert bench.state() == State.SLEEPING
    bench.controller.unplug()
    assert bench.state() == State.NOT_CONNECTED
    assert (bench.say("$G3"), bench.say("$GH")) == ("$OK 0", "$OK 0")


def test_an_old_time_limit_counts_from_now() -> None:
    """Up to 4.13 it extends the session."""
    bench = Bench("4.12.3")
    bench.controller.plug_in(Car())
    bench.run(600)
    bench.say("$S3 1")
    bench.run(899)
    assert bench.state() == State.CHARGING
    bench.run(1)
    assert bench.state() == State.SLEEPING


def test_the_timer(bench: Bench) -> None:
    """It enables inside and sleeps outside, over midnight, too."""
    bench.controller.plug_in(Car())
    bench.say("$ST 12 1 12 2")
    assert bench.state() == State.SLEEPING
    bench.run(60)
    assert bench.state() == State.CHARGING
    bench.run(60)
    assert bench.state() == State.SLEEPING
    bench.say("$ST 23 0 12 30")
    assert bench.state() == State.CHARGING


def test_a_timer_and_who_overrules_it(bench: Bench) -> None:
    """It undoes sleep and waking within a second; the button it leaves alone, and what is disabled."""
    bench.controller.plug_in(Car())
    bench.say("$ST 11 0 14 0")
    bench.say("$FS")
    bench.run(1)
    assert bench.state() == State.CHARGING
    bench.say("$F1")
    bench.run(60)
    assert bench.state() == State.SLEEPING
    bench.say("$ST 13 0 14 0")
    bench.say("$FE")
    bench.run(1)
    assert bench.state() == State.SLEEPING
    bench.say("$F1")
    bench.run(60)
    assert bench.state() == State.CHARGING
    bench.say("$FD")
    bench.run(2 * 3600)
    assert bench.state() == State.DISABLED


def test_the_button(bench: Bench) -> None:
    """It stops and starts, unless it is switched off."""
    bench.controller.plug_in(Car())
    bench.controller.press_button()
    assert bench.state() == State.SLEEPING
    bench.say("$F1")
    assert bench.state() == State.CHARGING
    bench.say("$FF B 0")
    bench.controller.press_button()
    assert bench.state() == State.CHARGING


def test_what_survives_a_restart(bench: Bench) -> None:
    """The stored maximum, the checks, calibration and lifetime energy; nothing else."""
    for line in ("$SC 20", "$SC 10 V", "$FF V 0", "$SA 200 3", "$SK 12345", "$S1 30 1 2 3 4 5", "$FB 4"):
        assert bench.say(line).startswith("$OK")
    assert bench.say("$FR") == "$OK"
    assert bench.state() == State.STARTING
    bench.run(4)
    assert bench.say("$GC") == "$OK 6 80 20 20"
    assert bench.say("$GE") == "$OK 20 0005"
    assert bench.say("$GA") == "$OK 200 3"
    assert bench.say("$GU") == "$OK 0 12345"
    assert bench.say("$GT") == "$OK 30 1 2 3 4 9"
    assert bench.controller.eeprom.writes == 4


def test_calibration_scales_what_is_measured(bench: Bench) -> None:
    """And not what flows."""
    bench.controller.plug_in(Car(limit=10))
    bench.say("$SA 110 7")
    assert bench.say("$GG") == "$OK 5007 240000"
    assert bench.controller.current == 10


def test_service_levels(bench: Bench) -> None:
    """Each has its own stored current."""
    assert bench.say("$SL 1") == "$OK"
    assert bench.say("$GC") == "$OK 6 16 12 12"
    assert bench.say("$SC 32") == "$NK 16"
    assert bench.say("$SL 2") == "$OK"
    assert bench.controller.capacity == 24
    assert bench.say("$SL A") == "$OK"
    assert Bench("4.12.3").say("$SL A") == "$NK"


def test_the_hardware_maximum_is_set_once(bench: Bench) -> None:
    """`$SC n M` is for the factory."""
    assert bench.say("$SC 40 M") == "$OK 40"
    assert bench.say("$SC 48 M") == "$NK 40"
    assert bench.say("$SC 60") == "$NK 40"


def test_the_heartbeat() -> None:
    """Without pulses the car gets little, until they are acknowledged."""
    bench = Bench("8.2.3")
    assert bench.say("$SY 5 6") == "$OK 5 6 0"
    bench.controller.miss_heartbeat()
    assert bench.controller.capacity == 6
    assert bench.say("$SY") == "$NK 5 6 2"
    assert bench.say("$SC 16 V") == "$NK 6"
    assert bench.say("$SY 165") == "$OK 5 6 0"
    assert bench.controller.capacity == 24


def test_the_display(bench: Bench) -> None:
    """It is painted over each second, unless it was taken."""
    bench.say("$FP 0 0 Hello there")
    bench.run(1)
    assert bench.controller.board.display.lines == ["Not Connected", "24A"]
    bench.say("$F0 0")
    bench.say("$FP 0 0 Hello there you")
    bench.say("$FP 2 1 twenty characters...")
    bench.run(1)
    assert bench.controller.board.display.lines == ["Hello there you", "24twenty charact"]
    bench.say("$F0 1")
    assert bench.controller.board.display.lines == ["Not Connected", "24A"]


def test_a_board_without_a_clock(bench: Bench) -> None:
    """It tells a date that is none."""
    bench.controller.board.clock = None
    assert bench.say("$S1 26 1 1 0 0 0") == "$OK"
    assert bench.say("$GT") == "$OK 165 165 165 165 165 85"


def test_dates_are_not_checked(bench: Bench) -> None:
    """Even one that is none is agreed to."""
    assert bench.say("$S1 26 13 45 99 0 0") == "$OK"


def test_the_boot_lock() -> None:
    """`$SB` opens it, where there is one."""
    bench = Bench("8.2.3")
    assert bench.say("$SB") == "$NK"
    bench.controller.board.boot_lock = True
    assert bench.say("$SB") == "$OK 0"


def test_old_switches() -> None:
    """4.5.1 has a letter for each check, and `$SV` is one of them."""
    bench = Bench("4.5.1")
    for line in ("$SD 0", "$SV 0", "$SG 0", "$SR 0", "$SF 0"):
        assert bench.say(line) == "$OK"
    assert bench.say("$GE") == "$OK 16 021F"
    assert bench.say("$SE 1") == "$OK"
    assert bench.controller.echo
