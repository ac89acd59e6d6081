#!/usr/bin/env python
"""Write the option table of docs/transports.md from what the adapters do: ``python docs/make_transport_table.py``.

Each cell is an attempt to connect, with that option, to a port where nobody listens: an adapter that can't honour an
option refuses it before it touches the network, one that can gets as far as the refused port. Needs all libraries.
"""

import socket
import ssl
from pathlib import Path
from typing import Any

import anyio

from voicelive_transports import ConnectFailed, ConnectOptions, get_opener

PAGE = Path(__file__).with_name("transports.md")
BEGIN, END = "<!-- options: begin -->\n", "<!-- options: end -->\n"

ADAPTERS = ("picows", "aiohttp", "websockets", "anyio")
VENDOR_OPTIONS = {
    "picows": {"read_buffer_init_size": 8192},
    "aiohttp": {"origin": "https://example.org"},
    "websockets": {"max_queue": 4},
    "anyio": {"none": 0},
}
ROWS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("`headers`", "wss", {"headers": (("api-key", "k"),)}),
    ("`compression=True`", "wss", {"compression": True}),
    ("`compression=9` to `15`", "wss", {"compression": 12}),
    ("`max_msg_size`", "wss", {"max_msg_size": 1000}),
    ("`heartbeat`", "wss", {"heartbeat": 20}),
    ("`autoclose=False`", "wss", {"autoclose": False}),
    ("`autoping=False`", "wss", {"autoping": False}),
    ("`receive_timeout`", "wss", {"receive_timeout": 5}),
    ("`close_timeout`", "wss", {"close_timeout": 5}),
    ("`handshake_timeout`", "wss", {"handshake_timeout": 5}),
    ("`ssl_context`", "wss", {"ssl_context": None}),
    ("`proxy`, http, for `wss://`", "wss", {"proxy": "http://{closed}"}),
    ("`proxy`, http, for `ws://`", "ws", {"proxy": "http://{closed}"}),
    ("`proxy`, https", "wss", {"proxy": "https://{closed}"}),
    ("`proxy`, socks5", "wss", {"proxy": "socks5://{closed}"}),
    ("`vendor_options`", "wss", {"vendor_options": None}),
)


def table() -> str:
    """The table, and the adapters' own words for each refusal."""
    notes: list[str] = []
    lines = [f"| option | {' | '.join(f'`{name}`' for name in ADAPTERS)} |", f"| --- |{' --- |' * len(ADAPTERS)}"]
    for title, scheme, values in ROWS:
        cells = [_cell(anyio.run(_attempt, adapter, scheme, values), notes) for adapter in ADAPTERS]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(f"{number}. {note}" for number, note in enumerate(notes, 1)), ""])


def _cell(refusal: str | None, notes: list[str]) -> str:
    if refusal is None:
        return "yes"
    if refusal not in notes:
        notes.append(refusal)
    return f"refused ({notes.index(refusal) + 1})"


async def _attempt(adapter: str, scheme: str, values: dict[str, Any]) -> str | None:
    """Try to connect; gives the refusal, or None if the option was taken."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        options = {"proxy": False} | {name: _filled(name, value, adapter, address) for name, value in values.items()}
        try:
            await get_opener(adapter)(f"{scheme}://{address}/", ConnectOptions(**options))
        except ConnectFailed:
            return None
        except (ValueError, TypeError) as exc:
            return str(exc)
    raise RuntimeError(f"{adapter} connected to a port where nobody listens")


def _filled(name: str, value: Any, adapter: str, address: str) -> Any:
    if name == "vendor_options":
        return VENDOR_OPTIONS[adapter]
    if name == "ssl_context":
        return ssl.create_default_context()
    return value.format(closed=address) if isinstance(value, str) else value


def page() -> str:
    """The whole page, with the table made anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
