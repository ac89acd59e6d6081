"""Names of ``voicelive.models`` are the core's classes, to type checkers as well; checked with mypy, never run."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from voicelive import models
from voicelive_proto import client_events, enums, server_events


def aliases(delta: server_events.ResponseAnimationBlendshapesDelta, update: client_events.SessionUpdate) -> None:
    same: models.ServerEventResponseAnimationBlendshapeDelta = delta
    assert_type(same, server_events.ResponseAnimationBlendshapesDelta)
    also: models.ClientEventSessionUpdate = update
    assert_type(also, client_events.SessionUpdate)


def families(event: models.ServerEvent, item: models.ResponseItem, tool: models.Tool) -> None:
    if isinstance(event, models.ServerEventResponseDone):
        assert_type(event.response, models.Response)
    if isinstance(item, models.ResponseFunctionCallItem):
        assert_type(item.arguments, str)
    if isinstance(tool, models.MCPServer):
        assert_type(tool.server_url, str)


def mappings(session: models.RequestSession) -> None:
    assert_type(session.as_dict(), dict[str, Any])
    assert_type(models.RequestSession.from_dict({"voice": "alloy"}), models.RequestSession)
    session.turn_detection = None
    session.voice = "alloy"


def constants() -> tuple[str, enums.Modality]:
    return models.ServerEventType.ERROR, models.Modality.TEXT
