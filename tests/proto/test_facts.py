"""The classes against the facts files: every event, model, field, requiredness, discriminator and enum value."""

import inspect
import re
import sys
from types import NoneType, UnionType
from typing import Union, get_args, get_origin

import msgspec
import pytest
from msgspec import UNSET
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
from voicelive_proto._base import BASE64, EpochSeconds, FreeJson, JsonSchema, SessionSettings
from voicelive_proto._by_hand import ByHand

MODULES = (avatar, content, error_details, interim_response, items, responses, session, tools, transcription, turn_detection, voices)
MODELS = {name: cls for module in MODULES for name, cls in vars(module).items() if isinstance(cls, type)}
STRUCTS = [cls for name, cls in MODELS.items() if issubclass(cls, msgspec.Struct) and cls.__module__.startswith("voicelive_proto")]
EVENTS = facts("events")["events"]
MODEL_FACTS = facts("models")["models"] + facts("models")["beta_only_models"]
ENUMS = facts("enums")["enums"]
DESCRIBED_AS_BASE = {"ClientEvent", "ServerEvent"}


def camel(wire_name):
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[._]", wire_name))


SPECIAL = {
    'integer | "inf"': int | str,
    "enum MCPApprovalType | map[string,list[string]]": str | dict[str, list[str]],
    "list[list[number]] | string": list[list[float]] | str,
}
NAMED = {
    **{base.__name__: union for base, union in FAMILIES.items()},
    "string": str,
    "open discriminator string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "any": FreeJson,
    "datetime epoch seconds": EpochSeconds,
    "union Voice": voices.Voice,
    "union ToolChoice": tools.ToolChoice,
    "union InterimResponseConfig": interim_response.AnyInterimResponseConfig,
    "AudioEchoCancellation": session.AnyEchoCancellation,
    "AssistantMessageItem": items.AnyReadyMessage,
    **SPECIAL,
}


def annotation_of(kind):
    """The annotation that a type of the facts' notation asks for."""
    if kind.startswith(("enum ", "const ", '"')) and kind not in SPECIAL:
        return str
    if kind.startswith("list[") and kind not in SPECIAL:
        return list[annotation_of(kind[5:-1])]
    if kind.startswith("map[string,"):
        return dict[str, annotation_of(kind[11:-1])]
    return NAMED.get(kind) or MODELS[kind]


def alternatives(annotation):
    """The members of a union, or the one type."""
    return set(get_args(annotation)) if get_origin(annotation) in (Union, UnionType) else {annotation}


def check_type(cls, field, fact):
    """The field's annotation is the fact's type; absent fields may be null as well, and must be where the facts say so."""
    found, optional = alternatives(field.type) - {NoneType}, NoneType in alternatives(field.type)
    if fact["type"] == "base64 bytes":
        assert field.type == str | None or field.type is str or BASE64 in field.type.__metadata__
        return
    wanted = alternatives(annotation_of(fact["type"]))
    if wanted == {FreeJson}:  # null is one of them
        assert found in (wanted, {JsonSchema})
        return
    assert found == wanted, f"{cls.__name__}.{field.name} is {field.type}, the facts say {fact['type']}"
    assert optional or not fact.get("nullable"), f"{cls.__name__}.{field.name} may be null"
    assert optional or field.default is not UNSET, f"{cls.__name__}.{field.name} may be absent"


def check_fields(cls, expected, undeclared):
    """Wire names, types, requiredness; the discriminator is the class's tag, not a field."""
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
        check_type(cls, field, fact)
    for fact in undeclared:
        field = found.pop(fact["name"])
        assert not field.required
        check_type(cls, field, fact)
    assert not found.keys() - {"extra_"}, cls


@pytest.mark.parametrize("fact", EVENTS, ids=lambda fact: f"{fact['direction']}-{fact['type']}")
def test_event(fact):
    cls = {"client": CLIENT_EVENTS, "server": SERVER_EVENTS}[fact["direction"]][fact["type"]]
    assert cls.__name__ == camel(fact["type"])
    assert cls.type == fact["type"]
    assert cls.__struct_config__.frozen == (fact["direction"] == "server")
    check_fields(cls, fact["fields"], fact.get("undeclared_fields", ()))


@pytest.mark.parametrize("cls", [*SERVER_EVENTS.values(), *CLIENT_EVENTS.values(), *STRUCTS], ids=lambda cls: cls.__name__)
def test_made_as_a_model(cls):
    assert type(cls) is (ByHand if issubclass(cls, SessionSettings) else msgspec.StructMeta), "ours makes it slow to build"
    assert {parameter.kind for parameter in inspect.signature(cls).parameters.values()} <= {inspect.Parameter.KEYWORD_ONLY}
    assert cls.__struct_config__.forbid_unknown_fields


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


def test_the_counts(capsys):
    """How much the facts files hold, and that all of it was compared above."""
    fields = sum(len(fact["fields"]) for fact in EVENTS), sum(len(fact["fields"]) for fact in MODEL_FACTS)
    members = sum(len(fact["members"]) for fact in ENUMS)
    with capsys.disabled():
        sys.stdout.write(
            f"\nfacts compared: {len(EVENTS)} events with {fields[0]} fields, {len(MODEL_FACTS)} models with {fields[1]} fields, "
            f"{len(FAMILIES)} families, {len(ENUMS)} enums with {members} members\n"
        )
    assert (len(EVENTS), len(MODEL_FACTS), len(ENUMS), members) == (95, 98, 31, 187)


FAMILY_FACTS = facts("models")["families"]


@pytest.mark.parametrize("name", FAMILY_FACTS)
def test_family(name):
    """Discriminator, members, and the fallback for an unknown one."""
    (base,) = [base for base in FAMILIES if base.__name__ == name]
    fact = FAMILY_FACTS[name]
    found = dict(CLIENT_EVENTS if name == "ClientEvent" else SERVER_EVENTS if name == "ServerEvent" else MODELS)
    for value, member in fact["members"].items():
        if name.endswith("Event"):
            assert issubclass(found[value], base)
            continue
        built = base.from_dict({"type": "message", fact["discriminator"]: value})
        assert isinstance(built, MODELS[member])
        assert isinstance(built, base)


def test_an_unknown_enum_value_is_refused_only_by_the_constructor():
    with pytest.raises(ValueError, match="haptics"):
        enums.Modality("haptics")
    with pytest.raises(KeyError):
        enums.Modality["haptics"]
