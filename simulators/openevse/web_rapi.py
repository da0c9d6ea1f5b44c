"""RAPI over HTTP: /r and /rapi."""

from html import escape
from typing import Final

from .generations import Firmware
from .http import HTML, JSON, Answer, Asked
from .knobs import Knobs, RapiFault
from .serial_line import Exchange, Line

_BLOCKED: Final = "RAPI_RESPONSE_BLOCKED"
_BEFORE: Final = (
    "<html><font size='20'><font color=006666>Open</font><b>EVSE</b></font><p>RAPI command<p>"
    "<form method='get' action='r'><input id='rapi' name='rapi'><input type='submit'></form>"
)
_AFTER: Final = "<script type='text/javascript'>document.getElementById('rapi').focus();</script><p></html>\r\n\r\n"


class RapiDoor:
    """Hands commands on to the controller."""

    def __init__(self, firmware: Firmware, line: Line, knobs: Knobs, *, blocked: bool) -> None:
        """Refuse commands that write if `blocked`."""
        self._firmware = firmware
        self._line = line
        self._knobs = knobs
        self._blocked = blocked
        self._timer = "0 0 0 0"
        """What the last `$ST` that worked has set; told in place of a controller that does not know `$GD`."""
        self.handed_on: list[str] = []
        """The commands, without checksum."""

    def handle(self, asked: Asked) -> Answer:
        """Answer in JSON where `json` is among the parameters, whatever it says, and in HTML otherwise."""
        parameters = {**asked.form}
        if asked.method != "POST" or self._firmware.query_of_post:
            parameters |= asked.query
        wants_json = "json" in parameters
        command = parameters.get("rapi")
        if self._knobs.empty_answer or (command is None and wants_json):
            return Answer(kind=JSON if wants_json else HTML)
        if command is None:
            return self._page("")
        if self._refuses(command):
            return self._failed(command, _BLOCKED, 400, wants_json=wants_json)
        self.handed_on.append(command.partition("^")[0])
        outcome = self._ask(command)
        if outcome.fault is not None:
            return self._silent(command, outcome.fault, wants_json=wants_json)
        if wants_json:
            # Neither part is escaped: a quotation mark in the command, or raw bytes in the answer, make it no JSON.
            return Answer(body=f'{{"cmd":"{command}","ret":"'.encode() + outcome.text.encode("latin-1") + b'"}')
        mark = "&gt;" if self._firmware.escapes_html else ">"
        shown = escape(outcome.text, quote=False) if self._firmware.escapes_html else outcome.text
        return self._page(f"{command}<p>{mark}{shown}")

    def _refuses(self, command: str) -> bool:
        if command.startswith(self._firmware.always_refused):
            return True
        return self._blocked and not command.startswith(self._firmware.harmless)

    def _ask(self, command: str) -> Exchange:
        outcome = self._line.request(command)
        if outcome.fault is not None:
            return outcome
        if command.startswith("$ST") and outcome.agreed:
            self._timer = command[4:]
        if not outcome.agreed and command == "$GD":
            return Exchange(f"$OK {self._timer}")
        if not outcome.agreed and command.startswith("$FF"):
            # Tried again as an old controller knows it; that it worked is not told.
            self._line.request("$S" + command[4:])
        return outcome

    def _silent(self, command: str, fault: RapiFault, *, wants_json: bool) -> Answer:
        if self._firmware.tells_faults:
            return self._failed(command, fault, 500, wants_json=wants_json)
        return Answer() if wants_json else self._page("")

    @staticmethod
    def _failed(command: str, reason: str, status: int, *, wants_json: bool) -> Answer:
        if wants_json:
            return Answer(status=status, body=f'{{"cmd":"{command}","error":"{reason}"}}'.encode())
        return RapiDoor._page(f"{command}<p><strong>Error:</strong>{reason}", status)

    @staticmethod
    def _page(said: str, status: int = 200) -> Answer:
        return Answer(status=status, body=f"{_BEFORE}{said}{_AFTER}".encode("latin-1", "replace"), kind=HTML)
