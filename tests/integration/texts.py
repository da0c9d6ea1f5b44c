"""Whether everything that a flow shows is translated, and everything translated is shown."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.components.repairs import RepairsFlow
from homeassistant.config_entries import ConfigSubentryFlow, OptionsFlow
from homeassistant.data_entry_flow import BaseServiceInfo, FlowHandler, FlowManager, FlowResultType, section
from homeassistant.helpers.selector import SelectSelector
import probatio as vol
import pytest

import custom_components.open_ev

_FILE = Path(str(custom_components.open_ev.__file__)).parent / "translations" / "en.json"
_PLACEHOLDER = re.compile(r"{(\w+)}")

type Flow = FlowHandler[Any, Any, Any]
type Result = Mapping[str, Any]


class Texts:
    """The English translations, and which of them a flow's result needs."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = dict(_leaves(json.loads(_FILE.read_text(encoding="utf-8"))))
        """The texts by their keys, joined with dots."""

    def check(self, flow: Flow, result: Result) -> None:
        """Check one thing that a flow shows.

        Raises:
            AssertionError: a text is missing, or it names something that the flow does not give.
        """
        part = _part(flow)
        given = {**flow.context.get("title_placeholders", {}), **(result.get("description_placeholders") or {})}
        needed = list(needs(part, result))
        for key in needed:
            assert key in self.keys, f"{key} is not translated"
        if result["type"] in {FlowResultType.FORM, FlowResultType.MENU}:
            needed.append(f"{part}.step.{result['step_id']}.description")
        for key in needed:
            assert set(_PLACEHOLDER.findall(self.keys.get(key, ""))) <= given.keys(), f"{key} names what is not given"


def _part(flow: Flow) -> str:
    """Where the texts of a flow are."""
    match flow:
        case OptionsFlow():
            return "options"
        case ConfigSubentryFlow():
            return f"config_subentries.{flow.handler[1]}"
        case RepairsFlow():
            # The id of an issue ends with that of its config entry.
            return f"issues.{flow.issue_id.rpartition('_')[0]}.fix_flow"
    return "config"


def needs(part: str, result: Result) -> Iterator[str]:
    """The keys of the texts that a flow's result needs."""
    step = f"{part}.step.{result.get('step_id')}"
    match result["type"]:
        case FlowResultType.FORM:
            yield f"{step}.title"
            yield from _form_needs(step, result["data_schema"])
            yield from (f"{part}.error.{error}" for error in (result["errors"] or {}).values())
        case FlowResultType.MENU:
            yield f"{step}.title"
            yield f"{step}.description"
            yield from (f"{step}.menu_options.{option}" for option in result["menu_options"])
        case FlowResultType.SHOW_PROGRESS:
            yield f"{part}.progress.{result['progress_action']}"
        case FlowResultType.ABORT if result.get("translation_domain") is None:
            yield f"{part}.abort.{result['reason']}"


def _form_needs(step: str, schema: vol.Schema) -> Iterator[str]:
    for field, kind in schema.schema.items():
        if isinstance(kind, section):
            yield f"{step}.sections.{field}.name"
            yield from _form_needs(f"{step}.sections.{field}", kind.schema)
            continue
        yield f"{step}.data.{field}"
        yield f"{step}.data_description.{field}"
        if isinstance(kind, SelectSelector) and (group := kind.config.get("translation_key")):
            untold = (
                each for each in kind.config["options"] if isinstance(each, str) or each["value"] == each["label"]
            )
            yield from (
                f"selector.{group}.options.{each if isinstance(each, str) else each['value']}" for each in untold
            )


def _leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def watch_flows(monkeypatch: pytest.MonkeyPatch) -> Texts:
    """Check whatever a flow of the integration shows from now on."""
    texts = Texts()
    handle = "_async_handle_step"
    original = getattr(FlowManager, handle)

    async def checked(
        manager: FlowManager[Any, Any, Any],
        flow: Flow,
        step_id: str,
        user_input: dict[str, Any] | BaseServiceInfo | None,
    ) -> Result:
        result: Result = await original(manager, flow, step_id, user_input)
        if type(flow).__module__.startswith(custom_components.open_ev.__name__):
            texts.check(flow, result)
        return result

    monkeypatch.setattr(FlowManager, handle, checked)
    return texts
