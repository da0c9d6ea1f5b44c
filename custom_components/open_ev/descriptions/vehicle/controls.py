"""The controls of a vehicle. A row exists only where the type of vehicle can do what it offers."""

from ...clients.ovms import commands
from ...clients.ovms.vehicle import Vehicle
from ...clients.ovms.vehicle_types import PinUse, Support
from .. import LockRow

# One word, which is all that the module's shell takes as a PIN.
PIN_FORMAT = r"^[!-~]{1,32}$"

LOCKS: tuple[LockRow[Vehicle], ...] = (
    LockRow(
        key="doors",
        listens=("v.e.locked",),
        code_format=PIN_FORMAT,
        # A Twizy takes the argument for a speed limit, so a PIN must not be sent to one.
        exists_fn=lambda vehicle: vehicle.type.lock is not Support.NO and vehicle.type.pin is not PinUse.NOT_A_PIN,
        locked_fn=lambda vehicle: vehicle.flag("v.e.locked"),
        lock_fn=lambda vehicle, pin: vehicle.send(commands.lock(pin)),
        unlock_fn=lambda vehicle, pin: vehicle.send(commands.unlock(pin)),
    ),
)
