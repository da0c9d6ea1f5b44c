"""The doors: what they show while a command is on its way, and who can open them."""

import asyncio
from typing import Any

from homeassistant.components.lock import LockState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er, intent
from homeassistant.setup import async_setup_component
import pytest

from custom_components.open_ev.clients.ovms import mqtt as ovms_mqtt
from simulators.broker import EmbeddedBroker
from simulators.ovms_module import Firmware

from .garage import PIN, Car, eventually, parked, remember, vehicle_entry

WRONG_PIN = "Qx80246"


async def in_background(car: Car, action: str, code: str = PIN) -> asyncio.Task[None]:
    """Begin to lock or unlock the doors."""
    return asyncio.create_task(car.call("doors", action, code=code))


def said_by_us(caplog: pytest.LogCaptureFixture) -> str:
    """What the integration and its MQTT library have logged. Home Assistant itself logs every action with its data."""
    return "\n".join(
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(("custom_components", "aiomqtt", "paho"))
    )


@pytest.mark.parametrize(
    ("action", "before", "on_the_way", "after"),
    [
        ("lock.unlock", LockState.LOCKED, LockState.UNLOCKING, LockState.UNLOCKED),
        ("lock.lock", LockState.UNLOCKED, LockState.LOCKING, LockState.LOCKED),
    ],
)
async def test_the_lock_shows_that_it_is_on_its_way_until_the_car_confirms(
    hass: HomeAssistant, broker: EmbeddedBroker, action: str, before: LockState, on_the_way: LockState, after: LockState
) -> None:
    """A lock that shows the wish for the fact sends people away from an open car."""
    async with parked(hass, broker) as car:
        await car.module.set("v.e.locked", before is LockState.LOCKED)
        await car.shows("doors", "lock", before)
        car.module.knobs.confirm_delay = 3

        moving = await in_background(car, action)
        await car.shows("doors", "lock", on_the_way)
        await eventually(lambda: bool(car.done), "the module got the command")
        assert car.state("doors", "lock") == on_the_way
        assert not moving.done()

        await car.module.tick(4)
        await moving
        assert car.state("doors", "lock") == after
        assert car.done == [f"{action.removeprefix('lock.')} {PIN}"]


@pytest.mark.parametrize("presence", ["automatic", "economy"])
@pytest.mark.parametrize(
    "firmware", [Firmware.V3_2_016, Firmware.V3_3_003, Firmware.V3_3_005], ids=lambda each: each.name
)
async def test_the_lock_of_a_module_that_reports_nothing_by_itself(
    hass: HomeAssistant, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch, firmware: Firmware, presence: str
) -> None:
    """Up to firmware 3.3.005 an open car would be shown as locked again, for a minute, or for ten in economy."""
    monkeypatch.setattr(ovms_mqtt, "ASK_SECONDS", tuple(number / 20 for number in range(1, 400)))
    entry = vehicle_entry(broker, "VWEG", options={"presence": presence})
    async with parked(hass, broker, entry=entry, firmware=firmware) as car:
        await car.shows("doors", "lock", LockState.LOCKED)
        for state in ("idle", "connected"):
            car.module.config["server.v3", f"updatetime.{state}"] = "1000000"
        car.module.knobs.confirm_delay = 3
        states = remember(hass, car.entity_id("doors", "lock"))
        moving = await in_background(car, "lock.unlock")
        await eventually(lambda: bool(car.done), "the module got the command")
        while not moving.done():
            await car.module.tick(1)
            await asyncio.sleep(0.02)
        await moving
        assert [state.state for state in states] == [LockState.UNLOCKING, LockState.UNLOCKED]


@pytest.mark.usefixtures("impatient")
async def test_a_car_that_says_yes_and_does_not_follow_leaves_the_lock_as_it_is(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """A module says that it passed the command on; whether the car obeys is for the car to say."""
    async with parked(hass, broker) as car:
        car.module.knobs.confirm = False
        moving = await in_background(car, "lock.unlock")
        await car.shows("doors", "lock", LockState.UNLOCKING)
        await moving
        assert car.state("doors", "lock") == LockState.LOCKED
        assert car.told[-1] == f"unlock {PIN}"


async def test_a_lock_of_which_nothing_is_known_can_be_used(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Some cars never report their doors; the first command to a new car must be possible too."""
    async with parked(hass, broker, boot=False, set_up=False) as car:
        await car.module.clear("v.e.locked", publish=False)
        await car.module.boot()
        await car.set_up()
        assert car.state("doors", "lock") == "unknown"
        await car.call("doors", "lock.lock", code=PIN)
        assert car.state("doors", "lock") == LockState.LOCKED


async def test_a_wrong_pin_is_refused_in_the_cars_words_and_told_nobody(
    hass: HomeAssistant, broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """Error texts end in logs, notifications and screenshots. The module has no words for a wrong PIN, so the text has."""
    async with parked(hass, broker) as car:
        with pytest.raises(HomeAssistantError) as error:
            await car.call("doors", "lock.unlock", code=WRONG_PIN)
        assert error.value.translation_key == "failed_with_pin"
        assert "Perhaps the PIN is wrong" in str(error.value)
        assert "Error: vehicle could not be unlocked" in str(error.value)
        assert WRONG_PIN not in str(error.value)
        assert WRONG_PIN not in repr(error.value.__cause__)
        assert car.state("doors", "lock") == LockState.LOCKED
        assert not car.done
        assert WRONG_PIN not in said_by_us(caplog)


@pytest.mark.usefixtures("everything_enabled")
@pytest.mark.parametrize(
    ("vehicle_type", "key", "text"),
    [
        ("NL", "doors", "failed"),
        ("NL", "valet_mode", "failed_with_pin"),
        ("KS", "doors", "failed_with_pin"),
        ("TR", "doors", "failed"),
        ("TR", "valet_mode", "failed"),
    ],
)
async def test_a_pin_is_suspected_only_where_the_module_compares_it(
    hass: HomeAssistant, broker: EmbeddedBroker, vehicle_type: str, key: str, text: str
) -> None:
    """A Leaf's doors open with every PIN, and a Roadster's module only hands it on: there the reason is another one."""
    async with parked(hass, broker, vehicle_type) as car:
        car.module.knobs.refuse = True
        with pytest.raises(HomeAssistantError) as error:
            await car.call(key, "lock.lock", code=PIN)
        assert error.value.translation_key == text


async def test_a_module_that_repeats_the_pin_in_its_answer_does_not_reveal_it(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """Scripts on a module can answer anything."""
    async with parked(hass, broker) as car:
        car.module.knobs.reply_override = f"Error: {WRONG_PIN} is not the PIN"
        with pytest.raises(HomeAssistantError) as error:
            await car.call("doors", "lock.unlock", code=WRONG_PIN)
        assert "Error: *** is not the PIN" in str(error.value)


@pytest.mark.usefixtures("impatient")
async def test_a_car_that_checks_the_pin_itself_stays_locked_on_a_wrong_one(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """A Roadster's module always says that it unlocked; the car decides."""
    async with parked(hass, broker, "TR") as car:
        await car.call("doors", "lock.unlock", code=WRONG_PIN)
        assert car.state("doors", "lock") == LockState.LOCKED
        await car.call("doors", "lock.unlock", code=PIN)
        assert car.state("doors", "lock") == LockState.UNLOCKED


async def test_the_default_code_that_a_user_has_set_is_sent(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Home Assistant keeps it with the entity; from then on nobody is asked."""
    async with parked(hass, broker) as car:
        er.async_get(hass).async_update_entity_options(car.entity_id("doors", "lock"), "lock", {"default_code": PIN})
        await car.call("doors", "lock.unlock")
        assert car.done == [f"unlock {PIN}"]
        assert car.state("doors", "lock") == LockState.UNLOCKED


@pytest.mark.parametrize("action", ["lock.lock", "lock.unlock"])
async def test_without_a_code_or_with_one_that_is_no_word_nothing_is_sent(
    hass: HomeAssistant, broker: EmbeddedBroker, action: str
) -> None:
    """The module's shell splits lines at blanks and runs each line of several."""
    hostile = [
        "73 519",
        "7\n3519",
        "73519\n",
        f"{PIN}\nunlock {PIN}",
        "pin\0",
        "f'oo",
        'f"oo',
        "f\\oo",
        "ключ",
        "9" * 33,
    ]
    async with parked(hass, broker) as car:
        for code in (None, "", " ", *hostile):
            data: dict[str, Any] = {} if code is None else {"code": code}
            with pytest.raises(ServiceValidationError) as error:
                await car.call("doors", action, **data)
            assert code not in hostile or code not in str(error.value)
        assert not car.told
        assert car.state("doors", "lock") == LockState.LOCKED


async def test_a_script_cannot_open_the_car_without_its_pin(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Unless the user set a default code, the PIN must be written into the script."""
    async with parked(hass, broker) as car:
        step = {"action": "lock.unlock", "target": {"entity_id": car.entity_id("doors", "lock")}}
        assert await async_setup_component(hass, "script", {"script": {"open": {"sequence": [step]}}})
        with pytest.raises(ServiceValidationError):
            await hass.services.async_call("script", "open", blocking=True)
        await hass.async_block_till_done()
        assert not car.told
        assert car.state("doors", "lock") == LockState.LOCKED


@pytest.mark.filterwarnings("ignore:It is recommended to use web")  # Home Assistant's own web server
async def test_a_voice_cannot_open_the_car_without_its_pin(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """An assistant unlocks what it is told to turn off, and anybody in the room can tell it."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "intent", {})
    async with parked(hass, broker) as car:
        said = {"name": {"value": car.look("doors", "lock").name}, "domain": {"value": "lock"}}
        with pytest.raises(HomeAssistantError):
            await intent.async_handle(hass, "test", intent.INTENT_TURN_OFF, said)
        assert not car.told
        assert car.state("doors", "lock") == LockState.LOCKED

        er.async_get(hass).async_update_entity_options(car.entity_id("doors", "lock"), "lock", {"default_code": PIN})
        await intent.async_handle(hass, "test", intent.INTENT_TURN_OFF, said)
        await car.shows("doors", "lock", LockState.UNLOCKED)


async def test_a_twizy_is_never_sent_a_pin(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """It takes the argument of lock for a speed limit in km/h, and that of valet for a distance in km."""
    async with parked(hass, broker, "RT") as car:
        assert not car.has("doors", "lock")
        assert not car.has("valet_mode", "lock")
        assert car.has("doors", "binary_sensor")


@pytest.mark.parametrize("vehicle_type", ["FT5E", "SE"])
async def test_valet_mode_is_not_offered_where_it_is_something_else(
    hass: HomeAssistant, broker: EmbeddedBroker, vehicle_type: str
) -> None:
    """A Fiat's module heats the cabin on this command, a Smart's switches the ignition on."""
    async with parked(hass, broker, vehicle_type) as car:
        assert car.has("doors", "lock")
        assert not car.has("valet_mode", "lock")


@pytest.mark.usefixtures("everything_enabled")
async def test_valet_mode_asks_for_the_pin_too(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Valet mode is what keeps a stranger with the key within limits."""

    async def moved(car: Car, action: str) -> None:
        commands_before = len(car.done)
        moving = asyncio.create_task(car.call("valet_mode", action, code=PIN))
        await eventually(lambda: len(car.done) > commands_before, "the module did it")
        # Unlike the doors, this is reported with the next interval.
        await car.module.tick(60)
        await moving

    async with parked(hass, broker) as car:
        assert car.state("valet_mode", "lock") == LockState.UNLOCKED
        with pytest.raises(ServiceValidationError):
            await car.call("valet_mode", "lock.lock")
        await moved(car, "lock.lock")
        assert car.state("valet_mode", "lock") == LockState.LOCKED
        with pytest.raises(HomeAssistantError, match="could not deactivate valet mode"):
            await car.call("valet_mode", "lock.unlock", code=WRONG_PIN)
        assert car.state("valet_mode", "lock") == LockState.LOCKED
        await moved(car, "lock.unlock")
        assert car.state("valet_mode", "lock") == LockState.UNLOCKED
        assert car.done == [f"valet {PIN}", f"unvalet {PIN}"]


@pytest.mark.usefixtures("impatient")
async def test_an_answer_that_does_not_come_is_an_error_and_no_change(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """Whether the doors moved, only the car can say: it did, and says so."""
    async with parked(hass, broker) as car:
        car.module.knobs.lose_replies = True
        car.module.knobs.troubled = "unlock"
        car.module.knobs.confirm_delay = 3
        with pytest.raises(HomeAssistantError) as error:
            await car.call("doors", "lock.unlock", code=PIN)
        assert error.value.translation_key == "no_answer"
        assert car.state("doors", "lock") == LockState.LOCKED
        await car.module.tick(4)
        await car.shows("doors", "lock", LockState.UNLOCKED)


async def test_a_broker_that_goes_away_in_between_is_an_error(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Who waits for an answer must not wait until the time is up."""
    async with parked(hass, broker) as car:
        car.module.knobs.reply_delay = 3
        car.module.knobs.troubled = "unlock"
        moving = await in_background(car, "lock.unlock")
        await eventually(lambda: bool(car.told), "the module got the command")
        await broker.stop()
        with pytest.raises(HomeAssistantError) as error:
            await moving
        assert error.value.translation_key == "no_answer"
        assert car.state("doors", "lock") == "unavailable"


async def test_an_entry_that_is_unloaded_in_between_ends_the_wait(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """For the answer, and for the car to follow."""
    async with parked(hass, broker) as car:
        car.module.knobs.reply_delay = 3
        car.module.knobs.troubled = "unlock"
        moving = await in_background(car, "lock.unlock")
        await eventually(lambda: bool(car.told), "the module got the command")
        assert await hass.config_entries.async_reload(car.entry.entry_id)
        with pytest.raises(HomeAssistantError):
            await moving
        await car.shows("doors", "lock", "locked")

    async with parked(hass, broker, vehicle_id="DEMO2") as car:
        car.module.knobs.confirm_delay = 3
        moving = await in_background(car, "lock.unlock")
        await eventually(lambda: bool(car.done), "the module has done it")
        # One connection keeps its order: what is published after the answer arrives after it.
        await car.module.set("v.b.soc", 33.0)
        await car.shows("state_of_charge", "sensor", "33.0")
        async with asyncio.timeout(5):
            assert await hass.config_entries.async_unload(car.entry.entry_id)
            await moving
        assert car.state("doors", "lock") == "unavailable"


async def test_locking_after_unlocking_happens_in_this_order(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Two commands on their way at once could arrive the other way around and leave the car open."""
    async with parked(hass, broker) as car:
        await car.module.set("v.e.locked", value=False)
        await asyncio.gather(
            car.call("doors", "lock.lock", code=PIN),
            car.call("doors", "lock.unlock", code=PIN),
            car.call("doors", "lock.lock", code=PIN),
        )
        assert car.done == [f"lock {PIN}", f"unlock {PIN}", f"lock {PIN}"]
        assert car.state("doors", "lock") == LockState.LOCKED
