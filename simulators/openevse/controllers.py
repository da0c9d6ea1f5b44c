"""The versions of controller firmware that are told apart, and what differs between them.

Every row but the last was measured on the firmware of that version, run on a simulated board; the EU build of 4.12.3 as it
is shipped. The last was read in the firmware's source, and nobody here has seen one run.
"""

from dataclasses import dataclass, replace

_ALWAYS = frozenset("GV GS GA GC GE GF GG GP GT GU FB FD FE FP FR FS S0 S1 SA SC SK SL ST".split())
_LIMITS = frozenset("S2 S3 SH G3 GH".split())
_SWITCHES = frozenset("SD SE SF SG SR SV".split())
_LATER = frozenset("F0 FF G0 GD".split())
_NEWEST = frozenset("F1 SV GI G5 S5 SB SY GY".split())
_NINTH = frozenset("FC GZ".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What one controller firmware does differently. The defaults are those of 5.0.1."""

    version: str
    """As `$GV` tells it."""
    protocol: str
    commands: frozenset[str]
    """All that is not here is refused: `$NK`."""
    absent: tuple[int, int, int] = (-2560, -2560, -2560)
    """What `$GP` tells of a clock chip, an LCD and an infrared sensor that are not there."""
    shown_minimum: int = 6
    """The first value of `$GC`. What is really enforced is 6 A on all of them."""
    hardware_maximum: int = 80
    factory_maximum: int = 16
    """The stored maximum of service level 2 as it leaves the factory."""
    automatic_level: bool = True
    """Finds its service level by itself; the EU builds do not, and refuse `$SL A`."""
    capacity_values: int = 2
    """How many values `$GC` has; four from 6.2 on: minimum, hardware maximum, in force, stored maximum."""
    hexadecimal_state: bool = False
    """`$GS` is hexadecimal, with the state of the pilot and flags, from RAPI 5 on."""
    volatile_mark: str = "V"
    """What follows the current in `$SC` for it not to be stored."""
    volatile_above_stored: bool = False
    """A volatile current may be above the stored maximum, up to 4.13."""
    limits_need_a_car: bool = True
    """`$S3` and `$SH` are refused unless a car is connected."""
    limits_extend: bool = False
    """`$S3` counts from now and not from the session's start, up to 4.13."""
    timer_acts: bool = True
    """`$ST` has an effect. On 4.5.1 as it was measured it is accepted, and nothing follows."""
    voltage_setting: bool = False
    """`$SV` takes millivolts, from 7.0 on; up to 4.5 it switches the vent check."""
    button_switch: bool = False
    """`$FF B` exists, from 6.3 on."""
    reports_button: bool = False
    """The gateway is told of a press of the button (`$AN`) and decides itself, from 7.1.2 on."""
    heartbeat: bool = False
    frequency: bool = False
    """Measures that of the mains, and says what it found (`$GZ`) once its relay has switched."""


V4_5_1 = Model(
    version="D4.5.1",
    protocol="3.0.1",
    commands=_ALWAYS | _LIMITS | _SWITCHES,
    absent=(-2560, 0, 230),
    shown_minimum=10,
    volatile_mark="N",
    limits_need_a_car=False,
    limits_extend=True,
    timer_acts=False,
)
V4_12_3 = Model(
    version="4.12.3.EU",
    protocol="4.0.1",
    commands=_ALWAYS | _LIMITS | _LATER,
    hardware_maximum=32,
    factory_maximum=32,
    automatic_level=False,
    volatile_above_stored=True,
    limits_extend=True,
)
V5_0_1 = Model(version="5.0.1", protocol="4.0.1", commands=_ALWAYS | _LIMITS | _LATER | {"F1"})
V7_1_3 = Model(
    version="7.1.3",
    protocol="5.1.3",
    commands=_ALWAYS | _LIMITS | _LATER | {"F1", "SV"},
    factory_maximum=24,
    capacity_values=4,
    hexadecimal_state=True,
    voltage_setting=True,
    button_switch=True,
    reports_button=True,
)
V8_2_3 = Model(
    version="8.2.3",
    protocol="5.2.1",
    commands=_ALWAYS | _LATER | _NEWEST,
    factory_maximum=24,
    capacity_values=4,
    hexadecimal_state=True,
    voltage_setting=True,
    button_switch=True,
    reports_button=True,
    heartbeat=True,
)

V9_0_1 = replace(
    V8_2_3,
    version="D9.0.1",
    protocol="6.0.0",
    commands=V8_2_3.commands | _NINTH,
    frequency=True,
)

MODELS = {
    "4.5.1": V4_5_1,
    "4.12.3": V4_12_3,
    "5.0.1": V5_0_1,
    "7.1.3": V7_1_3,
    "8.2.3": V8_2_3,
    "9.0.1": V9_0_1,
}
"""By the number without the marks of a build."""
