"""Random clients against a real local server: whatever they send, it answers or closes properly, and logs no fault.

Run by ``make fuzz-server``, or by hand::

    python tests/fuzz/fuzz_server.py --seconds 600 --seed 1

A client sends messages of the corpus in random order, most of them changed somewhere, with ids that it was told, audio, frames that are
no events, and cancels in between. Then it must get an answer to a last question, and its whole dialogue must keep the protocol's order;
or the server has closed with a code that says what was wrong. The number that a failure names gives the same client again; what the
server's threads do meanwhile is not part of it.
"""

import argparse
import asyncio
import base64
import copy
import itertools
import json
import logging
import random
import sys
import time
import traceback
from pathlib import Path

import anyio
import websockets

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from emulator.support_server import PATIENCE_S, QUERY, check_order
from support import corpus, dialogue, scenarios

from voicelive.emulator import McpTool, serve
from voicelive.testing import speak
from voicelive_proto import CLIENT_EVENTS, Decoder
from voicelive_proto.server_events import UnknownServerEvent

PROPER_CODES = {1000, 1001, 1007, 1008, 1009}
STEPS = 40
ODD = [
    *(None, True, False, 0, -1, 1, 2**31, 2**53, 2**70, 1e308, -0.5, "", "x", "\x00", "\ud7ff\U0001f600", "AAA=", "AAAA", "x" * 5_000),
    *([], {}, [{}], {"type": "odd"}, [[]], {"id": "i"}, ["text"], {"type": "server_vad"}, "root", "auto", "none", "inf", "nan"),
]
NAMES = [*CLIENT_EVENTS, "message", "function_call", "function_call_output", "mcp_approval_response", "input_text", "input_audio", "pcm16"]
KEYS = ["x", "id", "type", "item", "item_id", "delta", "text", "content", "audio", "turn_id", "response", "session", "tools", "event_id"]
NO_EVENTS = [
    *("", "{", "[]", "null", "1", '"x"', '{"type":1}', '{"type":null}', "{}", '{"type":"x"}', "\x00", "NaN", b"\xff\xfe"),
    *("[" * 500, '{"a":' * 300),
]
MATH = {"type": "mcp", "server_label": "math", "server_url": "x", "require_approval": "always"}
IDS = ("item_id", "id", "response_id", "previous_item_id")
PLAIN = [
    {"type": "response.create"},
    {"type": "response.create", "response": {"modalities": ["text"]}},
    {"type": "response.create", "response": {"conversation": "none", "metadata": {"a": "b"}}},
    {"type": "response.create", "response": {"cancel_previous": True}},
    {"type": "response.cancel"},
    {"type": "input_audio_buffer.commit"},
    {"type": "session.update", "session": {"turn_detection": None}},
    {"type": "session.update", "session": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 200, "auto_truncate": True}}},
    {
        "type": "session.update",
        "session": {"tools": [{"type": "mcp", "server_label": "math", "server_url": "x", "require_approval": "always"}]},
    },
    {"type": "session.update", "session": {"tools": [{"type": "function", "name": "get_weather"}], "tool_choice": "required"}},
    {"type": "session.update", "session": {"input_audio_transcription": {"model": "azure-speech"}}},
]


def messages():
    """What clients of the corpus send."""
    found = [line["message"] for line in corpus("client.jsonl")]
    found += [message for name in scenarios() for direction, message in dialogue(name) if direction == "client"]
    return [message for message in found if isinstance(message, dict)] + PLAIN * 4


MESSAGES = messages()


def changed(message, chance, ids):
    """The message with one value somewhere replaced, removed, added or renamed."""
    message = copy.deepcopy(message)
    node = message
    for _ in range(chance.randrange(5)):
        inner = [value for value in (node.values() if isinstance(node, dict) else node) if isinstance(value, (dict, list)) and value]
        node = chance.choice(inner) if inner else node
    if not node:
        return message
    key = chance.choice(list(node)) if isinstance(node, dict) else chance.randrange(len(node))
    what = chance.random()
    if what < 0.15:
        del node[key]
    elif what < 0.3 and isinstance(node, dict):
        node[chance.choice(KEYS)] = copy.deepcopy(node[key])
    else:
        node[key] = copy.deepcopy(chance.choice([ODD, ODD, NAMES, ids or ODD][chance.randrange(4)]))
    return message


class RandomClient:
    """One dialogue.

    Args:
        websocket: the open WebSocket.
        seed: decides on everything that is sent.
        audio: speech, as pcm16 in base64 of 100 ms each.
    """

    def __init__(self, websocket, seed, audio):
        self._websocket = websocket
        self._chance = random.Random(seed)
        self._audio = audio
        self._decode = Decoder("server").decode
        self.events = []
        self.ids = []
        self.sent = []

    def _next(self):
        chance = self._chance
        what = chance.random()
        if what < 0.08:
            return chance.choice(NO_EVENTS)
        if what < 0.25:
            start = chance.randrange(len(self._audio))
            pieces = self._audio[start : start + chance.randrange(1, 30)]
            return [json.dumps({"type": "input_audio_buffer.append", "audio": piece}) for piece in pieces]
        message = chance.choice(MESSAGES)
        for _ in range(chance.choice([0, 1, 1, 2])):
            message = changed(message, chance, self.ids)
        if self.ids and chance.random() < 0.4:
            message = {
                key: chance.choice(self.ids) if key in ("item_id", "id", "response_id", "previous_item_id") else value
                for key, value in message.items()
            }
        return json.dumps(message)

    async def run(self):
        """Send everything, then ask the last question and check the dialogue."""
        reading = asyncio.create_task(self._read())
        try:
            for _ in range(STEPS):
                frames = self._next()
                for frame in frames if isinstance(frames, list) else [frames]:
                    self.sent.append(frame)
                    await self._websocket.send(frame)
                await asyncio.sleep(self._chance.choice([0, 0, 0, 0.001, 0.01]))
            await asyncio.wait_for(self._settle(), PATIENCE_S)
            check_order(self.events)
        except websockets.ConnectionClosed:
            assert self._websocket.close_code in PROPER_CODES, (self._websocket.close_code, self._websocket.close_reason)
        finally:
            reading.cancel()
            await asyncio.wait([reading])
        if not reading.cancelled() and reading.exception() is not None:
            raise reading.exception()

    async def _read(self):
        async for frame in self._websocket:
            assert not isinstance(self._decode(frame), UnknownServerEvent), frame
            event = json.loads(frame)
            self.events.append(event)
            self.ids += [value for key, value in event.items() if key.endswith("_id") and isinstance(value, str)][:2]
            self.ids += [event[key]["id"] for key in ("item", "response") if key in event and isinstance(event[key].get("id"), str)]
            del self.ids[:-50]

    async def _settle(self):
        """Nothing goes on any more: no response runs, and all that was sent is answered."""
        await self._ask({"type": "session.update", "session": {"turn_detection": None}})
        for number in itertools.count():
            marker = f"settled-{number}"
            await self._ask({"type": "conversation.item.retrieve", "item_id": marker, "event_id": marker})
            while not any(event["type"] == "error" and event["error"]["event_id"] == marker for event in self.events):
                if self._websocket.close_code is not None:
                    raise self._websocket.protocol.close_exc
                await asyncio.sleep(0.002)
            running = self._running()
            if not running:
                return
            for response_id in running:
                await self._ask({"type": "response.cancel", "response_id": response_id})

    async def _ask(self, message):
        self.sent.append(json.dumps(message))
        await self._websocket.send(self.sent[-1])

    def _running(self):
        """Responses that were created and are not done."""
        running = {}
        for event in self.events:
            if event["type"] == "response.created":
                running[event["response"]["id"]] = True
            elif event["type"] == "response.done":
                running.pop(event["response"]["id"], None)
        return list(running)


class Faults(logging.Handler):
    """Keeps what the server logs as its own fault."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.found = []

    def emit(self, record):
        self.found.append(self.format(record))


class Deaf:
    """A recogniser that is quick, and sometimes hears nothing."""

    def transcribe(self, samples, _rate_hz):
        return "what is two plus three" if len(samples) % 2 else ""


async def run_clients(seeds, at_once=4):
    """Run one client for each seed, some beside each other.

    Raises:
        AssertionError: the server did something that it must not; the text names the seed and what was sent.
    """
    faults = Faults()
    for name in ("voicelive.emulator", "asyncio", "websockets"):
        logging.getLogger(name).addHandler(faults)
    words = speak("What is two plus three? And what time is it now?", voice="alloy")
    audio = [words[start : start + 4_800] for start in range(0, len(words), 4_800)]
    encoded = [base64.b64encode(piece).decode() for piece in [*audio, *[bytes(4_800)] * 8]]
    seeds = iter(seeds)

    async def client(server):
        for seed in seeds:
            url = server.url.replace("http", "ws", 1) + QUERY
            async with websockets.connect(url, proxy=None, max_size=None, max_queue=None, close_timeout=5) as websocket:
                one = RandomClient(websocket, seed, encoded)
                try:
                    await one.run()
                    assert not faults.found, "\n".join(faults.found)
                except Exception as error:
                    raise AssertionError(f"seed {seed}: {_told(error)}\nit had sent:\n{_shown(one.sent)}") from error

    mcp = {"math": [McpTool("add", lambda a=0, b=0: a + b)]}
    async with serve(recogniser=Deaf(), vad="webrtc", pace=None, mcp=mcp) as server, anyio.create_task_group() as group:
        for _ in range(at_once):
            group.start_soon(client, server)


def _told(error):
    line = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(line.filename).name}:{line.lineno}: {line.line})"


def _shown(frames):
    """What was sent, each frame shortened, appends of audio counted."""
    kinds = itertools.groupby(frames, lambda frame: str(frame).startswith('{"type": "input_audio_buffer.append", "audio": "'))
    lines = [[f"{len(list(group))} appends"] if appends else [f"{frame!r:.300}" for frame in group] for appends, group in kinds]
    return "\n".join(f"  {line}" for group in lines for line in group)


def main():
    """Until the time is up, or something is found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long (default 600)")
    parser.add_argument("--seed", type=int, default=0, help="the first client's seed (default 0)")
    arguments = parser.parse_args()
    end_s = time.monotonic() + arguments.seconds
    last = arguments.seed

    def seeds():
        nonlocal last
        while time.monotonic() < end_s:
            yield last
            last += 1

    asyncio.run(run_clients(seeds()))
    sys.stdout.write(f"{last - arguments.seed} clients, nothing found\n")


if __name__ == "__main__":
    main()
