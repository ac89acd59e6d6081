"""Observers, and the log, which is one: what they are told, and that they never break a call."""

import logging

import anyio
import pytest
from azure.core.credentials import AzureKeyCredential

import voicelive.sync
from voicelive import ConnectFailed, ConnectionClosed, InvalidEvent, MalformedEvent, Observer
from voicelive._hooks import Watch
from voicelive_proto import encode
from voicelive_proto.server_events import ResponseAudioDelta

from .local_service import CLEARED, CREATED, KEY, connect_to, joined_in_memory, listen, local_service, run
from .raw_service import CREATED as CREATED_BY_HAND
from .raw_service import raw_service

METHODS = [name for name, value in vars(Observer).items() if not name.startswith("_") and callable(value)]


class Notes(Observer):
    """Remembers what it is told."""

    def __init__(self):
        self.told = []

    def __getattribute__(self, name):
        if name in METHODS:
            return lambda *arguments: self.told.append((name, *arguments))
        return super().__getattribute__(name)

    def names(self):
        return [each[0] for each in self.told]


def test_an_observer_hears_of_a_whole_connection():
    notes = Notes()

    async def main():
        async with local_service() as service, connect_to(service.url, observers=[notes], query={"secret": "s"}) as connection:
            assert await connection.recv() == CREATED
            await connection.input_audio_buffer.append(audio=bytes(960))
            await connection.input_audio_buffer.append(audio=bytes(960), event_id="e")
            await connection.send({"type": "input_audio_buffer.clear"})
            with pytest.raises(InvalidEvent):
                await connection.input_audio_buffer.append(audio=b"123")

    run(main)
    assert notes.names() == ["connecting", "connected", "received", "sent_audio", "sent", "sent", "send_failed", "closed"]
    told = {name: rest for name, *rest in notes.told}
    url, parameters = told["connecting"]
    assert url.endswith("/voice-live/realtime")
    assert parameters == {"api-version": "2025-10-01", "model": "gpt-realtime"}
    assert told["sent_audio"] == [960, 1280 + 47]
    assert told["received"][0] == CREATED
    assert told["closed"] == [1000, ""]


def test_an_observer_hears_of_a_connection_that_never_was():
    notes = Notes()

    async def main():
        with pytest.raises(ConnectFailed):
            async with connect_to("http://127.0.0.1:9", observers=[notes]):
                pass

    run(main)
    assert notes.names() == ["connecting", "connect_failed"]


def test_an_observer_hears_of_malformed_frames_and_of_a_broken_connection_once():
    notes = Notes()

    async def main():
        connection, peer = joined_in_memory(watch=Watch([notes]))
        await peer.send_frame(b"{")
        with pytest.raises(MalformedEvent):
            await connection.recv()
        await peer.close(1011, "oops")
        for _ in range(2):
            with pytest.raises(ConnectionClosed):
                await connection.recv()
        with pytest.raises(ConnectionClosed):
            await connection.response.cancel()
        await connection.close()

    run(main)
    assert notes.names() == ["malformed", "closed", "send_failed"]
    assert notes.told[1][1:] == (1011, "oops")


EVERY_ADAPTER = [("websockets", "asyncio"), ("aiohttp", "asyncio"), ("picows", "asyncio"), ("anyio", "asyncio"), ("anyio", "trio")]


def stuck(wire):
    wire.send(CREATED_BY_HAND)
    wire.over.wait()


@pytest.mark.parametrize(("adapter", "backend"), EVERY_ADAPTER)
@pytest.mark.parametrize("leaves", ["an error", "a cancelled close"])
def test_an_observer_hears_of_a_close_that_was_cut_short(adapter, backend, leaves):
    """The farewell of a context that an error leaves lasts a second; this peer takes no close frame at all."""
    notes = Notes()

    async def main():
        async with connect_to(url, observers=[notes], transport=adapter) as connection:
            await connection.recv()
            if leaves == "an error":
                raise ZeroDivisionError
            with pytest.raises(TimeoutError), anyio.fail_after(0.1):
                await connection.close()
            assert notes.told[-1] == ("closed", 1000, "")
            with pytest.raises(ConnectionClosed):
                await connection.response.cancel()

    with raw_service(stuck) as url:
        if leaves == "an error":
            with pytest.raises(ZeroDivisionError):
                run(main, backend=backend)
        else:
            run(main, backend=backend)
    assert notes.names().count("closed") == 1
    assert ("closed", 1000, "") in notes.told


def test_an_observer_hears_of_a_blocking_close_that_was_cut_short():
    notes = Notes()

    def main(url):
        with voicelive.sync.connect(endpoint=url, credential=AzureKeyCredential(KEY), model="m", observers=[notes]) as connection:
            connection.recv()
            raise ZeroDivisionError

    with raw_service(stuck) as url, pytest.raises(ZeroDivisionError):
        main(url)
    assert notes.told[-1] == ("closed", 1000, "")
    assert notes.names().count("closed") == 1


def test_a_close_that_is_refused_is_told_to_nobody():
    notes = Notes()

    async def main():
        connection, _ = joined_in_memory(watch=Watch([notes]))
        with pytest.raises(ValueError, match="1005"):
            await connection.close(code=1005)
        assert not notes.told
        await connection.input_audio_buffer.clear()
        await connection.close()

    run(main)
    assert notes.names() == ["sent", "closed"]


def test_what_others_read_is_told_once():
    notes = Notes()

    async def main():
        connection, peer = joined_in_memory(watch=Watch([notes]))
        await peer.send(CLEARED)
        await connection.wait_for("input_audio_buffer.cleared")
        await connection.recv()

    run(main)
    assert notes.names() == ["received"]


@pytest.mark.parametrize("counts", [(True, True), (True, False), (False, False)])
def test_audio_that_is_only_counted_loses_nothing(counts):
    """Where all observers say so, of a run of audio the first piece is told, and then the number and size of the rest."""

    def observer(counts_audio):
        notes = Notes()
        notes.counts_audio = counts_audio
        return notes

    first, second = map(observer, counts)
    audio = ResponseAudioDelta(event_id="e", response_id="r", item_id="i", output_index=0, content_index=0, delta=bytes(960))

    async def main():
        connection, peer = joined_in_memory(watch=Watch([first, second]))
        for event in (CREATED, audio, audio, audio, CLEARED, audio, audio):
            await peer.send_frame(encode(event))
            assert await connection.recv() == event
        await peer.send_frame(b"{")
        with pytest.raises(MalformedEvent):
            await connection.recv()
        for _ in range(2):
            await peer.send_frame(encode(audio))
            await connection.recv()
        await peer.send_frame(encode(audio))
        assert await connection.wait_for("response.audio.delta") == audio  # read for others
        await peer.send_frame(encode(audio))
        await peer.close(1000)
        assert [await connection.recv(), await connection.recv()] == [audio, audio]
        with pytest.raises(ConnectionClosed):
            await connection.recv()

    run(main)
    assert second.told == first.told
    counted = sum(rest[0] for name, *rest in first.told if name == "received_audio")
    told = sum(name == "received" and rest[0] == audio for name, *rest in first.told)
    assert counted + told == 9
    if all(counts):
        assert first.names() == [
            *("received", "received", "received_audio", "received", "received", "received_audio", "malformed"),
            *("received_audio", "received", "received_audio", "closed"),
        ]
        assert first.told[2] == ("received_audio", 2, 1920)
    else:
        assert counted == 0


@pytest.mark.parametrize("method", METHODS)
def test_an_observer_that_fails_breaks_nothing_and_is_told_no_more(method, caplog):
    class Broken(Observer):
        calls = 0

    def fail(_self, *_arguments):
        Broken.calls += 1
        raise ZeroDivisionError

    setattr(Broken, method, fail)
    notes = Notes()
    watch = Watch([Broken(), notes])
    arguments = {"connecting": ("u", {}), "closed": (1000, ""), "received": (CREATED, 90)}.get(method, ())
    count = getattr(Observer, method).__code__.co_argcount - 1
    arguments = arguments or (1, 2)[:count]
    getattr(watch, method)(*arguments)
    getattr(watch, method)(*arguments)
    assert Broken.calls == 1
    assert notes.names() == [method] * (1 if method == "closed" else 2)
    assert "Broken failed and is told nothing more" in caplog.text


def test_an_observer_that_failed_hears_of_the_end(caplog):
    class Broken(Notes):
        def __getattribute__(self, name):
            if name == "connected":
                raise ZeroDivisionError
            return super().__getattribute__(name)

    broken = Broken()
    watch = Watch([broken])
    watch.connecting("u", {})
    watch.connected(None)
    watch.received(CREATED, 90)
    for _ in range(2):
        watch.closed(1000, "")
    watch.send_failed("response.cancel", ZeroDivisionError())
    assert broken.names() == ["connecting", "closed"]
    assert "Broken failed and is told nothing more but the end" in caplog.text


def test_what_is_no_observer_is_refused():
    with pytest.raises(TypeError, match=r"instances of voicelive.Observer, not <class .*Notes"):
        connect_to("http://127.0.0.1", observers=[Notes])


def test_the_log_has_a_line_for_every_event_and_no_secret(caplog):
    caplog.set_level(logging.DEBUG, logger="voicelive")

    async def main():
        async with local_service(listen) as service:
            async with connect_to(service.url, query={"api-key": KEY}) as connection:
                await connection.recv()
                await connection.input_audio_buffer.append(audio=bytes(960))
                await connection.session.update(session={"instructions": "word " * 1000})
                await connection.conversation.item.delete(item_id="i")
                with pytest.raises(InvalidEvent):
                    await connection.input_audio_buffer.append(audio=b"123")
            with pytest.raises(ConnectFailed):
                async with connect_to("http://127.0.0.1:9"):
                    pass

    run(main)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("voicelive")]
    assert [line.split(":")[0].split("(")[0].strip() for line in lines if not line.startswith("connect")] == [
        "received session.created",
        "sent input_audio_buffer.append",
        "sent session.update",
        "sent conversation.item.delete",
        "did not send input_audio_buffer.append",
        "closed with code 1000",
        "not connected",
    ]
    assert "960 bytes of audio" in caplog.text
    assert all(len(line) < 500 for line in lines)
    assert KEY not in caplog.text
    assert {record.name for record in caplog.records if record.getMessage().startswith("connected to")} == {"voicelive.transports"}


def test_without_the_log_nobody_watches(caplog):
    caplog.set_level(logging.INFO, logger="voicelive")

    async def main():
        async with local_service() as service, connect_to(service.url) as connection:
            assert connection._watch is None

    run(main)
