"""Locks."""

from typing import Any, override

from homeassistant.components.lock import LockEntity
from homeassistant.const import ATTR_CODE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OpenEvConfigEntry, Runtime, acting
from .descriptions import Device, LockRow
from .entity import OpenEvControl

# One at a time: who locks and then unlocks wants them in this order.
PARALLEL_UPDATES = 1

# After the module has passed a command on, it is asked 2, 6 and 12 s later what the car has made of it (an OVMS server's after
# 5 and 15 s), sends within a second or two, and a mobile network takes its time. Who reacts still later is shown as it comes.
CONFIRMATION_SECONDS = 20.0


async def async_setup_entry[DeviceT: Device](
    hass: HomeAssistant, entry: OpenEvConfigEntry[DeviceT], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the locks of an entry."""
    for runtime in entry.runtime_data.devices:
        entities = [OpenEvLock(runtime, row) for row in runtime.rows.locks]
        async_add_entities(entities, config_subentry_id=runtime.subentry_id)


class OpenEvLock[DeviceT: Device](OpenEvControl[DeviceT], LockEntity):
    """A lock made from one row. It shows what the device says, and a transition while a command is on its way."""

    entity_description: LockRow[DeviceT]

    def __init__(self, runtime: Runtime[DeviceT], row: LockRow[DeviceT]) -> None:
        """Start without a command on its way."""
        super().__init__(runtime, row)
        self._attr_code_format = row.code_format
        self._wanted: bool | None = None

    @property
    @override
    def is_locked(self) -> bool | None:
        """What the device reported."""
        return self.entity_description.locked_fn(self.device)

    @property
    @override
    def is_locking(self) -> bool:
        """Whether a command to lock is on its way."""
        return self._wanted is True and self.is_locked is not True

    @property
    @override
    def is_unlocking(self) -> bool:
        """Whether a command to unlock is on its way."""
        return self._wanted is False and self.is_locked is not False

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Lock."""
        await self._bring_to(locked=True, code=kwargs.get(ATTR_CODE, ""))

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Unlock."""
        await self._bring_to(locked=False, code=kwargs.get(ATTR_CODE, ""))

    async def _bring_to(self, *, locked: bool, code: str) -> None:
        self._wanted = locked
        self.async_write_ha_state()
        try:
            async with acting():
                await (self.entity_description.lock_fn if locked else self.entity_description.unlock_fn)(
                    self.device, code
                )
            await self.device.wait_until(lambda: self.is_locked is locked, self._listens, seconds=CONFIRMATION_SECONDS)
        finally:
            self._wanted = None
            self.async_write_ha_state()
