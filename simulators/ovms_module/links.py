"""What else a module is connected to, beside its MQTT broker."""

from typing import Protocol


class Link(Protocol):
    """Another server that the module talks to, with a connection of its own."""

    async def start(self) -> None:
        """The module boots: connect; returns when that is done, or has failed."""
        ...

    async def stop(self) -> None:
        """The module loses power: end without a word."""
        ...

    async def settle(self) -> None:
        """Wait for what is under way, and for what was written to be taken."""
        ...

    def second(self) -> None:
        """Do what the firmware does every second."""
        ...

    def notify(self, kind: str, subtype: str, text: str) -> None:
        """Pass a notification on: kind is info, alert, error or data."""
        ...

    def freeze(self) -> None:
        """Out of coverage: nothing passes, and nobody is told."""
        ...

    def thaw(self) -> None:
        """Back in coverage."""
        ...


class Links:
    """All of them."""

    def __init__(self) -> None:
        """Start with none."""
        self._links: list[Link] = []

    def add(self, link: Link) -> None:
        """Have one more, from the next boot on."""
        self._links.append(link)

    async def start(self) -> None:
        """Connect each."""
        for link in self._links:
            await link.start()

    async def stop(self) -> None:
        """End each."""
        for link in self._links:
            await link.stop()

    async def settle(self) -> None:
        """Wait for each."""
        for link in self._links:
            await link.settle()

    def second(self) -> None:
        """Let a second pass for each."""
        for link in self._links:
            link.second()

    def notify(self, kind: str, subtype: str, text: str) -> None:
        """Tell each."""
        for link in self._links:
            link.notify(kind, subtype, text)

    def freeze(self) -> None:
        """Let nothing through on any."""
        for link in self._links:
            link.freeze()

    def thaw(self) -> None:
        """Let everything through again."""
        for link in self._links:
            link.thaw()
