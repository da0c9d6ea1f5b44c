"""What a charger says it is, and whether it is one."""

from typing import Final

from ..plain import is_plain
from .controller import controller_version
from .errors import BadAnswer, FirmwareTooOld, NotAnOpenEvse, NotAvailable
from .gateway import Gateway
from .models import Generation, Identity
from .report import Report, serial_of, text, whole

# What every firmware since 2.1 tells beside whatever else.
_ALWAYS: Final = ("srssi", "ohm_hour", "free_heap")
_BY_DEFAULT: Final = "OpenEVSE"


async def read_charger(gateway: Gateway) -> Report:
    """Read /status and /config of what may be a charger.

    Raises:
        NotAnOpenEvse: something else answers.
        FirmwareTooOld: a charger that does not tell its state.
        CannotConnect, Unauthorized, BadAnswer, Refused: as for every request.
    """
    try:
        status = await gateway.status()
        config = await gateway.config()
    except NotAvailable:
        raise NotAnOpenEvse("no charger's paths") from None
    except BadAnswer as error:
        if error.reason in {"html", "redirect", "not_http", "wrong_type"}:
            raise NotAnOpenEvse("no charger's answers") from None
        raise
    if any(name not in status for name in _ALWAYS):
        raise NotAnOpenEvse("no charger's status")
    if whole(status, "state") is None:
        raise FirmwareTooOld("gateway firmware 2.3 or newer is needed")
    return Report(status=status, config=config)


def identify(report: Report) -> Identity:
    """Find out which charger it is."""
    config = report.config
    return Identity(
        serial=serial_of(config),
        name=shown_name(text(config, "hostname") or ""),
        model=text(config, "buildenv") or _BY_DEFAULT,
        gateway_version=text(config, "version"),
        controller_version=controller_version(report),
        generation=_generation(report),
    )


def shown_name(told: str) -> str:
    """What a charger is called that calls itself so, or is announced so: anybody could be."""
    return told if told and is_plain(told) else _BY_DEFAULT


def _generation(report: Report) -> Generation:
    """Tell the family, by what it has: the versions of builds are not always numbers."""
    if report.is_fifth:
        return Generation.V5
    if report.has_manager:
        return Generation.V4
    return Generation.V3 if "eth_connected" in report.status else Generation.V2
