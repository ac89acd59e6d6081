"""``event.type`` tells every event apart, by its text and by its constant; checked with mypy and basedpyright, never run.

A test looks that none is missing.
"""

from __future__ import annotations

from typing_extensions import assert_type

from voicelive import models
from voicelive.models import ItemType, ServerEventType
from voicelive_proto import server_events
from voicelive_proto.server_events import AnyServerEvent


def by_text(event: AnyServerEvent) -> None:
    if event.type == "error":
        assert_type(event, server_events.Error)
    elif event.type == "output_audio_buffer.cleared":
        assert_type(event, server_events.OutputAudioBufferCleared)
    elif event.type == "session.avatar.connecting":
        assert_type(event, server_events.SessionAvatarConnecting)
    elif event.type == "session.avatar.switch_to_idle":
        assert_type(event, server_events.SessionAvatarSwitchToIdle)
    elif event.type == "session.avatar.switch_to_speaking":
        assert_type(event, server_events.SessionAvatarSwitchToSpeaking)
    elif event.type == "session.created":
        assert_type(event, server_events.SessionCreated)
    elif event.type == "session.updated":
        assert_type(event, server_events.SessionUpdated)
    elif event.type == "warning":
        assert_type(event, server_events.Warning)
    elif event.type == "transcription_session.updated":
        assert_type(event, server_events.TranscriptionSessionUpdated)
    elif event.type == "rate_limits.updated":
        assert_type(event, server_events.RateLimitsUpdated)
    elif event.type == "output_audio_buffer.started":
        assert_type(event, server_events.OutputAudioBufferStarted)
    elif event.type == "output_audio_buffer.stopped":
        assert_type(event, server_events.OutputAudioBufferStopped)
    elif event.type == "rtc.call.sdp.created":
        assert_type(event, server_events.RtcCallSdpCreated)
    elif event.type == "rtc.call.error":
        assert_type(event, server_events.RtcCallError)
    elif event.type == "byom_credential.updated":
        assert_type(event, server_events.ByomCredentialUpdated)
    elif event.type == "conversation.item.created":
        assert_type(event, server_events.ConversationItemCreated)
    elif event.type == "conversation.item.deleted":
        assert_type(event, server_events.ConversationItemDeleted)
    elif event.type == "conversation.item.input_audio_transcription.completed":
        assert_type(event, server_events.ConversationItemInputAudioTranscriptionCompleted)
    elif event.type == "conversation.item.input_audio_transcription.delta":
        assert_type(event, server_events.ConversationItemInputAudioTranscriptionDelta)
    elif event.type == "conversation.item.input_audio_transcription.failed":
        assert_type(event, server_events.ConversationItemInputAudioTranscriptionFailed)
    elif event.type == "conversation.item.retrieved":
        assert_type(event, server_events.ConversationItemRetrieved)
    elif event.type == "conversation.item.truncated":
        assert_type(event, server_events.ConversationItemTruncated)
    elif event.type == "input_audio_buffer.cleared":
        assert_type(event, server_events.InputAudioBufferCleared)
    elif event.type == "input_audio_buffer.committed":
        assert_type(event, server_events.InputAudioBufferCommitted)
    elif event.type == "input_audio_buffer.speech_started":
        assert_type(event, server_events.InputAudioBufferSpeechStarted)
    elif event.type == "input_audio_buffer.speech_stopped":
        assert_type(event, server_events.InputAudioBufferSpeechStopped)
    elif event.type == "conversation.item.done":
        assert_type(event, server_events.ConversationItemDone)
    elif event.type == "conversation.item.added":
        assert_type(event, server_events.ConversationItemAdded)
    elif event.type == "conversation.created":
        assert_type(event, server_events.ConversationCreated)
    elif event.type == "mcp_list_tools.completed":
        assert_type(event, server_events.McpListToolsCompleted)
    elif event.type == "mcp_list_tools.failed":
        assert_type(event, server_events.McpListToolsFailed)
    elif event.type == "mcp_list_tools.in_progress":
        assert_type(event, server_events.McpListToolsInProgress)
    elif event.type == "response.file_search_call.completed":
        assert_type(event, server_events.ResponseFileSearchCallCompleted)
    elif event.type == "response.file_search_call.in_progress":
        assert_type(event, server_events.ResponseFileSearchCallInProgress)
    elif event.type == "response.file_search_call.searching":
        assert_type(event, server_events.ResponseFileSearchCallSearching)
    elif event.type == "response.function_call_arguments.delta":
        assert_type(event, server_events.ResponseFunctionCallArgumentsDelta)
    elif event.type == "response.function_call_arguments.done":
        assert_type(event, server_events.ResponseFunctionCallArgumentsDone)
    elif event.type == "response.invocation.delta":
        assert_type(event, server_events.ResponseInvocationDelta)
    elif event.type == "response.mcp_call_arguments.delta":
        assert_type(event, server_events.ResponseMcpCallArgumentsDelta)
    elif event.type == "response.mcp_call_arguments.done":
        assert_type(event, server_events.ResponseMcpCallArgumentsDone)
    elif event.type == "response.mcp_call.completed":
        assert_type(event, server_events.ResponseMcpCallCompleted)
    elif event.type == "response.mcp_call.failed":
        assert_type(event, server_events.ResponseMcpCallFailed)
    elif event.type == "response.mcp_call.in_progress":
        assert_type(event, server_events.ResponseMcpCallInProgress)
    elif event.type == "response.web_search_call.completed":
        assert_type(event, server_events.ResponseWebSearchCallCompleted)
    elif event.type == "response.web_search_call.in_progress":
        assert_type(event, server_events.ResponseWebSearchCallInProgress)
    elif event.type == "response.web_search_call.searching":
        assert_type(event, server_events.ResponseWebSearchCallSearching)
    elif event.type == "response.foundry_agent_call_arguments.delta":
        assert_type(event, server_events.ResponseFoundryAgentCallArgumentsDelta)
    elif event.type == "response.foundry_agent_call_arguments.done":
        assert_type(event, server_events.ResponseFoundryAgentCallArgumentsDone)
    elif event.type == "response.foundry_agent_call.in_progress":
        assert_type(event, server_events.ResponseFoundryAgentCallInProgress)
    elif event.type == "response.foundry_agent_call.completed":
        assert_type(event, server_events.ResponseFoundryAgentCallCompleted)
    elif event.type == "response.foundry_agent_call.failed":
        assert_type(event, server_events.ResponseFoundryAgentCallFailed)
    elif event.type == "response.animation_blendshapes.delta":
        assert_type(event, server_events.ResponseAnimationBlendshapesDelta)
    elif event.type == "response.animation_blendshapes.done":
        assert_type(event, server_events.ResponseAnimationBlendshapesDone)
    elif event.type == "response.animation_viseme.delta":
        assert_type(event, server_events.ResponseAnimationVisemeDelta)
    elif event.type == "response.animation_viseme.done":
        assert_type(event, server_events.ResponseAnimationVisemeDone)
    elif event.type == "response.audio_timestamp.delta":
        assert_type(event, server_events.ResponseAudioTimestampDelta)
    elif event.type == "response.audio_timestamp.done":
        assert_type(event, server_events.ResponseAudioTimestampDone)
    elif event.type == "response.video.delta":
        assert_type(event, server_events.ResponseVideoDelta)
    elif event.type == "response.emotion_hypothesis":
        assert_type(event, server_events.ResponseEmotionHypothesis)
    elif event.type == "response.audio.delta":
        assert_type(event, server_events.ResponseAudioDelta)
    elif event.type == "response.audio.done":
        assert_type(event, server_events.ResponseAudioDone)
    elif event.type == "response.audio_transcript.annotation.added":
        assert_type(event, server_events.ResponseAudioTranscriptAnnotationAdded)
    elif event.type == "response.audio_transcript.delta":
        assert_type(event, server_events.ResponseAudioTranscriptDelta)
    elif event.type == "response.audio_transcript.done":
        assert_type(event, server_events.ResponseAudioTranscriptDone)
    elif event.type == "response.content_part.added":
        assert_type(event, server_events.ResponseContentPartAdded)
    elif event.type == "response.content_part.done":
        assert_type(event, server_events.ResponseContentPartDone)
    elif event.type == "response.created":
        assert_type(event, server_events.ResponseCreated)
    elif event.type == "response.done":
        assert_type(event, server_events.ResponseDone)
    elif event.type == "response.output_item.added":
        assert_type(event, server_events.ResponseOutputItemAdded)
    elif event.type == "response.output_item.done":
        assert_type(event, server_events.ResponseOutputItemDone)
    elif event.type == "response.text.delta":
        assert_type(event, server_events.ResponseTextDelta)
    elif event.type == "response.text.done":
        assert_type(event, server_events.ResponseTextDone)
    else:
        assert_type(event, server_events.UnknownServerEvent)


def by_constant(event: AnyServerEvent) -> None:
    if event.type == ServerEventType.ERROR:
        assert_type(event, server_events.Error)
    elif event.type == ServerEventType.WARNING:
        assert_type(event, server_events.Warning)
    elif event.type == ServerEventType.SESSION_AVATAR_CONNECTING:
        assert_type(event, server_events.SessionAvatarConnecting)
    elif event.type == ServerEventType.SESSION_CREATED:
        assert_type(event, server_events.SessionCreated)
    elif event.type == ServerEventType.SESSION_UPDATED:
        assert_type(event, server_events.SessionUpdated)
    elif event.type == ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED:
        assert_type(event, server_events.ConversationItemInputAudioTranscriptionCompleted)
    elif event.type == ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA:
        assert_type(event, server_events.ConversationItemInputAudioTranscriptionDelta)
    elif event.type == ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED:
        assert_type(event, server_events.ConversationItemInputAudioTranscriptionFailed)
    elif event.type == ServerEventType.CONVERSATION_ITEM_CREATED:
        assert_type(event, server_events.ConversationItemCreated)
    elif event.type == ServerEventType.CONVERSATION_ITEM_RETRIEVED:
        assert_type(event, server_events.ConversationItemRetrieved)
    elif event.type == ServerEventType.CONVERSATION_ITEM_TRUNCATED:
        assert_type(event, server_events.ConversationItemTruncated)
    elif event.type == ServerEventType.CONVERSATION_ITEM_DELETED:
        assert_type(event, server_events.ConversationItemDeleted)
    elif event.type == ServerEventType.INPUT_AUDIO_BUFFER_COMMITTED:
        assert_type(event, server_events.InputAudioBufferCommitted)
    elif event.type == ServerEventType.INPUT_AUDIO_BUFFER_CLEARED:
        assert_type(event, server_events.InputAudioBufferCleared)
    elif event.type == ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED:
        assert_type(event, server_events.InputAudioBufferSpeechStarted)
    elif event.type == ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STOPPED:
        assert_type(event, server_events.InputAudioBufferSpeechStopped)
    elif event.type == ServerEventType.RESPONSE_CREATED:
        assert_type(event, server_events.ResponseCreated)
    elif event.type == ServerEventType.RESPONSE_DONE:
        assert_type(event, server_events.ResponseDone)
    elif event.type == ServerEventType.RESPONSE_OUTPUT_ITEM_ADDED:
        assert_type(event, server_events.ResponseOutputItemAdded)
    elif event.type == ServerEventType.RESPONSE_OUTPUT_ITEM_DONE:
        assert_type(event, server_events.ResponseOutputItemDone)
    elif event.type == ServerEventType.RESPONSE_CONTENT_PART_ADDED:
        assert_type(event, server_events.ResponseContentPartAdded)
    elif event.type == ServerEventType.RESPONSE_CONTENT_PART_DONE:
        assert_type(event, server_events.ResponseContentPartDone)
    elif event.type == ServerEventType.RESPONSE_TEXT_DELTA:
        assert_type(event, server_events.ResponseTextDelta)
    elif event.type == ServerEventType.RESPONSE_TEXT_DONE:
        assert_type(event, server_events.ResponseTextDone)
    elif event.type == ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DELTA:
        assert_type(event, server_events.ResponseAudioTranscriptDelta)
    elif event.type == ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DONE:
        assert_type(event, server_events.ResponseAudioTranscriptDone)
    elif event.type == ServerEventType.RESPONSE_AUDIO_DELTA:
        assert_type(event, server_events.ResponseAudioDelta)
    elif event.type == ServerEventType.RESPONSE_AUDIO_DONE:
        assert_type(event, server_events.ResponseAudioDone)
    elif event.type == ServerEventType.RESPONSE_ANIMATION_BLENDSHAPES_DELTA:
        assert_type(event, server_events.ResponseAnimationBlendshapesDelta)
    elif event.type == ServerEventType.RESPONSE_ANIMATION_BLENDSHAPES_DONE:
        assert_type(event, server_events.ResponseAnimationBlendshapesDone)
    elif event.type == ServerEventType.RESPONSE_AUDIO_TIMESTAMP_DELTA:
        assert_type(event, server_events.ResponseAudioTimestampDelta)
    elif event.type == ServerEventType.RESPONSE_AUDIO_TIMESTAMP_DONE:
        assert_type(event, server_events.ResponseAudioTimestampDone)
    elif event.type == ServerEventType.RESPONSE_ANIMATION_VISEME_DELTA:
        assert_type(event, server_events.ResponseAnimationVisemeDelta)
    elif event.type == ServerEventType.RESPONSE_ANIMATION_VISEME_DONE:
        assert_type(event, server_events.ResponseAnimationVisemeDone)
    elif event.type == ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA:
        assert_type(event, server_events.ResponseFunctionCallArgumentsDelta)
    elif event.type == ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE:
        assert_type(event, server_events.ResponseFunctionCallArgumentsDone)
    elif event.type == ServerEventType.MCP_LIST_TOOLS_IN_PROGRESS:
        assert_type(event, server_events.McpListToolsInProgress)
    elif event.type == ServerEventType.MCP_LIST_TOOLS_COMPLETED:
        assert_type(event, server_events.McpListToolsCompleted)
    elif event.type == ServerEventType.MCP_LIST_TOOLS_FAILED:
        assert_type(event, server_events.McpListToolsFailed)
    elif event.type == ServerEventType.RESPONSE_MCP_CALL_ARGUMENTS_DELTA:
        assert_type(event, server_events.ResponseMcpCallArgumentsDelta)
    elif event.type == ServerEventType.RESPONSE_MCP_CALL_ARGUMENTS_DONE:
        assert_type(event, server_events.ResponseMcpCallArgumentsDone)
    elif event.type == ServerEventType.RESPONSE_MCP_CALL_IN_PROGRESS:
        assert_type(event, server_events.ResponseMcpCallInProgress)
    elif event.type == ServerEventType.RESPONSE_MCP_CALL_COMPLETED:
        assert_type(event, server_events.ResponseMcpCallCompleted)
    elif event.type == ServerEventType.RESPONSE_MCP_CALL_FAILED:
        assert_type(event, server_events.ResponseMcpCallFailed)
    elif event.type == ServerEventType.SESSION_AVATAR_SWITCH_TO_SPEAKING:
        assert_type(event, server_events.SessionAvatarSwitchToSpeaking)
    elif event.type == ServerEventType.SESSION_AVATAR_SWITCH_TO_IDLE:
        assert_type(event, server_events.SessionAvatarSwitchToIdle)
    elif event.type == ServerEventType.RESPONSE_VIDEO_DELTA:
        assert_type(event, server_events.ResponseVideoDelta)
    elif event.type == ServerEventType.RESPONSE_WEB_SEARCH_CALL_SEARCHING:
        assert_type(event, server_events.ResponseWebSearchCallSearching)
    elif event.type == ServerEventType.RESPONSE_WEB_SEARCH_CALL_IN_PROGRESS:
        assert_type(event, server_events.ResponseWebSearchCallInProgress)
    elif event.type == ServerEventType.RESPONSE_WEB_SEARCH_CALL_COMPLETED:
        assert_type(event, server_events.ResponseWebSearchCallCompleted)
    elif event.type == ServerEventType.RESPONSE_FILE_SEARCH_CALL_SEARCHING:
        assert_type(event, server_events.ResponseFileSearchCallSearching)
    elif event.type == ServerEventType.RESPONSE_FILE_SEARCH_CALL_IN_PROGRESS:
        assert_type(event, server_events.ResponseFileSearchCallInProgress)
    elif event.type == ServerEventType.RESPONSE_FILE_SEARCH_CALL_COMPLETED:
        assert_type(event, server_events.ResponseFileSearchCallCompleted)
    elif event.type == ServerEventType.OUTPUT_AUDIO_BUFFER_CLEARED:
        assert_type(event, server_events.OutputAudioBufferCleared)
    elif event.type == ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_ANNOTATION_ADDED:
        assert_type(event, server_events.ResponseAudioTranscriptAnnotationAdded)
    elif event.type == ServerEventType.RESPONSE_INVOCATION_DELTA:
        assert_type(event, server_events.ResponseInvocationDelta)


def by_match(event: AnyServerEvent) -> bytes | str:
    match event.type:
        case "response.audio.delta":
            return event.delta
        case ServerEventType.RESPONSE_TEXT_DELTA:
            return event.delta
        case _:
            return event.type


def what_is_unknown(event: AnyServerEvent) -> str:
    kind: str = event.type
    if kind == "response.brand_new":
        return kind
    if isinstance(event, models.UnknownServerEvent) and event["type"] == "response.brand_new":
        assert_type(event, server_events.UnknownServerEvent)
    return ""


def items(response: models.Response) -> list[str | None]:
    calls = [item for item in response.output or () if item.type == "function_call"]
    for item in response.output or ():
        if item.type == ItemType.FUNCTION_CALL:
            assert_type(item, models.ResponseFunctionCallItem)
    return [call.arguments for call in calls]


def constants(name: str) -> list[models.ServerEventType]:
    text: str = ServerEventType.ERROR
    return [ServerEventType(name), *ServerEventType, ServerEventType(text)]
