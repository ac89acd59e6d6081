"""Several who wait for the events of one connection: subscriptions, wait_for, the connection itself, the pump."""

import gc
import time
from functools import partial

import anyio
import pytest

from voicelive import ConcurrentReceive, ConnectionClosed, EventsMissed, MalformedEvent, ReceiveTimeout, SubscriptionClosed, models
from voicelive._reading import MAX_EVENTS
from voicelive_proto import server_events
from voicelive_proto.responses import Response
from voicelive_proto.server_events import ResponseCreated, ResponseDone

from .local_service import CLEARED, CREATED, connect_to, joined_in_memory, local_service, run

BOTH = pytest.mark.parametrize("backend", ["asyncio", "trio"])


def numbered(name):
    return server_events.InputAudioBufferCleared(event_id=name)


ERROR = server_events.Error.from_dict(
    {"type": "error", "event_id": "e", "error": {"type": "invalid_request_error", "message": "no such thing", "code": "invalid_value"}}
)


async def types_of(events):
    return [event.type async for event in events]


@BOTH
def test_everyone_gets_every_event_in_order(backend):
    async def main():
        connection, peer = joined_in_memory()
        got = {}

        async def collect(name, events):
            got[name] = await types_of(events)

        with connection.events() as all_events, connection.events("input_audio_buffer.cleared") as some:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(collect, "connection", connection)
                tasks.start_soon(collect, "all", all_events)
                tasks.start_soon(collect, "some", some)
                for event in (CREATED, CLEARED, ERROR, CLEARED):
                    await peer.send(event)
                await peer.close(1000, "")
        names = ["session.created", "input_audio_buffer.cleared", "error", "input_audio_buffer.cleared"]
        assert got == {"connection": names, "all": names, "some": [names[1], names[3]]}

    run(main, backend=backend)


@BOTH
@pytest.mark.parametrize(
    "wanted",
    ["input_audio_buffer.cleared", models.ServerEventInputAudioBufferCleared, lambda event: event.event_id == CLEARED.event_id],
    ids=["wire name", "class", "function"],
)
def test_wait_for_takes_nothing_from_others(backend, wanted):
    async def main():
        connection, peer = joined_in_memory()
        await peer.send(CREATED)
        await peer.send(CLEARED)
        await peer.send(numbered("a"))
        assert await connection.wait_for(wanted) == CLEARED
        assert [await connection.recv(), await connection.recv(), await connection.recv()] == [CREATED, CLEARED, numbered("a")]

    run(main, backend=backend)


@BOTH
def test_what_others_read_can_be_had_as_frames(backend):
    async def main():
        connection, peer = joined_in_memory()
        frame = b'{"event_id":"x",  "type":"input_audio_buffer.cleared"}'
        await peer.send_frame(frame)
        assert (await connection.wait_for("input_audio_buffer.cleared")).event_id == "x"
        assert await connection.recv_bytes() == frame

    run(main, backend=backend)


@BOTH
def test_who_waits_goes_on_when_the_one_who_reads_is_cancelled(backend):
    async def main():
        connection, peer = joined_in_memory()
        got = []

        async def wait():
            got.append(await connection.wait_for("input_audio_buffer.cleared"))

        async def receive():
            got.append(await connection.recv())

        for first, second in ((wait, receive), (receive, wait)):
            async with anyio.create_task_group() as tasks:
                reading = anyio.CancelScope()

                async def cancelled(first=first, reading=reading):
                    with reading:
                        await first()

                tasks.start_soon(cancelled)
                await anyio.wait_all_tasks_blocked()
                tasks.start_soon(second)
                await anyio.wait_all_tasks_blocked()
                reading.cancel()
                await anyio.wait_all_tasks_blocked()
                await peer.send(CLEARED)
            assert got.pop() == CLEARED
            assert not got
        assert await connection.recv() == CLEARED  # what the last wait_for read for recv()

    run(main, backend=backend)


@BOTH
def test_a_second_recv_is_refused_while_the_first_waits_for_another_reader(backend):
    async def main():
        connection, peer = joined_in_memory()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.wait_for, "input_audio_buffer.cleared")
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(connection.recv)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(ConcurrentReceive):
                await connection.recv()
            await peer.send(CLEARED)

    run(main, backend=backend)


@BOTH
def test_the_timeout_of_wait_for_names_the_last_error(backend):
    async def main():
        connection, peer = joined_in_memory()
        await peer.send(CREATED)
        await peer.send(ERROR)
        message = (
            r"no 'session.updated' or 'response.text.done' or ResponseDone within 0.2 s; "
            r"2 other events came; the last error was: no such thing"
        )
        wanted = ("session.updated", models.ServerEventType.RESPONSE_TEXT_DONE, models.ServerEventResponseDone)
        with pytest.raises(TimeoutError, match=message):
            await connection.wait_for(*wanted, timeout=0.2)

    run(main, backend=backend)


@pytest.mark.parametrize(
    ("wanted", "error", "message"),
    [
        ((), TypeError, "say what to wait for"),
        ((7,), TypeError, "not int"),
        ((models.ClientEventResponseCreate,), TypeError, "ResponseCreate is no event of the service"),
        (("response.dome",), ValueError, "did you mean 'response.done'"),
    ],
)
def test_what_can_never_come_is_refused(wanted, error, message):
    async def main():
        connection, _ = joined_in_memory()
        with pytest.raises(error, match=message):
            await connection.wait_for(*wanted)
        if wanted:
            with pytest.raises(error, match=message):
                connection.events(*wanted)

    run(main)


@BOTH
def test_a_subscription_waits_as_long_as_it_is_told(backend):
    async def main():
        connection, peer = joined_in_memory()
        with connection.events("input_audio_buffer.cleared") as events:
            await peer.send(CREATED)
            with pytest.raises(TimeoutError, match=r"no event that is wanted came within 0.05 s"):
                await events.next(timeout=0.05)
            await peer.send(CLEARED)
            assert (await events.next(timeout=30)).type == "input_audio_buffer.cleared"
        with connection.events() as events, pytest.raises(TimeoutError, match=r"no event came within 0.05 s"):
            await events.next(timeout=0.05)
        handle = await connection.response.create()
        with pytest.raises(TimeoutError, match=r"not created within 0.05 s"):
            await handle.created(timeout=0.05)

    run(main, backend=backend)


@BOTH
def test_a_closed_subscription_ends(backend):
    """For the task that reads for all, for one that waits behind it, and for whoever comes later."""

    async def main():
        connection, peer = joined_in_memory()
        ended = []

        async def iterate(events):
            ended.append(await types_of(events))

        async with anyio.create_task_group() as tasks:
            first, second = connection.events(), connection.events("input_audio_buffer.cleared")
            tasks.start_soon(iterate, first)
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(iterate, second)
            await anyio.wait_all_tasks_blocked()
            await peer.send(CREATED)
            await anyio.wait_all_tasks_blocked()
            with anyio.fail_after(5):
                second.close()
                await anyio.wait_all_tasks_blocked()
                assert ended == [[]]
                first.close()
        assert ended == [[], ["session.created"]]
        with connection.events() as left:
            await peer.send(CLEARED)
            assert [await connection.recv(), await connection.recv()] == [CREATED, CLEARED]
        assert await left.next() == CLEARED
        with pytest.raises(SubscriptionClosed, match="was closed"):
            await left.next()
        assert await types_of(left) == []

    run(main, backend=backend)


def test_what_came_while_the_loop_was_held_over_the_deadline_counts():
    async def main():
        connection, _peer = joined_in_memory()
        handle = await connection.response.create()
        begun, over = Response(id="r", status="in_progress"), Response(id="r", status="completed")
        answers = [ResponseCreated(event_id="e", response=begun), CLEARED, ResponseDone(event_id="e", response=over)]

        async def late(wait):
            """Wait with a limit that passes while the loop is held; then comes what another task reads, and then this one goes on."""
            async with anyio.create_task_group() as tasks:

                async def hold():
                    time.sleep(0.15)  # noqa: ASYNC251 - what a program should not do, and does
                    connection._reader.show(answers.pop(0))

                tasks.start_soon(hold)
                return await wait(timeout=0.1)

        assert await late(handle.created) == "r"
        assert await late(partial(connection.wait_for, "input_audio_buffer.cleared")) == CLEARED
        assert (await late(handle.done)).id == "r"

    for backend in ("asyncio", "trio"):
        run(main, backend=backend)


def test_a_name_nobody_knows_may_be_new():
    async def main():
        connection, peer = joined_in_memory()
        await peer.send_frame(b'{"type":"session.hologram.ready"}')
        assert (await connection.wait_for("session.hologram.ready")).type == "session.hologram.ready"

    run(main)


@BOTH
def test_a_function_that_fails_fails_for_its_owner_alone(backend):
    async def main():
        connection, peer = joined_in_memory()
        for _ in range(2):
            await peer.send(CLEARED)
        with connection.events(lambda event: event.nonsense) as broken:
            with pytest.raises(AttributeError):
                await connection.wait_for(lambda event: event.nonsense)
            assert await connection.recv() == CLEARED
            with pytest.raises(AttributeError):
                await broken.next()
        assert await connection.recv() == CLEARED

    run(main, backend=backend)


@pytest.mark.parametrize("overflow", ["raise", "drop"])
def test_a_full_subscription_follows_its_rule(overflow):
    async def main():
        connection, peer = joined_in_memory()
        with connection.events(max_events=2, overflow=overflow) as events:
            for name in "abcd":
                await peer.send(numbered(name))
                await connection.recv()
            assert events.missed == 2
            if overflow == "raise":
                with pytest.raises(EventsMissed) as caught:
                    await events.next()
                assert caught.value.count == 2
            assert [(await events.next()).event_id for _ in range(2)] == ["c", "d"]

    run(main)


@pytest.mark.parametrize(("arguments", "message"), [({"max_events": 0}, "max_events must be"), ({"overflow": "block"}, "overflow must be")])
def test_rules_that_are_none_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        joined_in_memory()[0].events(**arguments)


def test_recv_is_told_what_it_missed():
    async def main():
        connection, peer = joined_in_memory()

        async def talk():
            for index in range(MAX_EVENTS + 3):
                await peer.send(numbered(str(index)))
            await peer.send(CLEARED)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk)
            await connection.wait_for(lambda event: event == CLEARED)
        with pytest.raises(EventsMissed, match="4 events were dropped"):
            await connection.recv()
        assert (await connection.recv()).event_id == "4"

    run(main)


@BOTH
def test_the_end_reaches_everyone(backend):
    async def main():
        connection, peer = joined_in_memory()
        ends = []

        async def end_of(call):
            try:
                await call()
            except ConnectionClosed as closed:
                ends.append(closed.code)

        events = connection.events()
        async with anyio.create_task_group() as tasks:
            for call in (connection.recv, events.next, lambda: connection.wait_for("error")):
                tasks.start_soon(end_of, call)
            await anyio.wait_all_tasks_blocked()
            await peer.close(1011, "oops")
        assert ends == [1011] * 3
        with pytest.raises(ConnectionClosed):
            await types_of(events)

    run(main, backend=backend)


def test_a_frame_that_is_no_event_concerns_recv_alone():
    async def main():
        connection, peer = joined_in_memory()
        with connection.events() as events:
            await peer.send_frame(b"{")
            await peer.send(CLEARED)
            assert await events.next() == CLEARED
            with pytest.raises(MalformedEvent):
                await connection.recv()
            assert await connection.recv() == CLEARED

    run(main)


def test_a_subscription_nobody_holds_is_gone():
    async def main():
        connection, peer = joined_in_memory()

        async def first_of_many():
            events = connection.events()
            return await anext(events)

        await peer.send(CLEARED)
        assert await first_of_many() == CLEARED
        gc.collect()
        assert await connection.recv() == CLEARED
        await peer.send(CREATED)
        assert await connection.recv() == CREATED
        assert not connection._reader.shared

    run(main)


@BOTH
def test_the_pump_reads_while_nobody_waits(backend):
    async def main():
        connection, peer = joined_in_memory()
        async with connection.pump() as same:
            assert same is connection
            await peer.send(CREATED)
            while connection.state.session.id is None:
                await anyio.lowlevel.checkpoint()
            assert await connection.recv() == CREATED
            await peer.close(1011, "oops")
            with pytest.raises(ConnectionClosed):
                await connection.recv()

    run(main, backend=backend)


@BOTH
def test_what_fails_beside_the_pump_comes_out_as_it_is(backend):
    async def main():
        connection, peer = joined_in_memory()
        with pytest.raises(ZeroDivisionError):
            async with connection.pump():
                1 / 0  # noqa: B018
        await peer.send(CLEARED)
        assert await connection.recv() == CLEARED

    run(main, backend=backend)


@BOTH
def test_the_end_of_the_program_beside_the_pump_is_not_wrapped(backend):
    async def main():
        connection, _ = joined_in_memory()
        with pytest.raises(SystemExit) as ended:
            async with connection.pump():
                raise SystemExit(3)
        assert ended.value.code == 3

    run(main, backend=backend)


def test_a_receive_timeout_does_not_stop_the_pump():
    async def listen_late(peer):
        await peer.receive()
        await peer.send(CREATED)
        return await peer.receive_all()

    async def main():
        options = {"receive_timeout": 0.05}
        async with (
            local_service(listen_late) as service,
            connect_to(service.url, connection_options=options) as connection,
            connection.pump(),
        ):
            with pytest.raises(ReceiveTimeout), connection.events() as events:
                await events.next()  # it reads, as the pump's task has not begun; then the pump goes on
            await connection.input_audio_buffer.clear()
            while connection.state.session.id is None:  # noqa: ASYNC110 - what is tested is that nobody waits
                await anyio.sleep(0.01)

    run(main)
