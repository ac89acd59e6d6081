"""session.update: what changes, what stays, what is refused."""

import time

import pytest
from emulator.support_server import QUERY, client

from voicelive.emulator import serve
from voicelive.emulator._errors import Refused
from voicelive.emulator._settings import initial_settings, merged

pytestmark = pytest.mark.anyio


def settings(model="gpt-realtime", api_version="2026-07-15"):
    return initial_settings(model=model, api_version=api_version)


def updated(update, *, current=None, api_version="2026-07-15", fixed=()):
    return merged(current or settings(), update, api_version=api_version, fixed=fixed)


async def test_the_first_event_shows_the_defaults():
    async with serve(recogniser=None) as server, client(server) as one:
        session = one.events[0]["session"]
        assert session["model"] == "gpt-realtime"
        assert session["id"].startswith("sess_")
        assert session["voice"] == {"type": "openai", "name": "alloy"}
        assert session["modalities"] == ["text", "audio"]
        assert session["input_audio_format"] == session["output_audio_format"] == "pcm16"
        assert session["turn_detection"]["type"] == "server_vad"
        assert 3_500 < session["expires_at"] - time.time() < 3_700


async def test_an_update_changes_what_it_names_and_reports_all():
    async with serve(recogniser=None) as server, client(server) as one:
        session = await one.update(instructions="Be brief.", voice="marin", temperature=0.7)
        assert (session["instructions"], session["temperature"]) == ("Be brief.", 0.7)
        assert session["voice"] == {"type": "openai", "name": "marin"}
        session = await one.update(turn_detection=None)
        assert session["turn_detection"] is None
        assert session["instructions"] == "Be brief."
        session = await one.update(instructions="", turn_detection={"type": "azure_semantic_vad", "threshold": 0.3})
        assert session["instructions"] == ""
        assert session["turn_detection"]["threshold"] == 0.3
        assert session["turn_detection"]["silence_duration_ms"] == 500
        assert session == {**one.events[0]["session"], **session}


async def test_a_refused_update_changes_nothing():
    async with serve(recogniser=None) as server, client(server) as one:
        error = await one.refused("session.update", session={"instructions": "x", "temperature": 9.5})
        assert (error["code"], error["param"]) == ("invalid_value", "session.temperature")
        assert (await one.update())["instructions"] == ""


async def test_a_wrong_type_is_refused_with_its_path():
    async with serve(recogniser=None) as server, client(server, checked=False) as one:
        frame = '{"type": "session.update", "event_id": "e", "session": {"turn_detection": {"type": "server_vad", "threshold": "x"}}}'
        await one.send_raw(frame)
        error = (await one.until("error"))["error"]
        assert error["param"] == "session.turn_detection.threshold"
        assert error["event_id"] == "e"


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ({"voice": "ash"}, {"voice": {"type": "openai", "name": "ash"}}),
        ({"voice": "de-DE-KatjaNeural"}, {"voice": {"type": "azure-standard", "name": "de-DE-KatjaNeural"}}),
        ({"input_audio_format": "g711_ulaw"}, {"input_audio_format": "g711_ulaw", "input_audio_sampling_rate": 8_000}),
        ({"input_audio_sampling_rate": 44_100}, {"input_audio_sampling_rate": 44_100}),
        ({"output_audio_format": "pcm16_48000hz"}, {"output_audio_format": "pcm16_48000hz"}),
        ({"input_audio_transcription": {"model": "whisper-1"}}, {"input_audio_transcription": {"model": "whisper-1"}}),
        ({"max_response_output_tokens": 4096}, {"max_response_output_tokens": 4096}),
        ({"metadata": None, "avatar": None}, {"avatar": None}),
        ({"tool_choice": {"type": "function", "name": "f"}}, {"tool_choice": {"type": "function", "name": "f"}}),
        ({"modalities": ["text"]}, {"modalities": ["text"]}),
        ({"turn_detection": {"type": "semantic_vad", "eagerness": "low"}}, {}),
        ({"turn_detection": {"type": "none"}}, {"turn_detection": None}),
        ({"model": "gpt-realtime"}, {}),
    ],
)
async def test_values_that_are_taken(update, expected):
    assert updated(update) | expected == updated(update)


@pytest.mark.parametrize(
    ("update", "code", "param"),
    [
        ({"temprature": 1}, "unknown_parameter", "session.temprature"),
        ({"voice": None}, "invalid_value", "session.voice"),
        ({"voice": {"type": "robot", "name": "x"}}, "invalid_value", "session.voice.type"),
        ({"voice": {"type": "openai"}}, "missing_required_parameter", "session.voice.name"),
        ({"voice": {"name": "alloy"}}, "missing_required_parameter", "session.voice.type"),
        ({"modalities": ["audio"]}, "invalid_value", "session.modalities"),
        ({"modalities": ["text", "smell"]}, "invalid_value", "session.modalities[1]"),
        ({"input_audio_format": "mp3"}, "invalid_value", "session.input_audio_format"),
        ({"input_audio_sampling_rate": 11_025}, "invalid_value", "session.input_audio_sampling_rate"),
        ({"output_audio_format": "flac"}, "invalid_value", "session.output_audio_format"),
        ({"turn_detection": {"type": "telepathy"}}, "invalid_value", "session.turn_detection.type"),
        ({"turn_detection": {"type": "server_vad", "threshold": 1.5}}, "invalid_value", "session.turn_detection.threshold"),
        ({"turn_detection": {"type": "server_vad", "loudness": 1}}, "unknown_parameter", "session.turn_detection.loudness"),
        ({"input_audio_transcription": {}}, "missing_required_parameter", "session.input_audio_transcription.model"),
        (
            {"input_audio_transcription": {"model": "m", "phrase_list": ["x"] * 500}},
            "invalid_value",
            "session.input_audio_transcription.phrase_list",
        ),
        ({"input_audio_noise_reduction": {"type": "x"}}, "invalid_value", "session.input_audio_noise_reduction.type"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "missing_required_parameter", "session.tools[0].name"),
        ({"tools": [{"type": "mcp", "server_label": "x"}]}, "missing_required_parameter", "session.tools[0].server_url"),
        ({"tool_choice": "maybe"}, "invalid_value", "session.tool_choice"),
        ({"max_response_output_tokens": 5000}, "invalid_value", "session.max_response_output_tokens"),
        ({"max_response_output_tokens": "many"}, "invalid_value", "session.max_response_output_tokens"),
        ({"metadata": {"k" * 65: "v"}}, "invalid_value", "session.metadata"),
        ({"model": "gpt-4o"}, "invalid_value", "session.model"),
        (
            {"input_audio_echo_cancellation": {"type": "server_echo_cancellation", "channels": 2}},
            "invalid_ec_channels_requires_client",
            "session.input_audio_echo_cancellation",
        ),
        (
            {"input_audio_echo_cancellation": {"type": "server_echo_cancellation", "reference_source": "client"}},
            "invalid_ec_reference_channels",
            "session.input_audio_echo_cancellation",
        ),
        (
            {
                "input_audio_format": "g711_alaw",
                "input_audio_echo_cancellation": {
                    "type": "server_echo_cancellation",
                    "reference_source": "client",
                    "channels": 2,
                },
            },
            "invalid_ec_channels_format",
            "session.input_audio_echo_cancellation",
        ),
    ],
)
async def test_values_that_are_refused(update, code, param):
    with pytest.raises(Refused) as refused:
        updated(update)
    assert (refused.value.code, refused.value.param) == (code, param)


async def test_a_misspelt_setting_gets_a_suggestion():
    with pytest.raises(Refused, match=r"did you mean 'temperature'\?"):
        updated({"temprature": 1})


async def test_a_rate_stays_when_the_format_is_named_again():
    current = updated({"input_audio_sampling_rate": 16_000})
    assert updated({"input_audio_format": "pcm16"}, current=current)["input_audio_sampling_rate"] == 16_000


async def test_echo_channels_cannot_change():
    echo = {"type": "server_echo_cancellation", "reference_source": "client", "channels": 2}
    current = updated({"input_audio_echo_cancellation": echo})
    with pytest.raises(Refused) as refused:
        updated({"input_audio_echo_cancellation": {"type": "server_echo_cancellation"}}, current=current)
    assert refused.value.code == "change_in_ec_channels_not_allowed"


async def test_cascaded_models_have_other_defaults_and_no_semantic_vad():
    cascaded = settings(model="gpt-4o")
    assert cascaded["input_audio_transcription"] == {"model": "azure-speech"}
    assert cascaded["voice"]["type"] == "azure-standard"
    with pytest.raises(Refused, match="azure_semantic_vad"):
        updated({"turn_detection": {"type": "semantic_vad"}}, current=cascaded)


async def test_a_phi_that_hears_speech_has_azures_voice_and_no_semantic_vad():
    phi = settings(model="phi4-mm-realtime")
    assert (phi["voice"]["type"], phi["input_audio_transcription"]) == ("azure-standard", None)
    with pytest.raises(Refused, match="azure_semantic_vad"):
        updated({"turn_detection": {"type": "semantic_vad"}}, current=phi)


@pytest.mark.parametrize("api_version", ["2025-05-01-preview", "2026-07-15"])
async def test_a_realtime_model_waits_less_until_a_detector_is_named(api_version):
    current = settings(api_version=api_version)
    assert (current["turn_detection"]["prefix_padding_ms"], current["turn_detection"]["silence_duration_ms"]) == (300, 200)
    assert updated({"voice": "ash"}, current=current)["turn_detection"] == current["turn_detection"]
    named = updated({"turn_detection": {"type": "server_vad"}}, current=current, api_version=api_version)
    assert named["turn_detection"]["silence_duration_ms"] == settings(model="gpt-4o")["turn_detection"]["silence_duration_ms"] == 500


@pytest.mark.parametrize(
    ("kind", "api_version", "padding_ms"),
    [
        ("server_vad", "2025-10-01", 300),
        ("server_vad", "2026-04-10", 400),
        ("azure_semantic_vad", "2026-01-01-preview", 300),
        ("azure_semantic_vad_multilingual", "2026-07-15", 420),
    ],
)
async def test_padding_depends_on_the_version(kind, api_version, padding_ms):
    new = updated({"turn_detection": {"type": kind}}, api_version=api_version)
    assert new["turn_detection"]["prefix_padding_ms"] == padding_ms


async def test_an_agent_has_its_own_instructions():
    query = QUERY.replace("model=gpt-realtime", "agent-name=clerk&agent-project-name=shop")
    async with serve(recogniser=None) as server, client(server, query=query) as one:
        error = await one.refused("session.update", session={"instructions": "Be rude.", "temperature": 0.5})
        assert (error["code"], error["param"]) == ("invalid_value", "session.instructions")
        assert (await one.update(instructions=""))["temperature"] == 0.8


async def test_format_and_voice_are_fixed_by_use():
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await one.append(bytes(480))
        error = await one.refused("session.update", session={"input_audio_sampling_rate": 16_000})
        assert error["param"] == "session.input_audio_sampling_rate"
        echo = {"type": "server_echo_cancellation"}
        stereo = {**echo, "reference_source": "client", "channels": 2}
        error = await one.refused("session.update", session={"input_audio_echo_cancellation": stereo})
        assert (error["code"], error["param"]) == ("change_in_ec_channels_not_allowed", "session.input_audio_echo_cancellation")
        await one.update(input_audio_echo_cancellation=echo, voice="ash")
        await one.ask("Say hello.")
        error = await one.refused("session.update", session={"voice": "echo"})
        assert error["param"] == "session.voice"
        await one.update(voice={"type": "openai", "name": "ash"}, input_audio_format="pcm16")


async def test_mcp_tools_are_declared_unavailable():
    async with serve(recogniser=None) as server, client(server) as one:
        tools = [{"type": "mcp", "server_label": "docs", "server_url": "https://docs.example/"}]
        assert (await one.update(tools=tools))["tools"] == tools
        warning = await one.until("warning")
        assert "docs" in warning["warning"]["message"]
        in_progress, failed = one.events[-3:-1]
        assert (in_progress["type"], failed["type"]) == ("mcp_list_tools.in_progress", "mcp_list_tools.failed")
        assert in_progress["item_id"] == failed["item_id"]
        await one.update(tools=tools)
        await one.settle()
        assert len(one.all("mcp_list_tools.failed")) == 1


async def test_agents_as_tools_are_said_to_be_never_called():
    async with serve(recogniser=None) as server, client(server) as one:
        agent = {"type": "foundry_agent", "agent_name": "clerk", "agent_version": "1", "project_name": "shop"}
        assert (await one.update(tools=[agent]))["tools"] == [agent]
        assert (await one.until("warning"))["warning"]["param"] == "session.tools"
        await one.update(instructions="Be brief.")
        await one.settle()
        assert len(one.all("warning")) == 1


async def test_transcription_session_update():
    async with serve(recogniser=None) as server, client(server) as one:
        await one.send("transcription_session.update", session={"input_audio_transcription": {"model": "whisper-1"}})
        session = (await one.until("transcription_session.updated"))["session"]
        assert session["input_audio_transcription"] == {"model": "whisper-1"}
        assert (await one.update())["input_audio_transcription"] == {"model": "whisper-1"}
        error = await one.refused("transcription_session.update", session={"voice_of_reason": 1})
        assert error["code"] == "unknown_parameter"


async def test_an_agent_session():
    query = QUERY.replace("model=gpt-realtime", "agent-name=clerk&agent-project-name=shop")
    async with serve(recogniser=None) as server, client(server, query=query) as one:
        assert one.events[0]["session"]["model"] == "agent"
