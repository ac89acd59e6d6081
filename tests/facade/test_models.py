"""``voicelive.models`` against the facts files and the official SDK."""

import re
from pathlib import Path

import azure.ai.voicelive.models as official
import pytest
from support import facts

from voicelive import models
from voicelive_proto import CLIENT_EVENTS, SERVER_EVENTS
from voicelive_proto.enums import OpenEnum

EVENTS = [event for event in facts("events")["events"] if event["class"]]
MODELS = [model["class"] for part in ("models", "beta_only_models") for model in facts("models")[part]]
ENUMS = facts("enums")["enums"]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["class"])
def test_every_event_is_the_cores_class_under_its_documented_name(event):
    known = CLIENT_EVENTS if event["direction"] == "client" else SERVER_EVENTS
    assert getattr(models, event["class"]) is known[event["type"]]


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_there(name):
    cls = getattr(models, name)
    assert cls.__name__ == name
    assert cls.__module__.startswith("voicelive_proto.")


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum["enum"])
def test_every_enum_is_there(enum):
    cls = getattr(models, enum["enum"])
    assert issubclass(cls, OpenEnum)
    assert {member["member"]: member["value"] for member in enum["members"]}.items() <= {each.name: each.value for each in cls}.items()


@pytest.mark.parametrize("name", official.__all__)
def test_every_name_of_the_official_sdk_is_there(name):
    assert name in models.__all__
    assert isinstance(getattr(models, name), type)


def test_every_event_of_the_core_has_a_name_with_its_direction():
    exported = {name: getattr(models, name) for name in models.__all__}
    for known, prefix in ((CLIENT_EVENTS, "ClientEvent"), (SERVER_EVENTS, "ServerEvent")):
        for cls in known.values():
            assert [name for name, value in exported.items() if value is cls and name.startswith(prefix)]


def test_all_lists_each_name_once_and_nothing_is_left_out():
    assert len(set(models.__all__)) == len(models.__all__)
    public = {name for name in vars(models) if name.isidentifier() and not name.startswith("_")}  # pytest adds some of its own
    assert public == set(models.__all__)


def test_families_are_told_apart_with_isinstance_as_in_the_official_sdk():
    for name in official.__all__:
        theirs, ours = getattr(official, name), getattr(models, name)
        for base in official.__all__:
            family = getattr(official, base)
            if family is not theirs and issubclass(theirs, family):
                assert issubclass(ours, getattr(models, base)), f"{name} is a {base}"


def test_the_typing_examples_tell_every_event_apart_by_its_type():
    """Both type checkers read them; here, that none is missing."""
    text = (Path(__file__).parent.parent / "typing" / "use_event_types.py").read_text(encoding="utf-8")
    pairs = dict(re.findall(r'if event\.type == ([\w."]+):\n +assert_type\(event, server_events\.(\w+)\)', text))
    by_text = {f'"{name}"': cls.__name__ for name, cls in SERVER_EVENTS.items()}
    by_constant = {f"ServerEventType.{each.name}": SERVER_EVENTS[each.value].__name__ for each in models.ServerEventType}
    assert pairs == by_text | by_constant
