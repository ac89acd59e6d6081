"""Every message of the corpus decodes to the right class, with the right types, and comes back equal."""

import json
import pickle

import pytest
from msgspec import Struct
from support import all_messages

from voicelive_proto import CLIENT_EVENTS, FAMILIES, SERVER_EVENTS, Decoder, encode
from voicelive_proto._base import Unknown
from voicelive_proto._convert import converter
from voicelive_proto.client_events import ClientEvent
from voicelive_proto.server_events import ServerEvent

MESSAGES = all_messages()
EVENTS = {"client": CLIENT_EVENTS, "server": SERVER_EVENTS}
IDS = [f"{line['direction']}-{line['type']}-{line['variant']}-{number}" for number, line in enumerate(MESSAGES)]
SPELLINGS = {"compact": (",", ":"), "spaced": (", ", ": ")}


def decode(line, separators):
    return Decoder(line["direction"]).decode(json.dumps(line["message"], separators=separators))


def test_the_corpus_is_whole():
    assert len(MESSAGES) == 1218
    assert {line["type"] for line in MESSAGES} >= CLIENT_EVENTS.keys() - {"mcp_approval_response", "byom_credential.update"}
    assert {line["type"] for line in MESSAGES} >= SERVER_EVENTS.keys() - {"byom_credential.updated"}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("line", MESSAGES, ids=IDS)
def test_decodes_to_its_class_and_back_to_equal_json(line, spelling):
    event = decode(line, SPELLINGS[spelling])
    declared = EVENTS[line["direction"]].get(line["type"])
    if declared is None:
        assert isinstance(event, Unknown)
    else:
        assert isinstance(event, declared)
    assert event.type == line["type"]
    assert event.as_dict() == line["message"]
    assert json.loads(encode(event)) == line["message"]


@pytest.mark.parametrize("line", MESSAGES, ids=IDS)
def test_the_compiled_and_the_tolerant_way_agree(line):
    base = ServerEvent if line["direction"] == "server" else ClientEvent
    tolerant = converter(FAMILIES[base])(line["message"], "$")
    assert decode(line, (",", ":")) == tolerant
    assert pickle.loads(pickle.dumps(tolerant)) == tolerant  # noqa: S301 - our own bytes


@pytest.mark.parametrize("line", MESSAGES, ids=IDS)
def test_known_objects_become_models(line):
    """No plain dict is left where the facts name a model; only free-form places hold dicts."""
    free = {"annotation", "annotations", "parameters", "input_schema", "delta", "session", "error", "conversation", "invoke_input"}
    free |= {"metadata", "custom_speech", "headers", "require_approval", "attributes", "rate_limits", "usage"}
    free |= {"truncation_strategy", "greeting", "handoff", "delay"}

    def walk(value, key):
        if isinstance(value, Struct):
            for name in value.__struct_fields__:
                if name != "extra_":
                    walk(getattr(value, name), name)
        elif isinstance(value, list):
            for item in value:
                walk(item, key)
        elif isinstance(value, dict):
            assert key in free, key

    walk(decode(line, (",", ":")), "")
