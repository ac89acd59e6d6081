"""What the known rules of the service say against settings, into the log before they are sent; nothing is held back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicelive_proto import Connection
    from voicelive_proto.client_events import ClientEvent

_log = logging.getLogger("voicelive")


class Advice:
    """Says each thing once for a connection: ``error`` and ``warning`` findings at WARNING, ``info`` at DEBUG."""

    def __init__(self, core: Connection) -> None:
        self._core = core
        self._said: frozenset[tuple[str, str]] = frozenset()  # empty, it takes no memory

    def on(self, event: ClientEvent | Mapping[str, Any]) -> None:
        """Look at an event that is about to be sent."""
        if not _log.isEnabledFor(logging.WARNING):
            return
        from voicelive_proto.lint import lint  # noqa: PLC0415 - its rules are needed from here on

        for finding in lint(event, connection=self._core):
            if (finding.rule, finding.path) not in self._said:
                self._said |= {(finding.rule, finding.path)}
                level = logging.DEBUG if finding.severity == "info" else logging.WARNING
                _log.log(level, "%s, as the service's rules are known: %s", event["type"], finding)
