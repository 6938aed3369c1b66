"""What a screen reader is told: Chromium's own accessibility tree, in reading order."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

#: Roles that a reader announces; whatever else there is only holds these, or is text in them.
TOLD = {
    "alert",
    "button",
    "checkbox",
    "combobox",
    "DisclosureTriangle",
    "group",
    "heading",
    "image",
    "link",
    "listitem",
    "log",
    "progressbar",
    "radio",
    "status",
    "tab",
    "tablist",
    "tabpanel",
    "textbox",
}
#: States that are told with them.
STATES = ("checked", "selected", "expanded", "invalid", "live", "disabled")


def spoken(page: Page) -> list[str]:
    """A line a thing: its role, its name, what it holds, its states that are not as usual."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {node["nodeId"]: node for node in nodes}

    def children(node: dict[str, Any]) -> list[dict[str, Any]]:
        return [by_id[each] for each in node.get("childIds", ()) if each in by_id]

    def text(node: dict[str, Any]) -> str:
        if _value(node, "role") == "StaticText":
            return _value(node, "name")
        return " ".join(filter(None, map(text, children(node))))

    def lines(node: dict[str, Any]) -> list[str]:
        below = [line for child in children(node) for line in lines(child)]
        role = _value(node, "role")
        if node.get("ignored") or role not in TOLD:
            return below
        name = _value(node, "name")
        if not name and role in ("alert", "listitem", "status"):
            name = " ".join(text(node).split())
        return [" ".join(filter(None, [role.lower(), name, *_states(node)])), *below]

    root = next(node for node in nodes if "parentId" not in node)
    return lines(root)


def _value(node: dict[str, Any], key: str) -> str:
    return str(node.get(key, {}).get("value", ""))


def _states(node: dict[str, Any]) -> list[str]:
    found = {each["name"]: each["value"].get("value") for each in node.get("properties", ())}
    states = [f"{name}={found[name]}" for name in STATES if name in found]
    usual = {"invalid=false", "checked=false", "selected=False", "live=polite"}
    value = [f"= {_value(node, 'value')}"] if "value" in node else []
    return [*value, *(state for state in states if state not in usual)]
