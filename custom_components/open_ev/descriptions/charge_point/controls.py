"""What can be done at a charge point, where its operator lets it be done from afar."""

from ...clients.ocpi.charge_point import Ability, ChargePoint
from .. import ButtonRow, SwitchRow

SWITCHES: tuple[SwitchRow[ChargePoint], ...] = (
    # On is an active session of ours. That the operator has accepted a start is none: the driver may still have to plug in.
    SwitchRow(
        key="session",
        listens=("charging",),
        exists_fn=lambda point: point.can(Ability.START),
        on_fn=lambda point: point.flag("charging"),
        turn_on_fn=lambda point: point.start(),
        turn_off_fn=lambda point: point.stop(),
    ),
)

BUTTONS: tuple[ButtonRow[ChargePoint], ...] = (
    # OCPI forbids that a driver sends this: it is for whoever runs the site.
    ButtonRow(
        key="unlock_connector",
        entity_registry_enabled_default=False,
        exists_fn=lambda point: point.can(Ability.UNLOCK),
        press_fn=lambda point: point.unlock(),
    ),
)
