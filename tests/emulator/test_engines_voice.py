"""The voice: sentences, sound, names of voices, times of words."""

import itertools
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest

from voicelive.emulator.engines import _espeak
from voicelive.emulator.engines._timbres import DEFAULT_TIMBRE, candidates
from voicelive.emulator.engines.voice import LONGEST_SENTENCE_CHARS, EspeakVoice, sentences

AZURE_LOCALES = re.findall(
    r"[\w-]+",
    """
    af-ZA am-ET ar-EG ar-SA as-IN az-AZ bg-BG bn-BD bn-IN bs-BA ca-ES cs-CZ cy-GB da-DK de-AT de-CH de-DE el-GR en-AU en-CA en-GB
    en-IN en-US es-AR es-ES es-MX es-US et-EE eu-ES fa-IR fi-FI fil-PH fr-BE fr-CA fr-CH fr-FR ga-IE gl-ES gu-IN he-IL hi-IN hr-HR
    hu-HU hy-AM id-ID is-IS it-IT ja-JP jv-ID ka-GE kk-KZ kn-IN ko-KR lo-LA lt-LT lv-LV mk-MK ml-IN mr-IN ms-MY mt-MT my-MM nb-NO
    ne-NP nl-BE nl-NL or-IN pa-IN pl-PL ps-AF pt-BR pt-PT ro-RO ru-RU si-LK sk-SK sl-SI sq-AL sr-RS su-ID sv-SE sw-KE ta-IN te-IN
    th-TH tr-TR uk-UA ur-PK uz-UZ vi-VN wuu-CN yue-CN zh-CN zh-HK zh-TW
    """,
)
"""Azure's locales, without iu, km, mn, so and zu, which eSpeak NG cannot speak."""

OPENAI_VOICES = ("alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse")
FLUTTER_SAMPLES = 100
"""The library's voices waver a little, so no two renderings of a text are alike to the sample."""


@pytest.fixture(scope="module")
def voice():
    return EspeakVoice()


def sound(voice, text, voice_name=None, rate_hz=24_000):
    return np.frombuffer(b"".join(voice.synthesize(text, voice_name=voice_name, rate_hz=rate_hz)), "<i2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n ", []),
        ("One", ["One"]),
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ('He said "go." Then he went.', ['He said "go."', "Then he went."]),
        ("Dr. Smith met J. Doe. They talked.", ["Dr. Smith met J. Doe.", "They talked."]),
        ("Pi is 3.14 and no more. Yes.", ["Pi is 3.14 and no more.", "Yes."]),
        ("first line\nsecond line", ["first line", "second line"]),
        ("はい。そうです！", ["はい。", "そうです！"]),  # noqa: RUF001 - the full-width mark is the case
        ("a\x00b\x1b[0m \ud800c", ["a b [0m  c"]),
        ("This ends with Dr.", ["This ends with Dr."]),
    ],
)
def test_sentences(text, expected):
    assert list(sentences(text)) == expected


@pytest.mark.parametrize("text", ["word " * 500, "a" * 5_000, "x" * LONGEST_SENTENCE_CHARS + " y"])
def test_long_sentences_are_cut_and_lose_nothing(text):
    pieces = list(sentences(text))
    assert max(map(len, pieces)) <= LONGEST_SENTENCE_CHARS
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_speech_lasts_as_long_at_every_rate(voice, rate_hz):
    spoken = sound(voice, "What is two plus three?", rate_hz=rate_hz)
    assert 1.0 < len(spoken) / rate_hz < 3.0
    assert np.abs(spoken.astype(int)).max() > 5_000


def test_sentences_come_one_by_one(voice):
    pieces = list(voice.synthesize("First things first. Second things second.", voice_name=None, rate_hz=8_000))
    assert len(pieces) == 2
    assert all(len(piece) % 2 == 0 and len(piece) > 8_000 for piece in pieces)


def test_other_words_sound_otherwise_and_more_words_last_longer(voice):
    yes, no, many = (sound(voice, text) for text in ("yes", "no", "yes and no and yes and no"))
    assert spectrum(yes) @ spectrum(no) < spectrum(yes) @ spectrum(sound(voice, "yes"))
    assert len(many) > 2 * len(yes)


def spectrum(samples):
    """Energy in bands of 100 Hz up to 4 kHz, scaled to length 1."""
    energy = np.abs(np.fft.rfft(samples, 24_000 * 2)) ** 2
    bands = np.sqrt(energy[:8_000].reshape(40, 200).sum(axis=1))
    return bands / np.linalg.norm(bands)


def test_every_openai_voice_is_a_speaker_of_its_own(voice):
    spoken = {name: spectrum(sound(voice, "good morning", name)) for name in OPENAI_VOICES}
    again = {name: spectrum(sound(voice, "good morning", name.upper())) for name in OPENAI_VOICES}
    for one, other in itertools.permutations(OPENAI_VOICES, 2):
        assert spoken[one] @ again[one] > spoken[one] @ again[other], (one, other)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        (None, "en-us+klatt4"),
        ("", "en-us+klatt4"),
        ("nobody", "en-us+klatt4"),
        ("HarbourMasterNeural", "en-us+klatt4"),
        ("en-US-AvaNeural", "en-us+f"),
        ("en-us-ava:DragonHDLatestNeural", "en-us+f"),
        ("en-US-AndrewMultilingualNeural", "en-us+m"),
        ("en-us-andrew2:DragonHDLatestNeural", "en-us+f"),  # a name that nobody knows
        ("en-GB-SoniaNeural", "en+f"),
        ("en-GB-RyanNeural", "en+m"),
        ("en-AU-WilliamMultilingualNeural", "en+m"),
        ("de-DE-KatjaNeural", "de+f"),
        ("de-CH-JanNeural", "de+m"),
        ("de-DE-Florian:DragonHDLatestNeural", "de+m"),
        ("zh-CN-XiaoxiaoNeural", "cmn+f"),
        ("zh-CN-YunxiNeural", "cmn+m"),
        ("zh-HK-WanLungNeural", "yue+m"),
        ("zh-CN-shandong-YunxiangNeural", "cmn+m"),
        ("pt-BR-AntonioNeural", "pt-br+m"),
        ("pt-PT-RaquelNeural", "pt+f"),
        ("es-ES-ElviraNeural", "es+f"),
        ("es-MX-JorgeNeural", "es-419+m"),
        ("es-419-Someone", "es-419+f"),
        ("nb-NO-PernilleNeural", "nb+f"),
        ("jv-ID-DimasNeural", "id+m"),
        ("de-DE", "de+f"),
    ],
)
def test_names_of_voices(name, first):
    best, last = candidates(name)
    assert best.voice.rstrip("0123456789") == first.rstrip("0123456789")
    assert last == DEFAULT_TIMBRE
    assert candidates((name or "").upper())[0] == best


@pytest.mark.parametrize(("name", "voice"), [("de-DE-KatjaNeural", "fr+f"), ("alloy", "fr+f"), (None, "fr+f"), ("en-US-GuyNeural", "fr+m")])
def test_a_locale_in_place_of_the_name_keeps_the_speaker(name, voice):
    assert candidates(name, "fr-FR")[0].voice.rstrip("0123456789") == voice


def test_azure_voices_of_one_language_differ():
    names = ["Katja", "Amala", "Elke", "Gisela", "Klarissa", "Louisa", "Maja", "Tanja", "Conrad", "Bernd", "Kasper", "Killian", "Klaus"]
    assert len({candidates(f"de-DE-{name}Neural")[0] for name in names}) == len(names)


@pytest.mark.parametrize("locale", AZURE_LOCALES)
def test_every_language_of_azure_that_the_library_has_is_spoken(voice, locale):
    best = candidates(f"{locale}-NobodyNeural")[0]
    assert voice._library._functions.espeak_SetVoiceByName(best.voice.encode()) == 0, best


@pytest.mark.parametrize("name", ["de-DE-KatjaNeural", "zh-CN-XiaoxiaoNeural", "fr-FR-DeniseNeural"])
def test_an_azure_voice_speaks_its_language(voice, name):
    english, other = sound(voice, "Restaurant, 21", "en-US-AvaNeural"), sound(voice, "Restaurant, 21", name)
    assert abs(len(english) - len(other)) > 500


@pytest.mark.parametrize("name", ["tlh-QO-Worf", "xx-YY-FooNeural", "../../etc/passwd", "\x00", "ünïcode"])
def test_an_unknown_voice_speaks_english(voice, name):
    assert len(sound(voice, "hello there", name)) == pytest.approx(len(sound(voice, "hello there")), abs=FLUTTER_SAMPLES)


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "...", "\x00\x01\x02", '"', "\u200b"])
def test_nothing_to_say(voice, text):
    assert list(voice.speak(text, voice_name=None, rate_hz=24_000)) == []


@pytest.mark.parametrize(
    "text", ["12345678901234567890", "naïve café", "日本語", "😀", "[[bad phonemes]] <speak>", "%s %n", "a\x00b", "\ud800 lone"]
)
def test_odd_text_is_spoken(voice, text):
    assert len(sound(voice, text)) > 2_400


def test_a_long_text_is_spoken_piece_by_piece(voice):
    pieces = list(voice.synthesize("and so on " * 1_000, voice_name=None, rate_hz=8_000))
    assert len(pieces) > 20


def test_word_timings(voice):
    text = "Dr. Smith paid 123 euros. Then he left."
    spoken = list(voice.speak(text, voice_name="alloy", rate_hz=24_000))
    assert [sentence.text for sentence in spoken] == ["Dr. Smith paid 123 euros.", "Then he left."]
    words = [word for sentence in spoken for word in sentence.words]
    assert [word.text for word in words] == ["Dr", "Smith", "paid", "123", "euros", "Then", "he", "left"]
    assert all(word.duration_ms > 0 for word in words)
    assert all(one.offset_ms + one.duration_ms <= next_.offset_ms + 1 for one, next_ in itertools.pairwise(words))
    assert words[5].offset_ms == pytest.approx(len(spoken[0].pcm16) / 48, abs=100)
    assert words[-1].offset_ms + words[-1].duration_ms <= sum(len(sentence.pcm16) for sentence in spoken) / 48


def test_voices_of_many_threads_do_not_mix():
    def length(name):
        return len(sound(EspeakVoice(), "one two three four", name))

    names = ("alloy", "cedar", "de-DE-KatjaNeural", None)
    alone = [length(name) for name in names]
    assert min(abs(one - other) for one, other in itertools.combinations(alone, 2)) > 2 * FLUTTER_SAMPLES
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(length, names * 6))
    assert together == pytest.approx(alone * 6, abs=FLUTTER_SAMPLES)


def in_a_new_process(data_path):
    """Speak with the library's data elsewhere; the library reads its data once in a process."""
    program = (
        "import sys, espeakng_loader; espeakng_loader.get_data_path = lambda: sys.argv[1]\n"
        "from voicelive.emulator.engines.voice import EspeakVoice\n"
        "print(len(b''.join(EspeakVoice().synthesize('hello', voice_name='cedar', rate_hz=8000))))"
    )
    return subprocess.run([sys.executable, "-c", program, str(data_path)], capture_output=True, text=True, check=False)


def test_data_behind_a_path_too_long_for_the_library(tmp_path):
    folder = tmp_path / ("long " * 20) / ("longer " * 20)
    folder.mkdir(parents=True)
    (folder / "data").symlink_to(espeakng_loader.get_data_path(), target_is_directory=True)
    ended = in_a_new_process(folder / "data")
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 4_000


def test_data_that_is_not_there(tmp_path):
    ended = in_a_new_process(tmp_path / "gone")
    assert f"ImportError: eSpeak NG cannot read its data in {tmp_path / 'gone'}; reinstall it: pip install" in ended.stderr


def test_a_short_path_is_kept_and_a_long_one_replaced():
    data_path = espeakng_loader.get_data_path()
    assert _espeak._short_path("/short") == "/short"
    long_path = str(Path(data_path).parent) + "/." * 80 + "/" + Path(data_path).name
    link = _espeak._short_path(long_path)
    assert len(link) < len(long_path)
    assert Path(link).samefile(data_path)


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(ImportError, match=r"speaking needs espeakng_loader .*pip install 'voicelive\[emulator\]'"):
        _espeak._load.__wrapped__()


def test_a_library_that_does_not_load_is_named(monkeypatch, tmp_path):
    broken = tmp_path / "libespeak-ng.so"
    broken.write_text("no library")
    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: str(broken))
    with pytest.raises(ImportError, match=r"eSpeak NG cannot be loaded \(.*\); reinstall it: pip install 'voicelive\[emulator\]'"):
        _espeak._load.__wrapped__()
