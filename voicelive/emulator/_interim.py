"""Something to say while the answer is being worked out (``interim_response``).

The service has this with cascaded models. Where its filler stands among the events is not documented; here it is a message of its own,
before what the response gives otherwise, and part of the conversation like any other.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

logger = logging.getLogger("voicelive.emulator")

LATENCY_THRESHOLD_MS = 2000
"""The service's default."""

MAX_COMPLETION_TOKENS = 50
"""The service's default for a filler that a model writes."""

USUAL_TEXT = "One moment, please."
"""Said when the session gives no texts, or nothing that could write one."""

Write: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[str]]
"""Takes the settings of an ``llm_interim_response``; gives the filler's text."""


class Filler:
    """The filler of one response; there is at most one.

    Args:
        config: ``interim_response`` in force, or None for no filler at all.
        say: makes a message of a text.
        write: writes the text of an ``llm_interim_response``.
    """

    def __init__(self, config: Mapping[str, Any] | None, say: Callable[[str], Awaitable[None]], write: Write) -> None:
        self._config = config or {}
        self._triggers = (self._config.get("triggers") or ["latency"]) if config is not None else []
        self._say = say
        self._write = write
        self._speaking = False
        self._over = False
        self._waiting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """The response begins: watch how long it takes."""
        if "latency" in self._triggers:
            self._waiting = asyncio.create_task(self._after_latency())

    async def settle(self) -> None:
        """The answer is there: begin no filler any more, and let one that is being said be said to its end.

        Raises:
            OutOfTokens: the response's ceiling was reached by the filler.
        """
        self._over = True
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        if not self._speaking:
            waiting.cancel()
            await asyncio.wait([waiting])
            return
        await waiting

    async def before_tool(self) -> None:
        """The answer is a call of a tool: say so first, if nothing was said yet and the session wants it.

        Raises:
            OutOfTokens: as `settle`.
        """
        first = not self._over and not self._speaking
        await self.settle()
        if first and "tool" in self._triggers:
            await self._fill()

    def stop(self) -> None:
        """The response has ended."""
        if self._waiting is not None:
            self._waiting.cancel()

    async def _after_latency(self) -> None:
        threshold_ms = self._config.get("latency_threshold_ms")
        await asyncio.sleep((LATENCY_THRESHOLD_MS if threshold_ms is None else threshold_ms) / 1000)
        await self._fill()

    async def _fill(self) -> None:
        text = await self._text()
        self._speaking = True
        await self._say(text)

    async def _text(self) -> str:
        if "llm" not in self._config["type"]:
            texts: list[str] = self._config.get("texts") or [USUAL_TEXT]
            return random.choice(texts)  # noqa: S311 - the service picks at random, too
        try:
            return await self._write(self._config)
        except Exception:
            logger.exception("the interim response could not be written")
            return USUAL_TEXT
