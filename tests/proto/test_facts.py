"""The classes against the facts files: every event, model, field, requiredness, discriminator and enum value."""

import re

import msgspec
import pytest
from support import facts

from voicelive_proto import (
    CLIENT_EVENTS,
    FAMILIES,
    SERVER_EVENTS,
    avatar,
    content,
    enums,
    error_details,
    interim_response,
    items,
    responses,
    session,
    tools,
    transcription,
    turn_detection,
    voices,
)

MODULES = (avatar, content, error_details, interim_response, items, responses, session, tools, transcription, turn_detection, voices)
MODELS = {name: cls for module in MODULES for name, cls in vars(module).items() if isinstance(cls, type)}
EVENTS = facts("events")["events"]
MODEL_FACTS = facts("models")["models"] + facts("models")["beta_only_models"]
ENUMS = facts("enums")["enums"]
DESCRIBED_AS_BASE = {"ClientEvent", "ServerEvent"}


def camel(wire_name):
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[._]", wire_name))


def check_fields(cls, expected, undeclared):
    """Wire names, requiredness; the discriminator is the class's tag, not a field."""
    found = {field.encode_name: field for field in msgspec.structs.fields(cls)}
    tag_field = cls.__struct_config__.tag_field
    for fact in expected:
        name = fact["name"]
        if name == tag_field:
            continue
        if fact.get("discriminator") and name not in found:
            assert FAMILIES.get(cls) is not None, f"{cls.__name__}.{name}"
            continue
        field = found.pop(name)
        must = bool(fact["required"]) and not fact.get("decode_as_optional")
        if isinstance(field.default, str):  # a constant that builders need not write
            assert fact["type"] == f'const "{field.default}"'
        else:
            assert field.required == must, f"{cls.__name__}.{name}"
        assert field.name == fact["python_name"]
    for fact in undeclared:
        assert not found.pop(fact["name"]).required
    assert not found.keys() - {"extra_"}, cls


@pytest.mark.parametrize("fact", EVENTS, ids=lambda fact: f"{fact['direction']}-{fact['type']}")
def test_event(fact):
    cls = {"client": CLIENT_EVENTS, "server": SERVER_EVENTS}[fact["direction"]][fact["type"]]
    assert cls.__name__ == camel(fact["type"])
    assert cls.type == fact["type"]
    assert cls.__struct_config__.frozen
    check_fields(cls, fact["fields"], fact.get("undeclared_fields", ()))


def test_no_event_beyond_the_facts():
    known = {(fact["direction"], fact["type"]) for fact in EVENTS}
    assert known == {("client", name) for name in CLIENT_EVENTS} | {("server", name) for name in SERVER_EVENTS}


@pytest.mark.parametrize("fact", [fact for fact in MODEL_FACTS if fact["class"] not in DESCRIBED_AS_BASE], ids=lambda fact: fact["class"])
def test_model(fact):
    cls = MODELS[fact["class"]]
    undeclared = [] if fact["class"] == "TurnDetection" else fact.get("undeclared_fields", ())
    check_fields(cls, fact["fields"], undeclared)
    if fact.get("base"):
        assert fact["base"] in {base.__name__ for base in cls.__mro__}
    for value in fact.get("discriminator_values", ()):
        if value["name"] == "role":
            assert cls(content=[]).role == value["value"]
        else:
            assert getattr(cls, value["name"]) == value["value"]


@pytest.mark.parametrize("fact", ENUMS, ids=lambda fact: fact["enum"])
def test_enum(fact):
    cls = getattr(enums, fact["enum"])
    assert {member.value for member in cls} == {member["value"] for member in fact["members"]}
    for member in fact["members"]:
        assert getattr(cls, member["member"]) == member["value"]
        assert cls[member["member"].lower()] is cls(member["value"].upper())
        assert f"{cls(member['value'])}" == str(cls(member["value"])) == member["value"]
    for legacy, value in fact.get("legacy_values", {}).items():
        assert cls(legacy) == value["maps_to"]


def test_an_unknown_enum_value_is_refused_only_by_the_constructor():
    with pytest.raises(ValueError, match="haptics"):
        enums.Modality("haptics")
    with pytest.raises(KeyError):
        enums.Modality["haptics"]
