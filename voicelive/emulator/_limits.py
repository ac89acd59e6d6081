"""What one client, and all of them together, may take of the server."""

import msgspec

SESSION_LIMIT_S = 3600.0
"""A session lasts at most so long (service facts, section 5)."""


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds that keep a client from taking the server down, or from slowing down the others.

    None of them is known of the service, except where a line says so. What goes beyond is refused with an error that names the limit;
    nothing is dropped in silence.

    Attributes:
        max_sessions: sessions open at once; the next is refused with status 429 before its WebSocket opens.
        max_waiting: connections that have not asked for a session yet; one more is closed at once.
        handshake_s: a connection that has not asked for a session by then is closed.
        ping_interval_s, ping_timeout_s: how often a client is pinged, and how long its pong may take before it is closed with 1011.
        stall_s: a client that takes nothing for so long while events wait for it is closed with 1008 (at the latest after twice that).
        max_backlog_bytes: events that wait for a client to read them; more, and it is closed with 1008. The service is known to do that
            too, after an error ``session_output_overflow``.
        close_s: how long a client may take to answer a close before it is cut off; also the bound of the server's own end.
        max_message_bytes: a longer message closes the session with 1009. Default: 15 MiB of audio as base64 and room to spare, so that
            an append just too large gets an answer.
        max_fragments: WebSocket fragments of one message; more close the session with 1009.
        max_unread_pongs: pongs that a client asked for and does not read; more, and it is cut off.
        max_event_values: values (objects, list items, keys) in one event.
        max_settings_bytes: a session's settings as JSON.
        max_items: items in a conversation.
        max_conversation_bytes: a conversation's items as JSON.
        max_input_bytes: audio in a session's input buffer and open turns, as 16-bit samples.
        max_unheard_bytes: committed audio of a session that waits for the recogniser, likewise.
        max_audio_bytes: both, of all sessions together; then those are refused more that hold more than 4 MiB themselves.
        max_responses: responses of a session that run at once: one in the conversation, the others beside it. MCP calls that run on after
            their response count, too.
        engine_s: how long a responder, a voice or a tool may take for its next piece before the response ends as failed.
        loop_share: part of the server's time that one session's events may take when there are many sessions; more are answered later.
            Of n sessions each may take 1/n, if that is more.

    Raises:
        ValueError: a limit is not above 0.
    """

    max_sessions: int = 500
    max_waiting: int = 200
    handshake_s: float = 10.0
    ping_interval_s: float = 20.0
    ping_timeout_s: float = 20.0
    stall_s: float = 30.0
    max_backlog_bytes: int = 4 * 1024 * 1024
    close_s: float = 5.0
    max_message_bytes: int = 24 * 1024 * 1024
    max_fragments: int = 4_096
    max_unread_pongs: int = 10_000
    max_event_values: int = 20_000
    max_settings_bytes: int = 1024 * 1024
    max_items: int = 10_000
    max_conversation_bytes: int = 32 * 1024 * 1024
    max_input_bytes: int = 32 * 1024 * 1024
    max_unheard_bytes: int = 32 * 1024 * 1024
    max_audio_bytes: int = 1024 * 1024 * 1024
    max_responses: int = 16
    engine_s: float = 120.0
    loop_share: float = 0.02

    def __post_init__(self) -> None:
        """Check the values."""
        for name in self.__struct_fields__:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")
