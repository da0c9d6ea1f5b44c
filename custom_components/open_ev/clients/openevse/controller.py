"""What is behind the gateway: which firmware the controller has, and how it is set."""

from collections.abc import Callable
import re
from typing import Final

from .models import Check, ServiceLevel
from .rapi_results import Calibration, FaultCounters, SettingFlags
from .report import Read, Report, flag, number, text, whole

_OLD: Final = (4, 5)
_FIRST_WITH_BUTTON: Final = (5, 0)
_FIRST_WITH_RESET_OF_FAULTS: Final = (9, 0)
_NUMBERS: Final = re.compile(r"(\d+)\.(\d+)")
# In /config; the first from 4.1.2 on, where true is enabled, the second before, where 1 is disabled.
_NAMES: Final = {
    Check.DIODE: ("diode_check", "diodet"),
    Check.GFCI: ("gfci_check", "gfcit"),
    Check.GROUND: ("ground_check", "groundt"),
    Check.RELAY: ("relay_check", "relayt"),
    Check.VENT: ("vent_check", "ventt"),
    Check.TEMPERATURE: ("temp_check", "tempt"),
}
NEW_NAMES: Final = {check: new for check, (new, _) in _NAMES.items()}
CHECKS: Final = {new: check for check, (new, _) in _NAMES.items()}
OLD_CHECKS: Final = {old: check for check, (_, old) in _NAMES.items()}
_LEVELS: Final = {1: ServiceLevel.LEVEL_1, 2: ServiceLevel.LEVEL_2}


# Its firmware


def is_old_controller(report: Report) -> bool:
    """Whether the controller's firmware is 4.5 or older."""
    numbers = _controller_numbers(report)
    return numbers is not None and numbers <= _OLD


def has_button_command(report: Report) -> bool:
    """Whether the controller's firmware is known to have `$F1`: 5.0 and later."""
    numbers = _controller_numbers(report)
    return numbers is not None and numbers >= _FIRST_WITH_BUTTON


def resets_faults(report: Report) -> bool:
    """Whether the controller's firmware has `$FC`: 9.0 and later, and what the newest gateway knows to be like it."""
    numbers = _controller_numbers(report)
    is_late = numbers is not None and numbers >= _FIRST_WITH_RESET_OF_FAULTS
    return is_late or flag(report.config, "d9_support") is True


def _controller_numbers(report: Report) -> tuple[int, int] | None:
    numbers = _NUMBERS.search(controller_version(report) or "")
    return None if numbers is None else (int(numbers[1]), int(numbers[2]))


def controller_version(report: Report) -> str | None:
    """The version of the controller's firmware, which /config leaves out until the controller has answered."""
    told = report.controller.version
    written = text(report.config, "firmware")
    # Gateways of 2.x and 3.x write a dash for good if the controller was silent when they started.
    if written not in {None, "-"}:
        return written
    return None if told is None else told.controller


# How it is set


def _is_newer(report: Report, *names: str) -> bool:
    """Whether what the controller has answered is newer than what the gateway tells of it."""
    return all(name in report.controller.beside for name in names)


def check(which: Check) -> Read:
    """Read a safety check: in /config true is enabled, and up to 4.1.1 1 is disabled."""
    new_name, old_name = _NAMES[which]

    def read(report: Report) -> bool | None:
        settings = report.controller.settings
        if settings is not None and _is_newer(report, new_name, old_name):
            return settings.enabled(which)
        enabled = flag(report.config, new_name)
        if enabled is not None:
            return enabled
        disabled = flag(report.config, old_name)
        return None if disabled is None else not disabled

    return read


def pilot(report: Report) -> float | None:
    """A that are offered to the car.

    A gateway before the newest tells what it has asked for last, whatever the controller has made of it since; one without
    a manager looks every 12 s.
    """
    settings = report.controller.settings
    if settings is not None and _is_newer(report, "pilot"):
        return settings.current
    return number(report.status, "pilot")


def faults(name: str, count: Callable[[FaultCounters], int]) -> Read:
    """Read how often there was a fault.

    A manager (4.0 and later) counts on from what the controller told when it started, and at a fault; that the counters
    began anew since then it does not hear.
    """

    def read(report: Report) -> float | None:
        answered = report.controller.faults
        return count(answered) if answered is not None and _is_newer(report, name) else number(report.status, name)

    return read


def calibration(report: Report) -> Calibration | None:
    """How the ammeter is calibrated."""
    if report.controller.ammeter is not None and _is_newer(report, "scale", "offset"):
        return report.controller.ammeter
    scale, offset = whole(report.config, "scale"), whole(report.config, "offset")
    return None if scale is None or offset is None else Calibration(scale, offset)


def total_energy(report: Report) -> float | None:
    """KWh of all sessions.

    A gateway without a meter of its own reads them while a car charges, or every 12 s.
    """
    answered = report.controller.energy
    if answered is not None and _is_newer(report, "total_energy", "watthour"):
        return answered.total / 1000
    told, old = number(report.status, "total_energy"), number(report.status, "watthour")
    return told if told is not None or old is None else old / 1000


def heartbeat_missed(report: Report) -> bool | None:
    """Whether the controller has lowered the current because it does not hear the gateway."""
    return None if report.controller.heartbeat is None else report.controller.heartbeat.missed


def socket_locked(report: Report) -> bool | None:
    """Whether the lock of a type 2 socket is closed."""
    return None if report.controller.socket_lock is None else report.controller.socket_lock.locked


def finds_level_itself(report: Report) -> bool:
    """Whether the controller's build can find the service level; those for Europe and for CGMI cannot."""
    settings = report.controller.settings
    if settings is not None and SettingFlags.CGMI in settings.flags:
        return False
    return not {"EU", "CGMI"} & set((controller_version(report) or "").split("."))


def service_level(report: Report) -> ServiceLevel | None:
    """The service level, or that it is found automatically (which 4.1 to 5.1 write as 0, and later ones not at all)."""
    settings = report.controller.settings
    if settings is not None and _is_newer(report, "service", "service_level"):
        is_found = settings.automatic_level and finds_level_itself(report) and not report.is_newest
        return ServiceLevel.AUTO if is_found else settings.service_level
    configured = whole(report.config, "service")
    if configured == 0:
        return ServiceLevel.AUTO
    level = whole(report.status, "service_level") or configured
    return None if level is None else _LEVELS.get(level)
