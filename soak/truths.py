"""What is really the case at the devices, as JSON has it: asked of the simulators, past every protocol."""

from simulators.ovms_module import OvmsModule

from .world import EVSE, World

type Truth = float | str | bool | None
type Truths = dict[str, dict[str, Truth]]


def truths(world: World) -> Truths:
    """What is the case at each device, by names of its own."""
    return {
        "car": _car(world.car),
        "server_car": _car(world.server_car),
        "charger": _charger(world),
        "operator": _operator(world),
    }


def _car(car: OvmsModule) -> dict[str, Truth]:
    values = {metric.definition.name: car[metric.definition.name] for metric in car.metrics}
    return {name: value for name, value in values.items() if isinstance(value, int | float | str)}


def _charger(world: World) -> dict[str, Truth]:
    charger = world.charger
    return {
        "charging": charger.relay_closed and charger.current > 0,
        "vehicle": charger.car is not None,
        "state": int(charger.state),
        "pilot": charger.pilot,
        "current": charger.current,
        # The controller still tells it when the car has left, the gateway does not.
        "energy": charger.session_energy / 1000 if charger.car is not None else None,
    }


def _operator(world: World) -> dict[str, Truth]:
    operator = world.operator
    session = operator.session(EVSE)
    return {
        "status": operator.status(EVSE).lower(),
        "session": session is not None and session.open,
        "energy": session.energy if session is not None and session.open else None,
    }
