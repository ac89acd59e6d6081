"""Coverage-guided fuzzing of everything that reads a frame.

Run by ``make fuzz``, or with libFuzzer's own options::

    python tests/fuzz/fuzz_codec.py -max_total_time=600 -max_len=4096 DIRECTORY tests/fuzz/seeds

The first byte of an input says who reads it; the rest is one or more frames, split at newlines. What is checked: nothing but
`MalformedFrame` (and `LocalProtocolError` when encoding) comes out; an event encodes back to the JSON it came from; its mapping view is
that JSON too; a connection takes whatever comes, tracks it within its limits, and refuses what it may not send with nothing changed.
"""

import sys
from base64 import b64decode
from random import Random

import atheris

with atheris.instrument_imports(include=["voicelive_proto"]):
    from voicelive_proto import (
        CLIENT,
        CLIENT_EVENTS,
        SERVER,
        SERVER_EVENTS,
        Connection,
        Decoder,
        Limits,
        LocalProtocolError,
        MalformedFrame,
        encode,
    )
    from voicelive_proto.client_events import ClientEvent
    from voicelive_proto.resume import resume_plan
    from voicelive_proto.server_events import ServerEvent

import msgspec

LARGE_DELTA = (
    b'{"event_id":"event_1","type":"response.audio.delta","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"'
    + b"AbC+" * 300
    + b'"}'
)
"""An audio delta that a decoder remembers, to read the next ones by it."""

LIMITS = Limits(max_responses=2, max_items=3, max_text_chars=500, max_calls=2, max_errors=2)
EDIT_BYTES = 4
BASES = {"client": ClientEvent, "server": ServerEvent}


def check_codec(direction, frame):
    """The event of a frame, after every way of reading and writing it agreed."""
    try:
        event = Decoder(direction).decode(frame)
    except MalformedFrame as error:
        check_refusal(error)
        return
    plain = msgspec.json.decode(frame)
    assert same(event.as_dict(), plain), (event.as_dict(), plain)
    assert repr(event)
    again = BASES[direction].from_dict(plain)
    assert same(again.as_dict(), plain)
    for written in (encode(event), encode(again)):
        assert same(msgspec.json.decode(written), plain), (written, plain)


def check_refusal(error):
    """The reply is one that a server can send."""
    reply = Connection(SERVER).send({"type": "error", "error": error.reply})
    assert Connection(CLIENT).receive(reply).error.message == str(error)


def same(one, other):
    """Whether two JSON values are equal; a number may have become a float, and base64 lose the bits that stand for nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return (one == other and isinstance(one, bool) == isinstance(other, bool)) or same_audio(one, other)


def same_audio(one, other):
    try:
        return isinstance(one, str) and isinstance(other, str) and b64decode(one, validate=True) == b64decode(other, validate=True)
    except ValueError:
        return False


def check_deltas(edits):
    """A decoder that has read an audio delta reads an edited one as a decoder does that has not."""
    frame = bytearray(LARGE_DELTA)
    while len(edits) >= EDIT_BYTES:
        at, removed, added = int.from_bytes(edits[:2], "big") % len(frame), edits[2] % 8, edits[3] % 8
        edits = edits[EDIT_BYTES:]
        frame[at : at + removed] = edits[:added]
        edits = edits[added:]
    decoder = Decoder("server")
    for each in (LARGE_DELTA, bytes(frame), LARGE_DELTA, bytes(frame)):
        assert outcome(decoder, each) == outcome(Decoder("server"), each), each


def outcome(decoder, frame):
    try:
        event = decoder.decode(frame)
    except MalformedFrame as error:
        return str(error)
    return type(event), event.as_dict(), event.get("delta")


def check_state(frames):
    """Each frame goes to a client and a server; what one took in, a fresh core of the other side is asked to send."""
    client, server, sender = Connection(CLIENT, limits=LIMITS), Connection(SERVER, limits=LIMITS), Connection(SERVER, limits=LIMITS)
    for frame in frames:
        for connection in (client, server):
            try:
                event = connection.receive(frame)
            except MalformedFrame:
                continue
            if connection is client:
                check_send(sender, event)
        check_bounds(client)
    plan = resume_plan(client)
    other = Connection(CLIENT)
    for event in plan.events:
        other.send(event)


def check_send(sender, event):
    before = facts(sender)
    try:
        sender.send(event)
    except LocalProtocolError:
        assert facts(sender) == before


def facts(connection):
    """What a connection knows, for comparison."""
    return (
        connection.session.state,
        connection.session.config,
        [(response.id, response.state, response.text_chars) for response in connection.responses.values()],
        [(item.id, item.state, item.text_chars, item.heard_ms) for item in connection.conversation.items],
    )


def check_bounds(connection):
    responses, items = list(connection.responses.values()), connection.conversation.items
    assert len(responses) <= 2 * LIMITS.max_responses + 1
    assert len(items) <= LIMITS.max_items
    assert len(items) <= 1 or sum(item.text_chars for item in items) <= LIMITS.max_text_chars
    assert len(connection.violations) <= LIMITS.max_errors
    assert connection.session.expires_at is None or connection.session.config
    for item in items:
        assert connection.conversation.get(item.id) is item
        assert item.heard_ms >= 0 or (item.audio_end_ms or 0) < 0
    for pending in (connection.conversation.pending_calls, connection.conversation.pending_approvals):
        assert len(pending) <= len(items)


def one_input(data):
    """One input of the fuzzer."""
    mode, rest = data[:1], data[1:]
    if mode == b"c":
        check_codec("client", rest)
    elif mode == b"s":
        check_codec("server", rest)
    elif mode == b"d":
        check_deltas(rest)
    else:
        check_state(rest.split(b"\n"))


ODD = [None, True, 0, -1, 2**53, 2**70, 1e308, 0.5, "", "x", "\x00", "AAA=", [], {}, [{}], {"type": "odd"}, [[]], {"id": "i"}, "item_1"]
NAMES = [*CLIENT_EVENTS, *SERVER_EVENTS, "message", "function_call", "mcp_call", "completed", "in_progress", "audio", "text", "root"]


def mutate(data, max_size, seed):
    """Change one value inside one of the JSON frames; bytes that are no JSON, and one input in four, are left to libFuzzer."""
    if data[:1] == b"d":
        return b"d" + atheris.Mutate(data[1:], max_size - 1)
    random = Random(seed)
    frames = data[1:].split(b"\n")
    index = random.randrange(len(frames))
    try:
        message = msgspec.json.decode(frames[index])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = None
    if not isinstance(message, dict) or not message or random.random() < 0.25:
        return atheris.Mutate(data, max_size)
    change(message, random)
    frames[index] = msgspec.json.encode(message)
    if random.random() < 0.2:
        frames.insert(random.randrange(len(frames) + 1), random.choice(frames))
    changed = data[:1] + b"\n".join(frames)
    return changed if len(changed) <= max_size else atheris.Mutate(data, max_size)


def change(message, random):
    """Replace, remove, add or repeat one value somewhere in the message."""
    node, depth = message, random.randrange(5)
    for _ in range(depth):
        inner = [item for item in (node.values() if isinstance(node, dict) else node) if isinstance(item, (dict, list)) and item]
        node = random.choice(inner) if inner else node
    key = random.choice(list(node)) if isinstance(node, dict) else random.randrange(len(node))
    if random.random() < 0.15:
        del node[key]
    elif random.random() < 0.2 and isinstance(node, dict):
        node[random.choice(["x", "id", "type", "item", "delta", "text", "content", "status", key + "_"])] = node[key]
    else:
        node[key] = random.choice(ODD if random.random() < 0.6 else NAMES)


def main():
    """Hand over to libFuzzer."""
    atheris.Setup(sys.argv, one_input, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
