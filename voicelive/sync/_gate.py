# Made from voicelive/_gate.py by tools/make_sync.py: change that one, then run `make sync`.
"""What happens to a request for a response while another response is active; and which errors are no news."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from .._policy import WhenResponseActive, check_policy
from ..exceptions import ResponseActive

if TYPE_CHECKING:
    from voicelive_proto import Connection
    from voicelive_proto.state import TrackedResponse

    from .._response_requests import ResponseRequests
    from ._reading import Reader

HARMLESS_CODES: Final = frozenset({"response_cancel_not_active", "item_already_truncated"})
"""Codes of errors that tell of a race and no more: what was asked for is so already (service rules)."""


class ResponseGate:
    """Lets requests for responses pass as the policy says."""

    def __init__(
        self,
        policy: WhenResponseActive,
        core: Connection,
        reader: Reader,
        requests: ResponseRequests[Any],
        cancel: Callable[..., None],
    ) -> None:
        self._policy = check_policy(policy)
        self._core = core
        self._reader = reader
        self._requests = requests
        self._cancel = cancel

    def enter(self) -> None:
        """Return when a request may be sent.

        Raises:
            ResponseActive: it may not, and the policy is ``error``.
            ConnectionClosed: the connection ended meanwhile.
        """
        if not self.closed:
            return
        if self._policy == "error":
            active = self._active
            raise ResponseActive(active.id if active is not None else None)
        cancelled = None
        while self._occupied:
            active = self._active
            if self._policy == "replace" and active is not None and active is not cancelled:
                cancelled = active
                self._cancel(response_id=active.id)
            self._reader.until(partial(self._changed, active))

    def _changed(self, before: TrackedResponse | None) -> bool:
        return self._active is not before or not self._occupied

    @property
    def closed(self) -> bool:
        """Whether a request may not be sent now."""
        return self._policy != "send" and self._occupied

    @property
    def _occupied(self) -> bool:
        return self._active is not None or self._requests.unanswered

    @property
    def _active(self) -> TrackedResponse | None:
        """The response of the conversation that goes on; those outside it keep none back (service facts, section 7, rule 8)."""
        responses, beside = self._core.responses, self._requests.beside
        if responses.active is None or responses.active.id not in beside:
            return responses.active
        return next((other for other in responses.values() if other.active and other.id not in beside), None)


def is_harmless(event: Any) -> bool:
    """Whether an ``error`` event tells of a race that changes nothing."""
    return event.error is not None and event.error.code in HARMLESS_CODES
