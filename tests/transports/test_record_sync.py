"""Recording under the blocking facade: the same files."""

import json
import threading
from pathlib import Path

import pytest

from voicelive import AzureKeyCredential, ConnectFailed, ConnectionClosed
from voicelive.sync import connect
from voicelive.testing import compare, scripted_server, silence
from voicelive_transports.record import read_recording
from voicelive_transports.record_sync import record
from voicelive_transports.websockets_sync import open_blocking_transport


def opened(url, path, **options):
    transport = record(open_blocking_transport, path, **options)
    return connect(endpoint=url, credential=AzureKeyCredential("S3CR3T"), model="gpt-realtime", transport=transport)


def a_call(url, path, **options):
    with opened(url, path, **options) as connection:
        connection.session.update(session={"modalities": ["text"]})
        connection.input_audio_buffer.append(audio=silence(100))
        handle = connection.response.create()
        handle.done(timeout=30)
        return handle.text


def test_a_call_is_recorded_and_played_again(tmp_path):
    with scripted_server() as server:
        server.reply("It is here.")
        assert a_call(server.url, tmp_path / "a.jsonl", audio="wav") == "It is here."
    moments = read_recording(tmp_path / "a.jsonl").moments
    assert moments[-1].content == {"code": 1000, "reason": "", "clean": True}
    assert "S3CR3T" not in (tmp_path / "a.jsonl").read_text()
    with scripted_server() as server:
        server.replay(tmp_path / "a.jsonl")
        assert a_call(server.url, tmp_path / "b.jsonl", audio="wav") == "It is here."
        server.assert_complete()
    assert compare(tmp_path / "a.jsonl", tmp_path / "b.jsonl", tolerance_ms=60_000).is_same


def test_each_connection_has_a_file_of_its_own(tmp_path):
    opener = record(open_blocking_transport, tmp_path / "a.jsonl")
    key = AzureKeyCredential("k")
    with scripted_server() as server:
        for _ in range(2):
            with connect(endpoint=server.url, credential=key, model="gpt-realtime", transport=opener) as connection:
                connection.recv()
    with pytest.raises(ConnectFailed):
        connect(endpoint=server.url, credential=key, model="gpt-realtime", transport=opener).__enter__()
    assert {file.name for file in tmp_path.iterdir()} == {"a.jsonl", "a-2.jsonl"}


def test_the_servers_end_and_ours_without_a_close(tmp_path):
    with scripted_server() as server:
        server.faults.close(1011, "out of order", after="session.created")
        with opened(server.url, tmp_path / "a.jsonl") as connection, pytest.raises(ConnectionClosed):
            list(connection)
        assert (connection.close_code, connection.close_reason) == (1011, "out of order")
        transport = record(open_blocking_transport, tmp_path / "b.jsonl")(
            f"{server.url.replace('http', 'ws')}/voice-live/realtime?api-version=2025-10-01&model=m", connection_options()
        )
        assert transport.receive(30)
        assert transport.receive(0) is None
        transport.abort()
        with pytest.raises(Exception, match="1006"):
            transport.receive(30)
        assert (transport.close_code, transport.close_reason is not None) == (1006, True)
    assert read_recording(tmp_path / "a.jsonl").moments[-1].content["code"] == 1011
    assert read_recording(tmp_path / "b.jsonl").moments[-1].content["code"] == 1006


def connection_options():
    from voicelive_transports import ConnectOptions

    return ConnectOptions()


def test_a_failed_connect_leaves_no_recording(tmp_path):
    with pytest.raises(ConnectFailed):
        opened("http://127.0.0.1:9", tmp_path / "a.jsonl").__enter__()
    assert not (tmp_path / "a.jsonl").exists()
    with pytest.raises(ValueError, match="audio is 'mp3'"):
        opened("http://127.0.0.1:9", tmp_path / "a.jsonl", audio="mp3").__enter__()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_a_first_line_that_cannot_be_written_closes_the_connection():
    with scripted_server() as server:
        with pytest.raises(OSError, match="No space"):
            opened(server.url, "/dev/full").__enter__()
        for each in threading.enumerate():
            if each.name.startswith("voicelive-"):  # those of a connection end with it
                each.join(5)
                assert not each.is_alive()


def test_a_file_that_takes_no_more_ends_the_recording_and_not_the_call(tmp_path, caplog):
    (tmp_path / "a.sent.wav").mkdir()
    with scripted_server() as server:
        server.reply("It is here.")
        assert a_call(server.url, tmp_path / "a.jsonl", audio="wav") == "It is here."
    told = [each for each in caplog.records if each.name == "voicelive_transports.record"]
    assert len(told) == 1
    assert "a.sent.wav" in told[0].getMessage()


def test_lines_of_many_threads_stay_whole(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    with scripted_server() as server, opened(server.url, tmp_path / "a.jsonl") as connection:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: connection.input_audio_buffer.append(audio=silence(10)), range(200)))
        connection.input_audio_buffer.clear()
        connection.wait_for("input_audio_buffer.cleared", timeout=30)
    kinds = [json.loads(moment.content)["type"] for moment in read_recording(tmp_path / "a.jsonl").moments if moment.kind == "sent"]
    assert kinds == ["input_audio_buffer.append"] * 200 + ["input_audio_buffer.clear"]
