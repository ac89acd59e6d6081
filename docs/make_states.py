"""Write docs/states.md from the tables of `voicelive_proto`: ``python docs/make_states.py``."""

from collections.abc import Iterator
from pathlib import Path

from voicelive_proto._state import tables

PAGE = Path(__file__).with_name("states.md")

START = """# States

One table per entity says which event leads from which state to which (`voicelive_proto/_state/tables.py`); this page is drawn from them by
`docs/make_states.py`. Both roles are judged by the same tables. What a row does not list is refused when we send it (`LocalProtocolError`,
nothing changed), and delivered, noted and repaired when the peer sends it (`UnexpectedEvent` with `strict=True`).

`▸` marks events that the client sends; all others come from the service. Closing the WebSocket is no event: from any state it leads a
session to CLOSED.

The states, and the classes of what a connection knows, are in `voicelive_proto.state`.
"""

EVENTS_PER_LINE = 3


def label(column: tables.Input) -> str:
    """Wire name of a column; the status of a ``response.done`` goes with it."""
    if isinstance(column, tuple):
        kind, status = column
        return f"{kind.type} ({status})"
    return f"▸ {column.type}" if column.__module__.endswith("client_events") else column.type


def arrows(table: tables.Table) -> Iterator[str]:
    """Mermaid lines: one arrow for each pair of states, with all events that lead along it."""
    for state, row in table.items():
        for target in dict.fromkeys(row.values()):
            events = [label(column) for column, leads_to in row.items() if leads_to is target]
            lines = [", ".join(events[start : start + EVENTS_PER_LINE]) for start in range(0, len(events), EVENTS_PER_LINE)]
            yield f"    {name(state)} --> {target.name}: {',<br>'.join(lines)}"


def name(state: tables.State | None) -> str:
    """Mermaid's name of a state; its start is what does not exist yet."""
    return state.name if state is not None else "[*]"


def diagram(entity: str, table: tables.Table) -> str:
    """A section of the page."""
    first = next(iter(table))
    kind = type(next(state for state in table if state is not None))
    begin = [] if first is None else [f"    [*] --> {first.name}"]
    end = [f"    {state.name} --> [*]" for state, row in table.items() if state is not None and not row]
    lines = ["stateDiagram-v2", "    direction LR", *begin, *arrows(table), *end]
    return f"## {entity.capitalize()}\n\n{kind.__doc__}\n\n```mermaid\n" + "\n".join(lines) + "\n```\n"


def page() -> str:
    """The whole page."""
    return "\n".join([START, *(diagram(entity, table) for entity, table in tables.TABLES.items())])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
