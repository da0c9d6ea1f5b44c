"""Who listens to a vehicle is told once of each change, and nobody else is."""

import asyncio

import pytest

from custom_components.open_ev.clients.ovms.notifications import Notification, NotificationKind
from custom_components.open_ev.clients.ovms.vehicle import Aspect, Vehicle


async def turn() -> None:
    """Let the loop call what is due."""
    await asyncio.sleep(0)


async def test_one_turn_of_the_loop_is_one_call(vehicle: Vehicle) -> None:
    """However many metrics changed how often; and the last value is what is seen."""
    seen: list[tuple[float | None, float | None]] = []
    vehicle.subscribe(
        ["v.b.soc", "v.b.power", Aspect.HEARD],
        lambda: seen.append((vehicle.number("v.b.soc"), vehicle.number("v.b.power"))),
    )
    for number in range(1, 100):
        vehicle.update("v.b.soc", str(number))
        vehicle.update("v.b.power", str(-number))
    assert seen == []
    await turn()
    assert seen == [(99.0, -99.0)]
    vehicle.update("v.b.soc", "99")
    await turn()
    assert len(seen) == 1


async def test_nobody_is_woken_who_did_not_ask(vehicle: Vehicle) -> None:
    """A metric's listeners are its own."""
    calls: list[str] = []
    vehicle.subscribe(["v.b.soc"], lambda: calls.append("soc"))
    vehicle.subscribe(["v.b.power"], lambda: calls.append("power"))
    vehicle.update("v.b.power", "1")
    await turn()
    assert calls == ["power"]


async def test_who_unsubscribed_is_not_called(vehicle: Vehicle) -> None:
    """Also when the call was already due, also by another listener in the same turn, also twice."""
    calls: list[str] = []

    def first() -> None:
        calls.append("first")
        leave_second()

    leave_first = vehicle.subscribe(["v.b.soc"], first)
    leave_second = vehicle.subscribe(["v.b.soc"], lambda: calls.append("second"))
    leave_third = vehicle.subscribe(["v.b.soc"], lambda: calls.append("third"))
    vehicle.update("v.b.soc", "1")
    leave_third()
    await turn()
    assert calls == ["first"]
    leave_first()
    leave_first()
    vehicle.update("v.b.soc", "2")
    await turn()
    assert calls == ["first"]


async def test_a_listener_that_fails_keeps_no_other_from_hearing(vehicle: Vehicle) -> None:
    """Its fault goes to the loop's handler."""
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context["exception"]))
    calls: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError

    vehicle.subscribe(["v.b.soc"], fail)
    vehicle.subscribe(["v.b.soc"], lambda: calls.append("second"))
    vehicle.update("v.b.soc", "1")
    await turn()
    vehicle.update("v.b.soc", "2")
    await turn()
    assert calls == ["second", "second"]
    assert [type(fault) for fault in faults] == [ZeroDivisionError, ZeroDivisionError]


async def test_a_listener_may_change_what_is_listened_to(vehicle: Vehicle) -> None:
    """What it causes is told in the next turn."""
    calls: list[str] = []

    def follow() -> None:
        calls.append("soc")
        vehicle.subscribe(["v.b.power"], lambda: calls.append("power"))
        vehicle.update("v.b.power", "5")

    vehicle.subscribe(["v.b.soc"], follow)
    vehicle.update("v.b.soc", "1")
    await turn()
    assert calls == ["soc"]
    await turn()
    assert calls == ["soc", "power"]


async def test_a_closed_vehicle_calls_nobody(vehicle: Vehicle) -> None:
    """Neither with what was due nor with what is heard later."""
    calls: list[str] = []
    vehicle.subscribe(["v.b.soc"], lambda: calls.append("soc"))
    vehicle.update("v.b.soc", "1")
    vehicle.close()
    await turn()
    vehicle.update("v.b.soc", "2")
    await turn()
    assert calls == []


async def test_an_unknown_metric_cannot_be_listened_to(vehicle: Vehicle) -> None:
    """A misspelt name is found at once, and leaves nothing behind."""
    calls: list[str] = []
    with pytest.raises(KeyError):
        vehicle.subscribe(["v.b.soc", "v.b.sock"], lambda: calls.append("soc"))
    vehicle.update("v.b.soc", "1")
    await turn()
    assert calls == []


async def test_wait_until(vehicle: Vehicle) -> None:
    """It looks at once, then at each change, and gives up in time."""

    def charged() -> bool:
        return (vehicle.number("v.b.soc") or 0) >= 80

    assert not await vehicle.wait_until(charged, ["v.b.soc"], seconds=0.01)
    waiting = asyncio.create_task(vehicle.wait_until(charged, ["v.b.soc"], seconds=5))
    for soc in ("70", "79", "80"):
        await turn()
        assert not waiting.done()
        vehicle.update("v.b.soc", soc)
    assert await waiting
    assert await vehicle.wait_until(charged, ["v.b.soc"], seconds=0)


async def test_a_cancelled_wait_leaves_no_listener(vehicle: Vehicle) -> None:
    """The condition is not looked at any more."""
    looks: list[bool] = []

    def look() -> bool:
        looks.append(False)
        return False

    waiting = asyncio.create_task(vehicle.wait_until(look, ["v.b.soc"], seconds=5))
    await turn()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    vehicle.update("v.b.soc", "1")
    await turn()
    assert len(looks) == 1


async def test_closing_ends_a_wait(vehicle: Vehicle) -> None:
    """Nobody waits for a vehicle that is not followed any more."""
    waiting = asyncio.create_task(vehicle.wait_until(lambda: vehicle.number("v.b.soc") == 80, ["v.b.soc"], seconds=60))
    await turn()
    vehicle.close()
    assert not await waiting
    async with asyncio.timeout(5):
        assert not await vehicle.wait_until(lambda: vehicle.number("v.b.soc") == 80, ["v.b.soc"], seconds=60)


async def test_news_are_handed_to_each(vehicle: Vehicle) -> None:
    """In their order, and a fault of one is no fault of the link that brings them."""
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context["exception"]))
    heard: list[str] = []

    def fail(_: object) -> None:
        raise ZeroDivisionError

    vehicle.subscribe_events(fail)
    leave = vehicle.subscribe_events(lambda name: heard.append(f"leaving {name}"))
    vehicle.subscribe_events(heard.append)
    vehicle.subscribe_notifications(fail)
    vehicle.subscribe_notifications(lambda note: heard.append(note.text))
    vehicle.report_event("vehicle.on")
    vehicle.report_notification(Notification(kind=NotificationKind.INFO, subtype="a", text="text"))
    vehicle.report_event("vehicle.off")
    leave()
    assert heard == []
    await turn()
    assert heard == ["vehicle.on", "text", "vehicle.off"]
    assert [type(fault) for fault in faults] == [ZeroDivisionError] * 3
