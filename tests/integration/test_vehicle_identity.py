"""What a module says that it is and what car it is in: on the device's page, and in which controls there are."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntry

from simulators.broker import EmbeddedBroker

from .garage import Car, becomes, eventually, parked, vehicle_entry


def device_of(car: Car) -> DeviceEntry:
    """The car's page."""
    devices = dr.async_entries_for_config_entry(dr.async_get(car.hass), car.entry.entry_id)
    assert len(devices) == 1
    return devices[0]


async def test_the_device_page_shows_the_car(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Make, model and firmware, as far as the module tells them."""
    async with parked(hass, broker) as car:
        device = device_of(car)
        assert device.name == "VW e-Golf DEMO1"
        assert device.model == "VW e-Golf"
        assert device.model_id == "VWEG"
        assert device.manufacturer == "Open Vehicles"
        assert device.sw_version == "3.3.006"
        assert device.hw_version == "OVMS WIFI BLE BT cores=2 rev=ESP32/3; MODEM SIM7600"
        assert device.serial_number is None


async def test_a_firmware_update_is_shown_on_the_device_page(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """Without a restart of Home Assistant."""
    async with parked(hass, broker) as car:
        runtime = car.entry.runtime_data
        await car.module.set("m.version", "3.3.007-12-gabcdef/ota_1/main (build idf v3.3.4)")
        await eventually(lambda: device_of(car).sw_version == "3.3.007-12-gabcdef", "the page shows the new firmware")
        assert car.entry.runtime_data is runtime


async def test_what_is_no_type_of_car_does_not_get_on_the_device_page(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """Anybody who may write to the broker can send anything in its place; the car stays what it was."""
    async with parked(hass, broker) as car:
        for number, payload in enumerate((b"../NL", b"<b>RT</b>", b"VWEG\n")):
            await car.module.publish_raw("v.type", payload)
            await car.module.set("m.hardware", f"OVMS {number}")
            # The page is made anew with this.
            await becomes(lambda: device_of(car).hw_version, f"OVMS {number}")
            assert (device_of(car).model, device_of(car).model_id) == ("VW e-Golf", "VWEG")


async def test_what_is_not_heard_yet_stays_on_the_device_page(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A restart of broker and Home Assistant while the car is away must not empty its page."""
    async with parked(hass, broker) as car:
        await hass.config_entries.async_unload(car.entry.entry_id)
        await car.module.power_off()
        await broker.restart()
        assert await hass.config_entries.async_setup(car.entry.entry_id)
        assert device_of(car).sw_version == "3.3.006"


async def test_a_module_that_reports_another_type_has_the_entry_loaded_again(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """Another type has other controls; it may have been set up before the car was chosen in the module."""
    async with parked(hass, broker) as car:
        assert car.has("charge_current", "number")
        assert not car.has("target_state_of_charge", "number")
        runtime = car.entry.runtime_data
        await car.module.set("v.type", "NL")
        await eventually(
            lambda: car.entry.state is ConfigEntryState.LOADED and car.entry.runtime_data is not runtime,
            "the entry is loaded again",
        )
        assert car.entry.data["vehicle_type"] == "NL"
        assert car.vehicle.type.code == "NL"
        assert car.state("target_state_of_charge", "number") != "unavailable"
        assert device_of(car).model == "Nissan Leaf"
        await car.shows("doors", "lock", "locked")


async def test_a_car_of_no_known_type_gets_its_controls_when_it_tells(
    hass: HomeAssistant, broker: EmbeddedBroker
) -> None:
    """It was typed in while the car was away."""
    entry = vehicle_entry(broker, None)
    async with parked(hass, broker, entry=entry, set_up=False) as car:
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await eventually(
            lambda: entry.state is ConfigEntryState.LOADED and car.has("doors", "lock"), "the car has its controls"
        )
        assert entry.data["vehicle_type"] == "VWEG"


async def test_a_module_without_a_vehicle_changes_nothing(hass: HomeAssistant, broker: EmbeddedBroker) -> None:
    """A module in the middle of a restart has no vehicle loaded and publishes an empty type."""
    async with parked(hass, broker) as car:
        runtime = car.entry.runtime_data
        await car.module.publish_raw("v.type", b"")
        await car.settled()
        assert car.entry.runtime_data is runtime
        assert car.vehicle.type.code == "VWEG"
