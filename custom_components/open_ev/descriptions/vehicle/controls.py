"""The controls of a vehicle. A row exists only where the type of vehicle can do what it offers."""

from homeassistant.components.button import ButtonDeviceClass
from homeassistant.components.number import NumberDeviceClass, NumberMode
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfElectricCurrent

from ...clients.ovms import commands
from ...clients.ovms.commands import ChargeMode, Command, UpdateScope
from ...clients.ovms.errors import InvalidArgument
from ...clients.ovms.switching import switch
from ...clients.ovms.vehicle import Vehicle
from ...clients.ovms.vehicle_types import PinUse, Support, Valet
from .. import ButtonRow, ClimateRow, LockRow, NumberRow, SelectRow, SwitchRow

# One word, which is all that the module's shell takes as a PIN.
PIN_FORMAT = r"^[!-~]{1,32}$"


def can_lock(vehicle: Vehicle) -> bool:
    """Whether the doors can be locked with a PIN. A Twizy takes the argument for a speed limit: never send it a PIN."""
    return vehicle.type.lock is not Support.NO and vehicle.type.pin is not PinUse.NOT_A_PIN


def _checks_pin(vehicle: Vehicle) -> bool:
    """Whether the module compares the PIN for the doors with its own."""
    return vehicle.type.pin is PinUse.CHECKED


def _checks_valet_pin(vehicle: Vehicle) -> bool:
    """Whether it compares the PIN for valet mode: all do that hand it on to no car, also those that ignore one for the doors."""
    return vehicle.type.pin is not PinUse.SENT_TO_CAR


def can_charge_on_command(vehicle: Vehicle) -> bool:
    """Whether charging can be started or stopped."""
    return vehicle.type.charge_start is not Support.NO or vehicle.type.charge_stop is not Support.NO


def _charge_current(vehicle: Vehicle, amperes: float) -> Command:
    """Limit the charge current to what the vehicle's module can set, so that what it answers is what it did.

    Raises:
        InvalidArgument: it would set another limit, or none, and say that it set this one.
    """
    currents = vehicle.type.charge_currents
    limit = commands.whole_number("current", amperes, currents.least, currents.most)
    if limit % currents.step:
        raise InvalidArgument("current", "out_of_range")
    return commands.charge_current(limit)


LOCKS: tuple[LockRow[Vehicle], ...] = (
    LockRow(
        key="doors",
        listens=("v.e.locked",),
        code_format=PIN_FORMAT,
        exists_fn=can_lock,
        locked_fn=lambda vehicle: vehicle.flag("v.e.locked"),
        lock_fn=lambda vehicle, pin: vehicle.send(commands.lock(pin, pin_checked=_checks_pin(vehicle))),
        unlock_fn=lambda vehicle, pin: vehicle.send(commands.unlock(pin, pin_checked=_checks_pin(vehicle))),
    ),
    # The module asks for the PIN here too, and a lock is Home Assistant's only entity that can ask for one.
    LockRow(
        key="valet_mode",
        listens=("v.e.valet",),
        code_format=PIN_FORMAT,
        entity_registry_enabled_default=False,
        exists_fn=lambda vehicle: vehicle.type.valet is Valet.PIN,
        locked_fn=lambda vehicle: vehicle.flag("v.e.valet"),
        lock_fn=lambda vehicle, pin: vehicle.send(commands.valet(pin, pin_checked=_checks_valet_pin(vehicle))),
        unlock_fn=lambda vehicle, pin: vehicle.send(commands.unvalet(pin, pin_checked=_checks_valet_pin(vehicle))),
    ),
)

CLIMATES: tuple[ClimateRow[Vehicle], ...] = (
    ClimateRow(
        key="cabin",
        listens=("v.e.hvac", "v.e.heating", "v.e.cooling", "v.e.cabintemp"),
        exists_fn=lambda vehicle: vehicle.type.climate_on is not Support.NO,
        on_fn=lambda vehicle: vehicle.flag("v.e.hvac"),
        heating_fn=lambda vehicle: vehicle.flag("v.e.heating"),
        cooling_fn=lambda vehicle: vehicle.flag("v.e.cooling"),
        temperature_fn=lambda vehicle: vehicle.number("v.e.cabintemp"),
        turn_on_fn=lambda vehicle: switch(vehicle, "v.e.hvac", commands.climate(on=True), on=True),
        turn_off_fn=lambda vehicle: switch(vehicle, "v.e.hvac", commands.climate(on=False), on=False),
        can_turn_off_fn=lambda vehicle: vehicle.type.climate_off is not Support.NO,
    ),
)

SWITCHES: tuple[SwitchRow[Vehicle], ...] = (
    SwitchRow(
        key="charging",
        listens=("v.c.charging",),
        exists_fn=can_charge_on_command,
        on_fn=lambda vehicle: vehicle.flag("v.c.charging"),
        turn_on_fn=lambda vehicle: switch(vehicle, "v.c.charging", commands.charge_start(), on=True),
        turn_off_fn=lambda vehicle: switch(vehicle, "v.c.charging", commands.charge_stop(), on=False),
    ),
)

NUMBERS: tuple[NumberRow[Vehicle], ...] = (
    NumberRow(
        key="charge_current",
        listens=("v.c.climit",),
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        mode=NumberMode.BOX,
        exists_fn=lambda vehicle: vehicle.type.charge_current is not Support.NO,
        value_fn=lambda vehicle: vehicle.number("v.c.climit"),
        set_fn=lambda vehicle, amperes: vehicle.send(_charge_current(vehicle, amperes)),
        min_fn=lambda vehicle: vehicle.type.charge_currents.least,
        max_fn=lambda vehicle: vehicle.type.charge_currents.most,
        step_fn=lambda vehicle: vehicle.type.charge_currents.step,
    ),
)


def target_numbers(vehicle: Vehicle) -> tuple[NumberRow[Vehicle], ...]:
    """The state of charge at which the module stops a charge, for the types of vehicle that do."""
    limit = vehicle.type.charge_limit
    if limit is None:
        return ()
    return (
        NumberRow(
            key="target_state_of_charge",
            listens=("v.c.limit.soc",),
            device_class=NumberDeviceClass.BATTERY,
            native_unit_of_measurement=PERCENTAGE,
            native_min_value=20,
            native_max_value=100,
            native_step=1,
            mode=NumberMode.SLIDER,
            # The firmware's 0 is no target: it switches the limit off.
            value_fn=lambda vehicle: vehicle.number("v.c.limit.soc") or None,
            set_fn=lambda vehicle, percent: vehicle.send(
                commands.set_config(
                    limit.param,
                    limit.instance,
                    str(commands.whole_number("percent", percent, 0, 100)),
                    effect=("v.c.limit.soc", percent),
                )
            ),
        ),
    )


SELECTS: tuple[SelectRow[Vehicle], ...] = (
    SelectRow(
        key="charge_mode",
        listens=("v.c.mode",),
        options=list(ChargeMode),
        options_fn=lambda vehicle: vehicle.type.charge_modes,
        exists_fn=lambda vehicle: vehicle.type.charge_mode is not Support.NO,
        value_fn=lambda vehicle: vehicle.text("v.c.mode"),
        select_fn=lambda vehicle, mode: vehicle.send(commands.charge_mode(ChargeMode(mode))),
    ),
)

BUTTONS: tuple[ButtonRow[Vehicle], ...] = (
    ButtonRow(
        key="wake_up",
        exists_fn=lambda vehicle: vehicle.type.wakeup is not Support.NO,
        press_fn=lambda vehicle: vehicle.send(commands.wakeup()),
    ),
    ButtonRow(
        key="cool_down",
        entity_registry_enabled_default=False,
        exists_fn=lambda vehicle: vehicle.type.cooldown is not Support.NO,
        press_fn=lambda vehicle: vehicle.send(commands.cooldown()),
    ),
    ButtonRow(
        key="refresh",
        entity_category=EntityCategory.DIAGNOSTIC,
        press_fn=lambda vehicle: vehicle.send(commands.server_update(UpdateScope.ALL)),
    ),
    ButtonRow(
        key="restart_module",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        press_fn=lambda vehicle: vehicle.send(commands.module_reset()),
    ),
)


def homelink_buttons(vehicle: Vehicle) -> tuple[ButtonRow[Vehicle], ...]:
    """The HomeLink buttons, named by what they do: many vehicle modules use them for other things than a garage door."""
    return tuple(_homelink(number, meaning) for number, meaning in enumerate(vehicle.type.homelink, start=1))


def _homelink(number: int, meaning: str) -> ButtonRow[Vehicle]:
    return ButtonRow(
        key=f"homelink_{number}",
        translation_key=f"homelink_{meaning}" if meaning != "homelink" else meaning,
        translation_placeholders={"number": str(number)},
        # What else a module does on these buttons, most of them offer in a better way too.
        entity_registry_enabled_default=meaning == "homelink",
        press_fn=lambda vehicle: vehicle.send(commands.homelink(number)),
    )
