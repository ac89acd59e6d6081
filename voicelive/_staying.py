"""``stay_connected()``: a conversation that outlives its connection.

Nothing reconnects by itself: the caller hands over what is done on a connection, and it is done again on the next one, which the core's
resume plan has brought as near to the lost one as can be. No task is started.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

import anyio

from ._connect import ConnectionContext
from ._hooks import words
from ._live_state import Resumed
from ._policy import default_delay_s

if TYPE_CHECKING:
    from ._connection import VoiceLiveConnection
    from ._losses import Lost

ANSWER_S: Final = 30.0
"""So long an answer is waited for while a session is rebuilt; what has none by then counts as lost."""

BEGIN_S: Final = 30.0
"""So long a new session may take to begin."""

_AT_ONCE: Final = 16
"""So many events are sent before the first of them is answered: a long conversation shall neither fill the way back nor take a round
trip for each item."""

LAST_WORDS_S: Final = 1.0
"""So long what came before a loss may take to be read; it has arrived, as a rule."""

STEADY_S: Final = 60.0
"""A conversation that lasted so long on one connection starts the count of attempts anew."""

_ResultT = TypeVar("_ResultT")

_log = logging.getLogger("voicelive")


async def stay_connected(
    context: ConnectionContext,
    conversation: Callable[[VoiceLiveConnection], Awaitable[_ResultT]],
    *,
    max_attempts: int = 5,
    delay_s: Callable[[int], float] = default_delay_s,
) -> _ResultT:
    """Hold a conversation, and go on with it on a new connection whenever one is lost.

    ::

        async def converse(connection):
            if connection.resumed is None:  # the first one
                await connection.session.update(session=settings)
            else:
                print(*connection.resumed.lost)  # what could not be brought over
            async for event in connection:
                ...


        await stay_connected(connect(endpoint=endpoint, credential=credential, model=model), converse)

    A connection is lost when it ended and nobody meant it so: without a close frame, because the service goes away, fails, or lets no
    session last longer. Inside of ``conversation`` each of these raises ``ConnectionClosed``, from an iteration, too; let it pass. A close
    that means something (1008 and the like), an error of your own, and a handshake that is refused are raised. What the service sent before
    the end counts, read or not: it is read before the loss is judged.

    On the new connection, with a token fetched anew, the settings and the conversation are sent before ``conversation`` is called again,
    those that were on their way included; the answers to that, ``session.created`` first, are the first events it receives. Audio, what
    was going on, and what the service refuses are gone: ``connection.resumed`` says what, in words.

    Args:
        context: what ``connect()`` gives; not entered.
        conversation: called with each connection. When it returns, or raises anything but the loss, that is the end.
        max_attempts: connections that may fail or be lost within a minute, one after the other; then the last failure is raised.
        delay_s: a function that takes the number of an attempt, from 1, and gives the seconds to wait before it. What the service asks
            for by ``Retry-After`` is waited for all the same, a minute at most.

    Returns:
        What ``conversation`` returns.

    Raises:
        TypeError: ``context`` isn't what ``connect()`` gives, or ``delay_s`` no function.
        ValueError: ``max_attempts`` is below 1.
        ConnectionClosed: lost, and every attempt was; or closed for good.
        ConnectFailed, HandshakeRejected: the first connection could not be made, or none again; so ConnectTimeout, where it was made and
            no session began.
    """
    if not isinstance(context, ConnectionContext):
        raise TypeError(f"stay_connected() takes what connect() gives, not entered, and not a {type(context).__name__}")
    if max_attempts < 1:
        raise ValueError(f"max_attempts must be 1 or more, not {max_attempts}")
    if not callable(delay_s):
        raise TypeError(f"delay_s must be a function of the attempt's number, such as lambda attempt: 0.5; not {delay_s!r:.60}")
    # Imported when it is needed, as connect() does.
    from ._losses import asked_wait_s, is_the_end, is_worth_trying, lost_by  # noqa: PLC0415

    lost: Lost | None = None
    attempt = 0
    while True:
        connection: VoiceLiveConnection | None = None
        begun_s: float | None = None
        try:
            async with context.again() as connection:
                try:
                    if lost is not None:
                        await _resume(connection, lost)
                    begun_s = time.monotonic()
                    connection._raises_losses = True
                    return await conversation(connection)
                except Exception as error:
                    if connection._end is not None and is_the_end(error):
                        await _hear_out(connection)
                    raise
        except Exception as error:
            now_lost = lost_by(connection, error, lost)
            if now_lost is None and (lost is None or begun_s is not None or not is_worth_trying(error)):
                raise
            lost = now_lost or lost
            was_steady = begun_s is not None and time.monotonic() - begun_s >= STEADY_S
            attempt = 1 if was_steady else attempt + 1
            if attempt > max_attempts:
                raise
            wait_s = max(delay_s(attempt), asked_wait_s(error))
            reason = words(error if now_lost is None else now_lost.cause)
            _log.warning("%s; connecting again in %.1f s, attempt %d of %d", reason, wait_s, attempt, max_attempts)
        await anyio.sleep(wait_s)


async def _hear_out(connection: VoiceLiveConnection) -> None:
    """Read what came before the end, where a send met that first: items, and the reason."""
    from .exceptions import ConnectionClosed, ReceiveTimeout  # noqa: PLC0415 - as above

    with contextlib.suppress(ConnectionClosed, ReceiveTimeout):
        await connection._reader.within(LAST_WORDS_S, lambda: False)


async def _resume(connection: VoiceLiveConnection, lost: Lost) -> None:
    """Bring the settings and the conversation over, and say in ``connection.resumed`` what was left behind.

    Raises:
        ConnectionClosed: lost again.
        ConnectTimeout: the service does not begin a session.
        ReceiveTimeout: nothing came for longer than the option ``receive_timeout``.
    """
    from voicelive_proto.resume import resume_plan  # noqa: PLC0415 - as above

    from ._losses import Answers, named  # noqa: PLC0415
    from .exceptions import ConnectTimeout  # noqa: PLC0415

    plan = resume_plan(lost.connection._core)
    try:
        await connection.wait_for("session.created", timeout=BEGIN_S)
    except TimeoutError as error:
        raise ConnectTimeout(f"connected, but no session began: {error}") from error
    answers = Answers()
    answering = True  # who has left that much without an answer once is not waited for again before the end
    connection._reader.add(answers)
    try:
        for number, event in enumerate(plan.events):
            answering = answering and await connection._reader.within(ANSWER_S, lambda: len(answers.awaited) < _AT_ONCE)
            await connection.send(answers.await_one(f"resume_{number}", event))
        await connection._reader.within(ANSWER_S, lambda: not answers.awaited)
    finally:
        connection._reader.remove(answers)
    left = (*plan.lost, *answers.refusals, *(f"{named(event)}: the service did not answer" for event in answers.awaited.values()))
    connection.resumed = resumed = Resumed(lost.cause, lost.reconnects, left)
    if connection._watch is not None:
        connection._watch.resumed(resumed)
