"""What every transport promises, whichever library and event loop it runs on."""

import os
import random
from contextlib import suppress

import anyio
import pytest
from websockets.exceptions import ConnectionClosed

from voicelive_transports import ConcurrentReceive, ReceiveTimeout, TransportClosed

from .far_side import CASES, ending, run


def contract(test):
    """Run ``test(joined)`` over every adapter and event loop."""

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
    def over_all(case):
        run(test, case.joined, backend=case.backend)

    over_all.__doc__ = test.__doc__
    return over_all


def mixed_frames(count, seed):
    """Frames like those of a call: mostly short, some long, each one different and not all ASCII."""
    chance = random.Random(seed)
    for number in range(count):
        size = chance.choice((0, 20, 200, 2000, 14_000)) if number % 500 else 300_000
        yield f'{{"number":{number},"text":"{chance.choice("aéあ😀") * size}"}}'.encode()


def noise(number, size_bytes=100_000):
    """A frame that no compression makes much smaller, so that buffers fill; it starts with its number."""
    return f"{number} {random.Random(number).randbytes(size_bytes // 2).hex()}".encode()


FRAMES = int(os.environ.get("VOICELIVE_CONTRACT_FRAMES", "2000"))
"""So many messages cross each way; 100,000 take some minutes."""


@contract
async def test_frames_arrive_whole_and_in_order_both_ways(joined):
    async with joined() as (transport, peer), anyio.create_task_group() as tasks:

        async def send_all():
            for number, frame in enumerate(mixed_frames(FRAMES, seed=1)):
                await transport.send(frame if number % 2 else frame.decode())

        async def answer_all():
            for frame in mixed_frames(FRAMES, seed=2):
                await peer.send(frame)

        async def check_all():
            for frame in mixed_frames(FRAMES, seed=1):
                assert await peer.receive() == frame

        tasks.start_soon(send_all)
        tasks.start_soon(answer_all)
        tasks.start_soon(check_all)
        for frame in mixed_frames(FRAMES, seed=2):
            assert await transport.receive() == frame


@contract
async def test_an_empty_message_is_a_message(joined):
    async with joined() as (transport, peer):
        await peer.send(b"")
        assert await transport.receive() == b""
        await transport.send("")
        assert await peer.receive() == b""


@contract
async def test_a_frame_at_the_limit_passes_and_one_byte_over_ends_with_1009(joined):
    async with joined(max_msg_size=10_000) as (transport, peer):
        await peer.send(b"a" * 10_000)
        await peer.send(b"b" * 10_001)
        assert await transport.receive() == b"a" * 10_000
        assert (await ending(transport)).code == 1009
        assert transport.close_code == 1009


@contract
async def test_a_message_that_is_not_utf8_ends_with_1007(joined):
    async with joined() as (transport, peer):
        await peer.send_binary(b'{"text":"\xff"}')
        with anyio.fail_after(60):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(peer.closed)
                assert (await ending(transport)).code == 1007
        assert transport.close_code == 1007


CODES = [*range(1000, 1004), *range(1007, 1010), *range(1011, 1015), 3000, 3999, 4000]
CLOSES = [*((code, f"reason {code}") for code in CODES), (1000, ""), (4999, "é" * 61)]


@pytest.mark.parametrize(("code", "reason"), CLOSES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_when_the_peer_closes_what_came_before_is_delivered_first(case, code, reason):
    async def main():
        async with case.joined() as (transport, peer), anyio.create_task_group() as tasks:
            assert (transport.close_code, transport.close_reason) == (None, None)
            await peer.send(b"last")
            # Not awaited: some adapters answer a close frame while somebody receives, only.
            tasks.start_soon(peer.close, code, reason)
            assert await transport.receive() == b"last"
            for operation in (transport.receive(), transport.receive(), transport.send("late")):
                with pytest.raises(TransportClosed) as caught:
                    await operation
                assert (caught.value.code, caught.value.reason, caught.value.clean) == (code, reason, True)
            assert (transport.close_code, transport.close_reason) == (code, reason)

    run(main, backend=case.backend)


@pytest.mark.parametrize(("code", "reason"), CLOSES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_when_we_close_the_peer_sees_code_and_reason(case, code, reason):
    async def main():
        async with case.joined() as (transport, peer):
            await transport.send("last")
            await transport.aclose(code, reason)
            await transport.aclose(3000, "again")
            assert await peer.receive() == b"last"
            assert await peer.closed() == (code, reason)
            for operation in (transport.receive(), transport.send("late")):
                with pytest.raises(TransportClosed) as caught:
                    await operation
                assert (caught.value.code, caught.value.reason, caught.value.clean) == (code, reason, True)
            assert (transport.close_code, transport.close_reason) == (code, reason)

    run(main, backend=case.backend)


@contract
async def test_after_our_own_close_nothing_is_delivered(joined):
    async with joined() as (transport, peer):
        await peer.send(b"unread")
        await transport.aclose()
        with pytest.raises(TransportClosed):
            await transport.receive()


@contract
async def test_closing_waits_for_no_reader(joined):
    """The peer's answer comes after all it sent before, which nobody reads any more."""
    async with joined() as (transport, peer), anyio.create_task_group() as tasks:

        async def send_on():
            with suppress(TransportClosed, ConnectionClosed):
                while True:
                    await peer.send(noise(0))

        tasks.start_soon(send_on)
        await anyio.wait_all_tasks_blocked()
        await transport.aclose(4000)
        assert (await ending(transport)).clean


@contract
async def test_closing_ends_a_receive_that_waits(joined):
    async with joined() as (transport, _):
        ends = []

        async def wait():
            ends.append(await ending(transport))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            await transport.aclose(4001, "enough")
        assert [(end.code, end.reason) for end in ends] == [(4001, "enough")]


@contract
async def test_receive_and_close_at_the_same_time_both_end(joined):
    async with joined() as (transport, peer), anyio.create_task_group() as tasks:
        await peer.send(b"unread")
        tasks.start_soon(transport.aclose, 4002)
        tasks.start_soon(transport.aclose, 4003)
        assert (await ending(transport)).code in (4002, 4003)


@pytest.mark.parametrize(
    ("code", "reason", "error"),
    [
        (1005, "", ValueError),
        (1006, "", ValueError),
        (999, "", ValueError),
        (1015, "", ValueError),
        (5000, "", ValueError),
        (1000, "é" * 62, ValueError),
        (True, "", TypeError),
        ("1000", "", TypeError),
        (1000, b"bye", TypeError),
    ],
)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_close_that_no_frame_can_carry_is_refused_and_changes_nothing(case, code, reason, error):
    async def main():
        async with case.joined() as (transport, peer):
            with pytest.raises(error, match=r"close (code|reason)"):
                await transport.aclose(code, reason)
            await transport.send("still open")
            assert await peer.receive() == b"still open"

    run(main, backend=case.backend)


@contract
async def test_a_lost_connection_is_1006_and_not_clean(joined):
    async with joined() as (transport, peer):
        await peer.drop()
        end = await ending(transport)
        assert (end.code, end.reason, end.clean) == (1006, "the connection was lost", False)
        assert transport.close_code == 1006
        with pytest.raises(TransportClosed):
            await transport.send("late")
        await transport.aclose()
        assert transport.close_code == 1006


@contract
async def test_a_cancelled_receive_loses_nothing(joined):
    async with joined() as (transport, peer):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(transport.receive)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        await peer.send(b"kept")
        assert await transport.receive() == b"kept"


@contract
async def test_a_receive_cancelled_as_its_frame_arrives_loses_nothing(joined):
    frames = [str(number).encode() for number in range(300)]
    received = []

    async def receive_one(transport):
        received.append(await transport.receive())

    async with joined() as (transport, peer):
        for number, frame in enumerate(frames):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(receive_one, transport)
                await peer.send(frame)
                for _ in range(number % 6):
                    await anyio.lowlevel.checkpoint()
                tasks.cancel_scope.cancel()
        while len(received) < len(frames):
            await receive_one(transport)
    assert received == frames


@contract
async def test_a_cancelled_send_sends_all_or_nothing(joined):
    sent = []

    async def send_until_cancelled(transport):
        while True:
            sent.append(noise(len(sent)))
            await transport.send(sent[-1])

    async with joined() as (transport, peer):
        for _ in range(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(send_until_cancelled, transport)
                await anyio.wait_all_tasks_blocked()
                tasks.cancel_scope.cancel()
        received = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(transport.send, b"end")
            while (frame := await peer.receive()) != b"end":
                received.append(frame)
    # The one that was cancelled may be missing; five were.
    assert len(received) >= len(sent) - 5
    arrived = set(received)
    assert received == [frame for frame in sent if frame in arrived]


@contract
async def test_messages_go_out_in_the_order_of_the_calls(joined):
    """Whoever counts what it sends, and then sends it, counts as the peer does."""
    called = []

    async def send(transport, frame):
        called.append(frame)
        await transport.send(frame)

    async with joined() as (transport, peer):
        for round_number in range(20):
            async with anyio.create_task_group() as tasks:
                for number in range(6):
                    tasks.start_soon(send, transport, f"{round_number}.{number}".encode())
        received = [await peer.receive() for _ in called]
    assert received == called


@contract
async def test_concurrent_senders_keep_their_own_order(joined):
    async with joined() as (transport, peer), anyio.create_task_group() as tasks:

        async def send_numbered(sender):
            for number in range(40):
                await transport.send(f"{sender} {number} {'x' * (sender * 2000)}")

        for sender in range(15):
            tasks.start_soon(send_numbered, sender)
        seen = {sender: [] for sender in range(15)}
        for _ in range(15 * 40):
            sender, number, *padding = (await peer.receive()).decode().split(" ")
            assert padding == ["x" * (int(sender) * 2000)]
            seen[int(sender)].append(int(number))
        assert all(numbers == list(range(40)) for numbers in seen.values())


@contract
async def test_a_second_receiver_is_a_named_error_and_the_first_goes_on(joined):
    async with joined() as (transport, peer):
        received = []

        async def receive_one():
            received.append(await transport.receive())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(receive_one)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(ConcurrentReceive, match="another task"):
                await transport.receive()
            await peer.send(b"for the first")
        assert received == [b"for the first"]


@contract
async def test_a_receive_timeout_is_an_error_and_the_connection_goes_on(joined):
    async with joined(receive_timeout=0.02) as (transport, peer):
        with pytest.raises(ReceiveTimeout, match=r"0\.02 s") as caught:
            await transport.receive()
        assert isinstance(caught.value, TimeoutError)
        await peer.send(b"later")
        while True:
            try:
                assert await transport.receive() == b"later"
                break
            except ReceiveTimeout:
                continue


@contract
async def test_what_is_not_a_message_is_refused_and_changes_nothing(joined):
    async with joined() as (transport, peer):
        for wrong in (None, {"type": "x"}, ["a", "b"], bytearray(b"x"), 1):
            with pytest.raises(TypeError, match="frame must be str or bytes"):
                await transport.send(wrong)
        with pytest.raises(UnicodeEncodeError):
            await transport.send("\ud800")
        await transport.send("still open")
        assert await peer.receive() == b"still open"


@contract
async def test_a_slow_reader_holds_the_sender_back(joined):
    """Whatever sits between, it doesn't take without end."""
    sent = 0

    async def send_on(peer):
        nonlocal sent
        while sent < 1000:
            await peer.send(noise(sent))
            sent += 1

    async with joined() as (transport, peer):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send_on, peer)
            before = -1
            while sent > before:
                before = sent
                for _ in range(50):
                    await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        assert sent < 1000
        assert await transport.receive() == noise(0)
