"""Make the blocking facade's modules in ``voicelive/sync`` from those of the asynchronous one: ``make sync``.

``async`` and ``await`` go, names get their blocking twins, and what differs in substance is listed in `CHANGES`: each text must be found
exactly once, so that a change of the source can't pass unseen.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "voicelive"
TARGET: Final = SOURCE / "sync"

MADE: Final = ("_connect", "_connection", "_gate", "_resources", "_response_handle", "_staying", "_subscription")
BESIDE: Final = (*MADE, "_credentials", "_reading", "_scheduling")
"""Modules of ``voicelive/sync``; every other one is shared."""

WORDS: Final = (
    (r"async (def|with|for)\b", r"\1"),
    (r"\bawait (?=[\w(])", ""),
    (r"__a(enter|exit|iter|next)__", r"__\1__"),
    (r"StopAsyncIteration", "StopIteration"),
    (r"AsyncIterator", "Iterator"),
    (r"AbstractAsyncContextManager", "AbstractContextManager"),
    (r"Awaitable\[None\]", "None"),
    (r"\bAwaitable, ", ""),
    (r"\baclose\b", "close"),
    (r"\bTransport\b", "BlockingTransport"),
    (r"\bOpener\b", "BlockingOpener"),
    (r"  # noqa: ASYNC109.*", ""),
    (r"\btask\b", "thread"),
    (r"\btasks\b", "threads"),
)

CHANGES: Final = {
    "_connect": (
        ("from voicelive_transports import ConnectOptions, BlockingOpener, TransportError, get_opener\n",
         "from voicelive_transports import ConnectOptions, TransportError\n"),
        ("if TYPE_CHECKING:\n", "from ._openers import get_opener\n\nif TYPE_CHECKING:\n    from voicelive_transports.websockets_sync import BlockingOpener\n"),
        (""""auto"`` (default): under trio
            the anyio adapter, under asyncio the fastest of picows, aiohttp and websockets that is installed and can honour the options;
            ``transport_info.adapter`` of the connection says which.""",
         """"auto"`` (default) and ``"websockets"``: websockets' threaded client."""),
        (("        def __await__", "    def again"),
         """        def __aenter__(self) -> NoReturn:
            raise TypeError("use: with connect(...) as connection; with an event loop: voicelive.connect()")

        def __aexit__(self, *_: object) -> None:  # without it "async with" does not come as far as __aenter__
            pass

"""),
        ("name of an adapter of ``voicelive_transports``, or", "a name, or"),
    ),
    "_connection": (
        ("It awaits and never schedules: no thread is started here, so it runs wherever its transport does, on asyncio or trio.",
         "No thread is started here; the transport may have its own."),
        ("def core(self) -> Connection:", "def core(self) -> LockedConnection:"),
        ("from voicelive_proto import CLIENT, Connection, LocalProtocolError", "from voicelive_proto import CLIENT, LocalProtocolError"),
        ("from voicelive_transports import BlockingTransport, TransportClosed, TransportError, TransportInfo\n",
         "from voicelive_transports import TransportClosed, TransportError, TransportInfo\n\nfrom ._locking import LockedConnection, in_turn\n"),
        ("if TYPE_CHECKING:\n", "if TYPE_CHECKING:\n    from voicelive_transports.websockets_sync import BlockingTransport\n"),
        ("""One thread may receive while any number of threads send. Cancelling ``recv()`` loses no event; of a cancelled ``send()`` either the
    whole event goes out or nothing does, though ``state`` may count it as sent.""",
         "One thread may receive while any number of threads send."),
        ("from collections.abc import Mapping\n", "from collections.abc import Callable, Mapping\n"),
        (", such as a side of ``voicelive_transports.memory_pair()``", ""),
        ("        self._watch = watch\n        self._core = Connection(CLIENT)\n",
         "        self._core = LockedConnection(CLIENT)\n        self._order = threading.RLock()\n        self._watch = in_turn(watch, self._core.lock)\n"),
        ("import logging\n", "import logging\nimport threading\n"),
        ("Reader(self._read, self._take)", "Reader(self._read, self._take, self._core.lock)"),
        ("ResponseRequests(self._reader, handle, self._has_others, self._updates)",
         "in_turn(ResponseRequests(self._reader, handle, self._has_others, self._updates), self._core.lock)"),
        ("def recv(self) ->", "def recv(self, timeout: float | None = None) ->"),
        ('"""Wait for the next event.\n\n        Raises:\n',
         '"""Wait for the next event.\n\n        Args:\n            timeout: seconds to wait at most; None for no limit.\n\n        Raises:\n            TimeoutError: none came in time.\n'),
        ("def recv_bytes(self) -> bytes:", "def recv_bytes(self, timeout: float | None = None) -> bytes:"),
        ("(self._receive()).frame", "self._receive(timeout).frame"),
        ("def _receive(self) -> Received:", "def _receive(self, timeout_s: float | None) -> Received:"),
        ("return self._reader.next()", "return self._reader.next(timeout_s)"),
        ("def _read(self) -> bytes:", "def _read(self, timeout_s: float | None, stop: Callable[[], bool] | None) -> bytes | None:"),
        ("            return self._transport.receive()\n", "            return self._transport.receive(timeout_s, stop)\n"),
        ("            frame = self._core.send(event)\n            self._transport.send(frame)\n",
         "            with self._order:  # frames go out as the state counts them\n                frame = self._core.send(event)\n                self._transport.send(frame)\n"),
        ("            frame = self._core.send_audio(audio)\n            self._transport.send(frame)\n",
         "            with self._order:\n                frame = self._core.send_audio(audio)\n                self._transport.send(frame)\n"),
        (" Cancelling drops the connection at once.", ""),
        (("            reader = self._reader\n", '            if event.type != "error"'), "            event = self._event_of(self._receive(timeout))\n"),
    ),
    "_gate": (),
    "_resources": (
        ("""        if of_conversation:
            self._connection._gate.enter()
        handle = requests.add(own_id, settings)
        try:
            self._send(request)
        except BaseException as error:
            if isinstance(error, Exception) or not self._connection.transport_info.sends_first:
                requests.withdraw(own_id)
            raise
        return handle
""", """        while True:
            if of_conversation:
                self._connection._gate.enter()
            with self._connection._order:  # requests are answered in the order in which they are noted
                if of_conversation and self._connection._gate.closed:
                    continue  # another thread came between
                handle = requests.add(own_id, settings)
                try:
                    self._send(request)
                except Exception:
                    requests.withdraw(own_id)
                    raise
                return handle
"""),
    ),
    "_response_handle": (
        ("    def __await__(self) -> Generator[Any, Any, Response]:\n        return self.done().__await__()\n\n", ""),
        ("await `done`, or the handle itself,\n    for its end", "call `done` for\n    its end"),
        ("Callable, Generator", "Callable"),
    ),
    "_staying": (
        ("import anyio\n", ""),
        ("anyio.sleep", "time.sleep"),
        ("Awaitable[_ResultT]", "_ResultT"),
    ),
    "_subscription": (),
}  # fmt: skip


def make(name: str) -> str:
    """The blocking form of a module, formatted.

    Raises:
        ValueError: a text of `CHANGES` isn't found exactly once.
    """
    text = (SOURCE / f"{name}.py").read_text(encoding="utf-8")
    keep = "await `done`, or the handle itself,"
    text = text.replace(keep, "\0")
    for pattern, blocking in WORDS:
        text = re.sub(pattern, blocking, text)
    text = text.replace("\0", keep)
    for old, new in CHANGES[name]:
        text = _change(name, text, old, new)
    text = re.sub(r"^(\s*)from \.(\w+) import", _import, text, flags=re.MULTILINE)
    text = text.replace("from . import", "from .. import")
    head = f"# Made from voicelive/{name}.py by tools/make_sync.py: change that one, then run `make sync`.\n"
    return _tidy(head + text)


def _change(name: str, text: str, old: str | tuple[str, str], new: str) -> str:
    if isinstance(old, tuple):  # everything from the one up to the other
        begin, end = old
        if text.count(begin) != 1 or end not in text.split(begin)[1]:
            raise ValueError(f"{name}.py has changed: {begin!r} to {end!r} isn't there once")
        old = begin + text.split(begin)[1].split(end, maxsplit=1)[0]
    if text.count(old) != 1 and old != "if TYPE_CHECKING:\n":
        raise ValueError(f"{name}.py has changed: {old!r} is there {text.count(old)} times")
    return text.replace(old, new, 1)


def _import(match: re.Match[str]) -> str:
    indent, module = match.groups()
    beside = module in (*BESIDE, "_locking", "_openers")
    return f"{indent}from {'.' if beside else '..'}{module} import"


def _tidy(text: str) -> str:
    ruff = [sys.executable, "-m", "ruff"]
    for step in (["check", "--fix", "--quiet", "--exit-zero"], ["format", "--quiet"]):
        run = subprocess.run(
            [*ruff, *step, "--stdin-filename", str(TARGET / "_made.py"), "-"], input=text, capture_output=True, text=True, check=True
        )
        text = run.stdout
    return text


def main() -> None:
    """Write them all."""
    for name in MADE:
        (TARGET / f"{name}.py").write_text(make(name), encoding="utf-8")


if __name__ == "__main__":
    main()
