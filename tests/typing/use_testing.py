"""How the testing kit is used, as type checkers see it; checked with mypy and basedpyright, never run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from typing_extensions import assert_type

from voicelive import VoiceLiveConnection
from voicelive.sync import VoiceLiveConnection as BlockingConnection
from voicelive.testing import (
    ABSENT,
    ANY,
    Comparison,
    FakeClock,
    Faults,
    Script,
    ScriptedServer,
    Sessions,
    answer_audio,
    answer_call,
    answer_text,
    close,
    compare,
    expect,
    expect_close,
    level_db,
    optional,
    pause,
    pieces,
    raw,
    recorded_steps,
    replay_as_client,
    reply,
    scripted_server,
    speak,
    to_format,
    unordered,
    with_noise,
)
from voicelive_transports import Opener, Transport, get_opener
from voicelive_transports.record import Moment, Recording, read_recording, record
from voicelive_transports.record_sync import record as record_blocking
from voicelive_transports.websockets_sync import BlockingOpener, open_blocking_transport


def scripts(server: ScriptedServer) -> None:
    script = server.script(
        expect("session.update", session={"modalities": ["text"], "voice": ANY, "tools": ABSENT}),
        reply("session.updated"),
        unordered(expect("response.create"), expect("input_audio_buffer.clear")),
        optional(expect(re.compile("hologram"), beam=lambda beam: beam > 3)),
        answer_text("It ", "rains."),
        answer_audio(speak("It rains."), "It rains."),
        answer_call("get_weather", city="Oslo"),
        reply("warning", warning=lambda heard: {"message": heard["type"]}),
        raw({"type": "response.hologram.delta"}),
        raw(b"{"),
        pause(100),
        expect_close(1000),
        close(1011, "out of order"),
        ignore=["input_audio_buffer.append"],
    )
    assert_type(script, Script)
    assert_type(script.failure, "str | None")
    assert_type(server.assert_received("session.update"), dict[str, Any])
    assert_type(server.replay(Path("call.jsonl"), speed=1.0), Script)
    server.script(*recorded_steps("call.jsonl"), ignore=["input_audio_buffer.append"], greet=False)
    server.assert_complete(timeout_s=2)


def faults(faults: Faults) -> None:
    faults.slow(bytes_per_s=1000)
    faults.refuse(429, headers={"Retry-After": "2"})
    faults.close(1011, after=None, nth=5)
    faults.slow(5)  # type: ignore[call-arg]  # its unit has to be said
    assert_type(faults.pending, tuple[str, ...])


def test_with_fixtures(voicelive_server: ScriptedServer, voicelive_session: Sessions, voicelive_clock: FakeClock) -> None:
    voicelive_server.faults.refuse(503, nth=2)
    voicelive_server.faults.drop(re.compile("delta"))
    with voicelive_session.blocking() as connection:
        assert_type(connection, BlockingConnection)
        voicelive_clock.advance(100)
        assert_type(voicelive_server.assert_received("session.update", timeout_s=2), dict[str, Any])


async def test_with_fixtures_under_a_loop(voicelive_session: Sessions) -> None:
    async with voicelive_session() as connection:
        assert_type(connection, VoiceLiveConnection)


def clock() -> None:
    time = FakeClock()
    with scripted_server(clock=time, pace="lead") as server:
        assert_type(server, ScriptedServer)
        time.advance(100)
        assert_type(time.now_ms, float)


async def recordings(transport: Transport) -> None:
    assert_type(record(get_opener("auto"), "call.jsonl", audio="wav"), Opener)
    assert_type(record_blocking(open_blocking_transport, "call.jsonl"), BlockingOpener)
    record(get_opener("auto"), "call.jsonl", audio="mp3")  # type: ignore[arg-type]
    recording = read_recording("call.jsonl")
    assert_type(recording, Recording)
    info, moments = recording
    assert_type(moments, list[Moment])
    assert info.adapter == "replay"
    comparison = compare("a.jsonl", recording, ignore=["event_id"], tolerance_ms=100)
    assert_type(comparison, Comparison)
    assert_type(comparison.is_same, bool)
    assert_type(await replay_as_client(recording, transport, speed=2), list[str])


def speech() -> None:
    question = speak("What's the weather in Oslo?", voice="en-GB-RyanNeural")
    assert_type(pieces(with_noise(question, snr_db=5)), list[bytes])
    assert_type(to_format(question, "g711_ulaw"), bytes)
    assert_type(level_db(question), float)
