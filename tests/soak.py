"""Ten hours of conversation through a client and a server core, as fast as it goes: memory stays where it is, and the books balance.

Run by ``make soak``::

    python tests/soak.py [HOURS]

Time is simulated: a turn has 20 ms of audio after 20 ms of audio both ways, as many as it lasts. Every kind of turn comes round: a plain
one with server voice activity detection, a barge-in with truncation, a function call, an MCP call that is done after its response.
"""

import argparse
import base64
import gc
import itertools
import sys
import time
import tracemalloc
from dataclasses import dataclass, field
from random import Random

from voicelive_proto import CLIENT, SERVER, Connection, Limits

CHUNK_MS = 20
CHUNK = bytes(range(256)) * 3 + bytes(192)
CHUNK_BASE64 = base64.b64encode(CHUNK).decode()
WORDS = [
    "the",
    "next",
    "ferry",
    "to",
    "gull",
    "island",
    "leaves",
    "at",
    "half",
    "past",
    "two",
    "from",
    "the",
    "old",
    "pier",
    "次の便",
    "süß",
]


@dataclass
class Books:
    """What must have been counted, kept beside the cores in the plainest way."""

    now_ms: int = 0
    turns: int = 0
    input_bytes: int = 0
    output_bytes: dict[str, int] = field(default_factory=dict)
    total_tokens: int = 0
    order: list[str] = field(default_factory=list)


class Call:
    """One endless call between a client and a server core that tell each other everything."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.client = Connection(CLIENT, strict=True, limits=limits)
        self.server = Connection(SERVER, strict=True, limits=limits)
        self.books = Books()
        self._random = Random(7)
        self._ids = itertools.count()
        self._kinds = itertools.cycle([self.plain_turn, self.barge_in, self.function_call, self.plain_turn, self.mcp_call])
        self.says({"type": "session.created", "session": {"id": "sess_soak", "model": "gpt-realtime"}})
        self.asks(
            {
                "type": "session.update",
                "session": {"turn_detection": {"type": "server_vad"}, "tools": [{"type": "function", "name": "ferry"}]},
            }
        )
        self.says({"type": "session.updated", "session": {"id": "sess_soak", "turn_detection": {"type": "server_vad"}}})

    def asks(self, message):
        """The client sends, the server receives."""
        self.server.receive(self.client.send(message))

    def says(self, message):
        """The server sends, the client receives."""
        self.client.receive(self.server.send(message | {"event_id": f"event_{next(self._ids)}"}))

    def run(self, until_ms):
        """Converse until so much time has passed."""
        while self.books.now_ms < until_ms:
            next(self._kinds)()
            self.books.turns += 1
            self.check()

    # Pieces of turns

    def new_id(self, kind):
        return f"{kind}_{next(self._ids):09d}"

    def sentence(self):
        return " ".join(self._random.choices(WORDS, k=self._random.randint(4, 25)))

    def listen(self, duration_ms):
        """The microphone is always open."""
        for _ in range(duration_ms // CHUNK_MS):
            self.asks({"type": "input_audio_buffer.append", "audio": CHUNK_BASE64})
            self.books.input_bytes += len(CHUNK)
            self.books.now_ms += CHUNK_MS

    def hear_user(self):
        """A user's utterance, from speech_started to the item in the conversation; its transcript comes a little later."""
        item_id, start_ms = self.new_id("item"), self.books.now_ms
        self.says({"type": "input_audio_buffer.speech_started", "audio_start_ms": start_ms, "item_id": item_id})
        self.listen(self._random.randrange(600, 4000, CHUNK_MS))
        self.says({"type": "input_audio_buffer.speech_stopped", "audio_end_ms": self.books.now_ms, "item_id": item_id})
        self.says({"type": "input_audio_buffer.committed", "item_id": item_id, "previous_item_id": None})
        part = {"type": "input_audio", "transcript": None}
        self.add_item({"type": "message", "id": item_id, "role": "user", "status": "completed", "content": [part]})
        return item_id

    def add_item(self, item):
        previous = self.books.order[-1] if self.books.order else None
        self.says({"type": "conversation.item.created", "previous_item_id": previous, "item": item})
        self.books.order.append(item["id"])

    def transcribe(self, item_id):
        start = "conversation.item.input_audio_transcription."
        text = self.sentence()
        for word in text.split(" "):
            self.says({"type": start + "delta", "item_id": item_id, "content_index": 0, "delta": word + " "})
        self.says({"type": start + "completed", "item_id": item_id, "content_index": 0, "transcript": text})

    def begin(self):
        response_id = self.new_id("resp")
        self.says({"type": "response.created", "response": {"id": response_id, "status": "in_progress", "output": []}})
        self.books.output_bytes[response_id] = 0
        return response_id

    def end(self, response_id, status="completed", **details):
        tokens = {"input_tokens": self._random.randint(50, 500), "output_tokens": self._random.randint(10, 200)}
        usage = tokens | {"total_tokens": sum(tokens.values())}
        self.books.total_tokens += usage["total_tokens"]
        self.says({"type": "response.done", "response": {"id": response_id, "status": status, "usage": usage, **details}})

    def add_output(self, response_id, item):
        self.says({"type": "response.output_item.added", "response_id": response_id, "output_index": 0, "item": item})
        self.add_item(item)

    def speak(self, response_id):
        """An answer up to its last audio delta; the caller ends it."""
        item_id, text = self.new_id("item"), self.sentence()
        part = {"response_id": response_id, "item_id": item_id, "output_index": 0, "content_index": 0}
        item = {"type": "message", "id": item_id, "role": "assistant", "status": "in_progress", "content": []}
        self.add_output(response_id, item)
        self.says({"type": "response.content_part.added", **part, "part": {"type": "audio", "transcript": ""}})
        for word in text.split(" "):
            self.says({"type": "response.audio_transcript.delta", **part, "delta": word + " "})
            for _ in range(self._random.randint(5, 25)):
                self.says({"type": "response.audio.delta", **part, "delta": CHUNK_BASE64})
                self.books.output_bytes[response_id] += len(CHUNK)
            self.listen(200)
        return item, part, text

    def finish(self, response_id, item, part, text, status="completed"):
        content = {"type": "audio", "transcript": text}
        self.says({"type": "response.audio.done", **part})
        self.says({"type": "response.audio_transcript.done", **part, "transcript": text})
        self.says({"type": "response.content_part.done", **part, "part": content})
        done = item | {"status": status, "content": [content]}
        self.says({"type": "response.output_item.done", "response_id": response_id, "output_index": 0, "item": done})

    # Kinds of turns

    def plain_turn(self):
        """A question, an answer."""
        question = self.hear_user()
        response_id = self.begin()
        answer = self.speak(response_id)
        self.transcribe(question)
        self.finish(response_id, *answer)
        self.end(response_id)
        self.listen(1000)

    def barge_in(self):
        """The user interrupts; the client truncates to what it has played."""
        question = self.hear_user()
        response_id = self.begin()
        item, part, text = self.speak(response_id)
        self.says({"type": "input_audio_buffer.speech_started", "audio_start_ms": self.books.now_ms, "item_id": self.new_id("item")})
        self.finish(response_id, item, part, text, status="incomplete")
        self.end(response_id, "cancelled", status_details={"type": "cancelled", "reason": "turn_detected"})
        heard_ms = self.client.conversation.get(item["id"]).audio_ms // 2
        self.client.conversation.report_playback(item["id"], heard_ms)
        truncation = {"item_id": item["id"], "content_index": 0, "audio_end_ms": heard_ms}
        self.asks({"type": "conversation.item.truncate", **truncation})
        self.says({"type": "conversation.item.truncated", **truncation})
        self.listen(400)
        self.says({"type": "input_audio_buffer.speech_stopped", "audio_end_ms": self.books.now_ms, "item_id": "item_none"})
        self.transcribe(question)

    def function_call(self):
        """A call, its output, and an answer that tells it."""
        question = self.hear_user()
        response_id, call_id = self.begin(), self.new_id("call")
        arguments = '{"to":"' + self.sentence() + '"}'
        item = {
            "type": "function_call",
            "id": self.new_id("item"),
            "name": "ferry",
            "call_id": call_id,
            "arguments": "",
            "status": "in_progress",
        }
        self.add_output(response_id, item)
        event = {"response_id": response_id, "item_id": item["id"], "output_index": 0}
        for start in range(0, len(arguments), 8):
            self.says({"type": "response.function_call_arguments.delta", **event, "delta": arguments[start : start + 8]})
        self.says({"type": "response.function_call_arguments.done", **event, "arguments": arguments})
        done = item | {"status": "completed", "arguments": arguments}
        self.says({"type": "response.output_item.done", "response_id": response_id, "output_index": 0, "item": done})
        self.end(response_id)
        assert [call.call_id for call in self.client.conversation.pending_calls] == [call_id]
        output = {"type": "function_call_output", "id": self.new_id("item"), "call_id": call_id, "output": self.sentence()}
        self.asks({"type": "conversation.item.create", "item": output})
        self.add_item(output)
        self.asks({"type": "response.create"})
        self.answer_and_transcribe(question)

    def mcp_call(self):
        """A call that the service makes itself, done only after its response."""
        question = self.hear_user()
        response_id = self.begin()
        item = {"type": "mcp_call", "id": self.new_id("mcp"), "server_label": "harbour", "name": "list", "arguments": ""}
        self.add_output(response_id, item)
        event = {"response_id": response_id, "item_id": item["id"], "output_index": 0}
        self.says({"type": "response.mcp_call_arguments.done", **event, "arguments": "{}"})
        self.end(response_id)
        self.says({"type": "response.mcp_call.in_progress", "item_id": item["id"], "output_index": 0})
        self.says({"type": "response.mcp_call.completed", "item_id": item["id"], "output_index": 0})
        done = item | {"arguments": "{}", "output": self.sentence()}
        self.says({"type": "response.output_item.done", "response_id": response_id, "output_index": 0, "item": done})
        self.asks({"type": "response.create"})
        self.answer_and_transcribe(question)

    def answer_and_transcribe(self, question):
        response_id = self.begin()
        answer = self.speak(response_id)
        self.finish(response_id, *answer)
        self.end(response_id)
        self.transcribe(question)

    # Invariants

    def check(self):
        """What must hold after every turn, on both sides."""
        kept = self.books.output_bytes
        for connection in (self.client, self.server):
            assert not connection.violations
            assert connection.responses.active is None
            assert connection.conversation.pending_calls == ()
            assert connection.responses.usage.total_tokens == self.books.total_tokens
            assert connection.input_audio.total_bytes == self.books.input_bytes
            items = connection.conversation.items
            assert [item.id for item in items] == self.books.order[-len(items) :]
            for response in connection.responses.values():
                assert response.audio_bytes == sum(part.audio_bytes for part in response.parts()) == kept[response.id]
        while len(self.books.output_bytes) > 2 * len(self.client.responses):
            self.books.output_bytes.pop(next(iter(self.books.output_bytes)))
        del self.books.order[: -2 * len(self.client.conversation.items)]


def held_bytes():
    """Memory that Python holds now, as tracemalloc counts it (structs are not known to the garbage collector)."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def soak(hours, *, hour_ms=3_600_000, limits=None, report=lambda _line: None):
    """Converse for so many hours; memory held at the end of each, in bytes."""
    call, held = Call(limits), []
    tracemalloc.start()
    started = time.perf_counter()
    try:
        for hour in range(1, hours + 1):
            call.run(hour * hour_ms)
            held.append(held_bytes())
            report(f"hour {hour:2}: {call.books.turns:6,} turns, {held[-1] / 1024:9,.1f} KiB held, {time.perf_counter() - started:6.1f} s")
    finally:
        tracemalloc.stop()
    return held


def main():
    """Soak, report, and fail if memory grew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hours", nargs="?", type=int, default=10)
    held = soak(parser.parse_args().hours, report=lambda line: sys.stdout.write(line + "\n") and sys.stdout.flush())
    growth = held[-1] / held[0] - 1
    sys.stdout.write(f"memory after hour {len(held)} against hour 1: {growth:+.2%} (the limit is 5 %)\n")
    return 0 if abs(growth) < 0.05 else 1


if __name__ == "__main__":
    sys.exit(main())
