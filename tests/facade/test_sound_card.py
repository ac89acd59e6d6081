"""The sound card, on miniaudio's null backend: no sound, but the library's own threads at the pace of sound."""

import logging
import threading
import time

import anyio
import pytest

from voicelive import sound_card
from voicelive.exceptions import VoiceLiveError
from voicelive.models import ServerEventResponseAudioDelta
from voicelive.sound_card import Cut, SoundCard, SoundCardError, sound_devices

PATIENCE_S = 60
"""Only a hang takes so long."""
BYTES_PER_MS = 48


def delta(duration_ms, item_id="item_1", *, response_id="resp_1", content_index=0, sound=None):
    sound = bytes(duration_ms * BYTES_PER_MS) if sound is None else sound
    return ServerEventResponseAudioDelta(response_id=response_id, item_id=item_id, output_index=0, content_index=content_index, delta=sound)


def until(condition):
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


@pytest.fixture
def card():
    with SoundCard(backend="null") as opened:
        yield opened


def test_the_microphone_gives_pieces_of_20_ms_at_the_rate_that_is_asked_for():
    for rate_hz in (8_000, 16_000, 24_000, 48_000):
        with SoundCard(backend="null", rate_hz=rate_hz) as card:
            assert [len(card.read()) for _ in range(3)] == [rate_hz // 50 * 2] * 3


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_microphone_is_read_beside_an_event_loop(card, backend):
    async def main():
        assert len(await card.receive()) == 20 * BYTES_PER_MS
        with anyio.move_on_after(0) as scope:
            await card.receive()
        assert scope.cancelled_caught
        assert len(await card.receive()) == 20 * BYTES_PER_MS

    anyio.run(main, backend=backend)


def test_a_card_that_is_closed_ends_who_reads():
    with SoundCard(backend="null") as card:
        ends = []
        readers = [threading.Thread(target=lambda: ends.append(len(list(card)))) for _ in range(2)]
        for reader in readers:
            reader.start()
        card.read()
    for reader in readers:
        reader.join(PATIENCE_S)
    assert len(ends) == 2
    with pytest.raises(SoundCardError, match="closed"):
        card.read()


def test_a_microphone_that_gives_nothing_is_told(card, monkeypatch):
    monkeypatch.setattr(sound_card, "SILENT_S", 0.1)
    card._open[0].stop()  # as an unplugged one does
    with pytest.raises(SoundCardError, match=r"given nothing for 0\.1 s"):
        for _ in card:
            pass


def test_what_nobody_reads_is_dropped_and_counted(monkeypatch):
    monkeypatch.setattr(sound_card, "_MOST_WAITING", 3)
    with SoundCard(backend="null") as card:
        until(lambda: card.missed_ms >= 60)
    assert card.missed_ms % 20 == 0


def test_the_oldest_goes_first_and_is_told_of_once(monkeypatch, caplog):
    """What the card's thread would do, done by hand."""
    monkeypatch.setattr(sound_card, "_MOST_WAITING", 3)
    card = SoundCard(backend="null")
    hearing = card._hearing()
    next(hearing)
    with caplog.at_level(logging.WARNING, "voicelive"):
        for number in range(5):
            hearing.send(bytearray([number]))
    assert (card.read(), card.read(), card.missed_ms) == (b"\x02", b"\x03", 40)
    assert [record.message for record in caplog.records] == ["nobody reads the microphone; its sound is dropped beyond ten seconds"]


def test_the_loudspeaker_knows_what_it_has_played(card):
    assert not card.playing
    assert card.played_ms("item_1") is None
    for _ in range(5):
        card.play(delta(10))
    card.play(delta(30, content_index=1))
    card.play(delta(15, "item_2"))
    assert card.playing
    until(lambda: card.played_ms("item_2") == 15)
    assert card.played_ms("item_1") == 80
    assert not card.playing
    assert card.stop() == []


def test_who_stops_hears_where_that_cuts_which_answers(card):
    card.play(delta(40, "item_1"))
    card.play(delta(60_000, "item_2"))
    card.play(delta(1_000, "item_2", content_index=1))
    card.play(delta(1_000, "item_3"))
    until(lambda: card.played_ms("item_2"))
    first, second, third = card.stop()
    assert first == Cut("item_2", 0, card.played_ms("item_2"))
    assert 0 < first.audio_end_ms < 60_000
    assert (second, third) == (Cut("item_2", 1, 0), Cut("item_3", 0, 0))
    assert not card.playing
    assert card.stop() == []


def test_what_still_comes_of_a_stopped_response_is_not_played_but_the_next_one_is(card):
    card.play(delta(60_000))
    card.stop()
    card.play(delta(1_000))
    card.play(delta(1_000, "item_2"))
    assert not card.playing
    assert card.played_ms("item_2") is None
    card.play(delta(20, "item_3", response_id="resp_2"))
    until(lambda: card.played_ms("item_3") == 20)


def test_samples_keep_their_order_and_silence_follows(card):
    """What the card's thread would take, taken by hand: nothing is lost between pieces of any length."""
    card.close()
    sound = bytes(range(256)) * 40
    for start in range(0, len(sound), 70):
        card.play(delta(0, sound=sound[start : start + 70]))
    taking = card._playing()
    next(taking)
    assert b"".join(taking.send(480) for _ in range(11)) == sound.ljust(11 * 960, b"\0")


def test_only_the_latest_answers_are_known(card):
    for number in range(150):
        card.play(delta(1, f"item_{number}"))
    assert card.played_ms("item_49") is None
    assert card.played_ms("item_50") is not None


def test_devices_are_chosen_by_a_part_of_their_name():
    devices = sound_devices("null")
    assert devices == (("NULL Capture Device",), ("NULL Playback Device",))
    with SoundCard(backend="null", microphone="null cap", loudspeaker="NULL Playback Device") as card:
        assert card.read()
    for which, name in (("microphone", "Capture"), ("loudspeaker", "Playback")):
        with pytest.raises(SoundCardError, match=f"no {which} has 'parrot' in its name; there are 'NULL {name} Device'"):
            SoundCard(backend="null", **{which: "parrot"}).__enter__()


def test_wrong_settings():
    with pytest.raises(ValueError, match=r"backend is 'parrot'; here it can be .*null"):
        SoundCard(backend="parrot")
    with pytest.raises(ValueError, match="backend is 'parrot'"):
        sound_devices("parrot")
    with pytest.raises(ValueError, match="rate_hz is 24; the service knows rates from 8000 to 48000"):
        SoundCard(rate_hz=24)


def test_a_machine_without_a_sound_system_is_told_so_and_gets_no_silence(monkeypatch):
    """The library itself falls back to its null backend."""
    opened = sound_card.miniaudio.CaptureDevice
    null = sound_card._backends("null")
    monkeypatch.setattr(sound_card.miniaudio, "CaptureDevice", lambda backends, **options: opened(backends=[*backends, *null], **options))
    with pytest.raises(SoundCardError, match="no sound system works here; backend 'null' goes without a sound card"):
        SoundCard().__enter__()


def test_what_the_library_refuses_is_an_error_of_ours(monkeypatch):
    def refuse(*_arguments, **_options):
        raise sound_card.miniaudio.MiniaudioError("cannot init context", -1)

    monkeypatch.setattr(sound_card.miniaudio, "PlaybackDevice", refuse)
    with pytest.raises(VoiceLiveError, match=r"no loudspeaker can be opened \(cannot init context -1\); backend 'null' goes without"):
        SoundCard(backend="null").__enter__()
    monkeypatch.setattr(sound_card.miniaudio, "Devices", refuse)
    with pytest.raises(SoundCardError, match="the sound system doesn't say what there is: cannot init context -1"):
        sound_devices()
    with pytest.raises(SoundCardError, match="the sound card can't be opened: cannot init context -1"):
        SoundCard(backend="null", microphone="any").__enter__()
