"""The events of one response, in the service's order (service facts, section 7).

`ResponseStream` knows what is open and closes it in the right order, also when the response is cut short at any point. It knows
nothing of models, voices or time. Nothing here waits, so an end is one uninterrupted run of events; after it, every call does nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from voicelive_proto.content import ResponseAudioContentPart, ResponseTextContentPart
from voicelive_proto.responses import Response, TokenUsage
from voicelive_proto.server_events import (
    ConversationItemCreated,
    ResponseAudioDelta,
    ResponseAudioDone,
    ResponseAudioTranscriptAnnotationAdded,
    ResponseAudioTranscriptDelta,
    ResponseAudioTranscriptDone,
    ResponseContentPartAdded,
    ResponseContentPartDone,
    ResponseCreated,
    ResponseDone,
    ResponseFileSearchCallCompleted,
    ResponseFileSearchCallInProgress,
    ResponseFileSearchCallSearching,
    ResponseFunctionCallArgumentsDelta,
    ResponseFunctionCallArgumentsDone,
    ResponseOutputItemAdded,
    ResponseOutputItemDone,
    ResponseTextDelta,
    ResponseTextDone,
    ResponseWebSearchCallCompleted,
    ResponseWebSearchCallInProgress,
    ResponseWebSearchCallSearching,
)

from ._avatar import Avatar, gop_size
from ._beside import Beside
from ._conversation import Conversation, Entry, Item, function_call_item, message_item
from ._errors import OutOfTokens
from ._mcp import McpCall
from ._mcp_item import McpCallItem, mcp_call_entry
from ._plans import Plan
from ._usage import output_audio_tokens, text_tokens, usage
from ._wire import Wire
from .engines.timing import SpokenSentence

_SEARCH_PROGRESS = {
    "web": (ResponseWebSearchCallInProgress, ResponseWebSearchCallSearching, ResponseWebSearchCallCompleted),
    "file": (ResponseFileSearchCallInProgress, ResponseFileSearchCallSearching, ResponseFileSearchCallCompleted),
}


class ResponseStream:
    """Emits the events of one response.

    Args:
        wire: where they go.
        conversation: where the items go that are made.
        plan: what was asked for.
        avatar: speaks with it, if there is one.

    Attributes:
        id: response id.
        input_tokens: (text, audio) tokens of what the model saw; set before the end.
        audio_ms: length of the audio sent.
        spoken: each spoken message, and where its audio begins in that of the response.
        status: ``in_progress``, or how it ended.
        mcp_calls: its MCP calls, in order; those that are open when it is completed run on.
    """

    def __init__(self, wire: Wire, conversation: Conversation, plan: Plan, avatar: Avatar) -> None:
        self.id = wire.new_id("resp")
        self.plan = plan
        self.is_open = True
        self.input_tokens = (0, 0)
        self.audio_ms = 0
        self.spoken: list[tuple[Entry, int]] = []
        self.status = "in_progress"
        self.mcp_calls: list[McpCallItem] = []
        self._wire = wire
        self._conversation = conversation
        self._avatar = avatar
        self._output: list[Entry] = []
        self._finished: dict[str, Item] = {}
        self._message: Entry | None = None
        self._beside = Beside(plan.beside, gop_size(plan.avatar))
        self._call: Entry | None = None
        self._text: list[str] = []
        self._output_characters = 0
        wire.emit(ResponseCreated(response=self._report("in_progress")))

    @property
    def usage(self) -> TokenUsage:
        """What the response has cost so far, in tokens."""
        text, audio = self.input_tokens
        return usage(
            input_text=text,
            input_audio=audio,
            output_text=text_tokens(self._output_characters),
            output_audio=output_audio_tokens(self.audio_ms),
        )

    def _report(self, status: str, details: dict[str, Any] | None = None) -> Response:
        plan = self.plan
        used = self.usage.as_dict() if status != "in_progress" else None
        return Response.from_dict(
            {
                "id": self.id,
                "object": "realtime.response",
                "status": status,
                "status_details": details,
                "output": [self._finished.get(entry.id, entry.item) for entry in self._output],
                "usage": used,
                "conversation_id": self._conversation.id if plan.in_conversation else None,
                "voice": plan.voice,
                "modalities": plan.modalities,
                "output_audio_format": plan.output_audio_format,
                "temperature": plan.temperature,
                "max_output_tokens": plan.max_output_tokens,
                "metadata": plan.metadata,
            }
        )

    def _place(self) -> dict[str, Any]:
        """The keys that say which part of which item an event is about; there is one part in each message."""
        assert self._message is not None
        return {
            "response_id": self.id,
            "item_id": self._message.id,
            "output_index": len(self._output) - 1,
            "content_index": 0,
        }

    def _check_tokens(self) -> None:
        spent = text_tokens(self._output_characters) + output_audio_tokens(self.audio_ms)
        if not isinstance(self.plan.max_output_tokens, str) and spent >= self.plan.max_output_tokens:
            raise OutOfTokens

    @property
    def progress(self) -> tuple[int, int, int]:
        """Changes whenever the response gets on: items, characters, milliseconds of audio."""
        return len(self._output), self._output_characters, self.audio_ms

    def _add(self, entry: Entry) -> Entry:
        """Add an item to the output, and to the conversation.

        Raises:
            Refused: the conversation is full; nothing was said of the item.
        """
        before = self._conversation.insert(entry) if self.plan.in_conversation else None
        self._output.append(entry)
        index = len(self._output) - 1
        self._wire.emit(ResponseOutputItemAdded(response_id=self.id, output_index=index, item=self._as_added(entry)))
        if self.plan.in_conversation:
            self._wire.emit(ConversationItemCreated(previous_item_id=before, item=entry.shown()))
        return entry

    def _as_added(self, entry: Entry) -> Any:
        """An item as the response first tells of it: messages of cascaded models begin as ``incomplete`` (service facts, section 7)."""
        if self.plan.cascaded and entry.item["type"] == "message":
            entry = Entry(entry.item | {"status": "incomplete"})
        return entry.shown()

    def _finish(self, entry: Entry, **final: Any) -> None:
        self._conversation.replace(entry, entry.item | final)
        self._finished[entry.id] = entry.item  # as it ended, whatever is done with it later
        index = len(self._output) - 1
        self._wire.emit(ResponseOutputItemDone(response_id=self.id, output_index=index, item=entry.shown()))

    def open_message(self) -> None:
        """Start a message with one part, spoken or written as the plan says."""
        if not self.is_open:
            return
        message = Entry(message_item(self._wire.new_id("item"), "assistant", [], status="in_progress"))
        if self.plan.avatar is not None and self.plan.speaks and not self.spoken:
            self._avatar.speak(self.id)
        self._message = self._add(message)
        self._beside = Beside(self.plan.beside, gop_size(self.plan.avatar))
        self._text = []
        if self.plan.speaks:
            self.spoken.append((self._message, self.audio_ms))
        self._wire.emit(ResponseContentPartAdded(**self._place(), part=self._part()))
        self._conversation.replace(self._message, self._message.item | {"content": [self._part().as_dict()]})

    def _part(self) -> ResponseAudioContentPart | ResponseTextContentPart:
        text = "".join(self._text)
        return ResponseAudioContentPart(transcript=text) if self.plan.speaks else ResponseTextContentPart(text=text)

    def write(self, text: str) -> None:
        """Add to the open message's text, or to the transcript of what it says.

        Raises:
            OutOfTokens: the ceiling is reached; the text was not added.
        """
        if not self.is_open:
            return
        self._check_tokens()
        self._text.append(text)
        self._output_characters += len(text)
        delta = ResponseAudioTranscriptDelta if self.plan.speaks else ResponseTextDelta
        self._wire.emit(delta(**self._place(), delta=text))

    def expect(self, sentences: Iterable[SpokenSentence]) -> None:
        """Take the times of the words in what will be played next."""
        if self._message is not None:
            self._beside.expect(sentences, self._message.audio_ms)

    def play(self, audio: bytes, duration_ms: int) -> None:
        """Add to the open message's audio, in the plan's output format.

        Raises:
            OutOfTokens: the ceiling is reached; the audio was not added.
        """
        if not self.is_open or self._message is None:
            return
        self._check_tokens()
        self.audio_ms += duration_ms
        self._message.audio_ms += duration_ms
        place = self._place()
        self._wire.emit(ResponseAudioDelta(**place, delta=audio))
        for event in self._beside.deltas(place, self._message.audio_ms):
            self._wire.emit(event)

    def annotate(self, annotations: Iterable[Mapping[str, Any]]) -> None:
        """Tell what the open message cites; of written text there is no such event."""
        if not self.is_open or not self.plan.speaks:
            return
        for index, annotation in enumerate(annotations):
            self._wire.emit(ResponseAudioTranscriptAnnotationAdded(**self._place(), annotation_index=index, annotation=dict(annotation)))

    def close_message(self, status: str = "completed") -> None:
        """End the open message, if there is one."""
        if not self.is_open or self._message is None:
            return
        text = "".join(self._text)
        if self.plan.speaks:
            self._wire.emit(ResponseAudioDone(**self._place()))
            self._wire.emit(ResponseAudioTranscriptDone(**self._place(), transcript=text))
            for event in self._beside.dones(self._place()):
                self._wire.emit(event)
        else:
            self._wire.emit(ResponseTextDone(**self._place(), text=text))
        self._wire.emit(ResponseContentPartDone(**self._place(), part=self._part()))
        self._finish(self._message, status=status, content=[self._part().as_dict()])
        self._conversation.end_message(self._message)
        self._message = None

    def open_call(self, name: str) -> None:
        """Start a function call, whose arguments come piece by piece."""
        if not self.is_open:
            return
        call_id, item_id = self._wire.new_id("call"), self._wire.new_id("item")
        self._call = self._add(Entry(function_call_item(item_id, name=name, call_id=call_id, arguments="", status="in_progress")))
        self._text = []
        self._output_characters += len(name)

    def _place_of_call(self, call: Entry) -> dict[str, Any]:
        return {"response_id": self.id, "item_id": call.id, "output_index": len(self._output) - 1, "call_id": call.item["call_id"]}

    def add_arguments(self, delta: str) -> None:
        """Add to the arguments of the open call; pieces of their JSON text.

        Raises:
            OutOfTokens: the ceiling is reached; the piece was not added.
        """
        if not self.is_open or self._call is None:
            return
        self._check_tokens()
        self._text.append(delta)
        self._output_characters += len(delta)
        self._wire.emit(ResponseFunctionCallArgumentsDelta(**self._place_of_call(self._call), delta=delta))

    def close_call(self, status: str = "completed") -> None:
        """End the open function call, if there is one."""
        call, self._call = self._call, None
        if not self.is_open or call is None:
            return
        arguments = "".join(self._text)
        name = call.item["name"]
        self._wire.emit(ResponseFunctionCallArgumentsDone(**self._place_of_call(call), arguments=arguments, name=name))
        self._finish(call, status=status, arguments=arguments)

    def search(self, kind: Literal["web", "file"], **found: Any) -> None:
        """Add a search of the service's own, whole.

        Args:
            kind: where it looked.
            found: what the finished item holds; ``results`` go only to a session that includes them.
        """
        if not self.is_open:
            return
        item = {"id": self._wire.new_id("item"), "object": "realtime.item", "type": f"{kind}_search_call", "status": "in_progress"}
        entry = Entry(item)
        self._add(entry)
        place: dict[str, Any] = {"response_id": self.id, "item_id": entry.id, "output_index": len(self._output) - 1}
        for number, progress in enumerate(_SEARCH_PROGRESS[kind]):
            self._wire.emit(progress(**place, sequence_number=number))
        if "file_search_call.results" not in self.plan.included:
            found.pop("results", None)
        self._finish(entry, status="completed", **found)

    def request_approval(self, call: McpCall) -> None:
        """Ask the client whether an MCP call may run.

        Raises:
            OutOfTokens: the ceiling is reached within the call, which was not added.
        """
        if not self.is_open:
            return
        self._output_characters += len(call.name) + len(call.arguments)
        self._check_tokens()
        item = {"id": self._wire.new_id("mcpr"), "type": "mcp_approval_request", "server_label": call.server_label}
        entry = Entry(item | {"name": call.name, "arguments": call.arguments})
        self._add(entry)
        self._finish(entry)

    def open_mcp_call(self, call: McpCall) -> McpCallItem | None:
        """Add an MCP call, whose arguments come piece by piece, and which is then to be run; None when the response has ended."""
        if not self.is_open:
            return None
        entry = self._add(mcp_call_entry(call, self._wire.new_id("mcp")))
        index = len(self._output) - 1
        item = McpCallItem(self._wire, self._conversation, entry, call, response_id=self.id, output_index=index)
        self.mcp_calls.append(item)
        self._output_characters += len(call.name)
        return item

    def add_mcp_arguments(self, item: McpCallItem, delta: str) -> None:
        """Add to the arguments of an MCP call. Those of an approved one were decided before, and all of them are given.

        Raises:
            OutOfTokens: the ceiling is reached; the piece was not added.
        """
        if not self.is_open:
            return
        if self.plan.approved is None:
            self._check_tokens()
        self._output_characters += len(delta)
        item.add_arguments(delta)

    def end(self, status: str = "completed", **details: Any) -> None:
        """End the response and what is open in it; a second end does nothing.

        Args:
            status: ``completed``, ``cancelled``, ``incomplete`` or ``failed``.
            details: what ``status_details`` holds besides its type, such as ``reason="turn_detected"``.
        """
        if not self.is_open:
            return
        if status != "completed":
            for call in self.mcp_calls:
                call.end(error="the response ended first")
        self.close_call("completed" if status == "completed" else "incomplete")
        self.close_message("completed" if status == "completed" else "incomplete")
        self.is_open = False
        self.status = status
        self._wire.emit(ResponseDone(response=self._report(status, {"type": status, **details} if details else None)))
