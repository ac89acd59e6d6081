"""Every event that the local server really sends, as the official SDKs make it out in a conversation."""

import asyncio
import json
import shutil
import sys
from pathlib import Path

import pytest
from azure.ai.voicelive import models
from azure.ai.voicelive.aio import connect
from azure.core.credentials import AzureKeyCredential

from clients.test_javascript_sdk import run
from clients.whole_protocol import DOCUMENTED, NEVER_SENT, steps, talkative_server

NOT_KNOWN = {"rate_limits.updated"}
"""In the service's reference and in no SDK; the Python one gives its base class, the JavaScript one drops it."""


def test_by_the_official_python_sdk():
    async def main(url):
        seen, spoken = {}, None
        async with connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime", api_version="2026-04-10") as connection:
            for sent, awaited in steps():
                await connection.send(json.loads(json.dumps(sent).replace('"spoken"', f'"{spoken}"')))
                while awaited is not None:
                    event = await connection.recv()
                    kind = str(getattr(event.type, "value", event.type))
                    seen[kind] = type(event)
                    if kind == "response.done" and spoken is None:
                        spoken = event.response.output[-1].id
                    if kind == awaited:
                        break
        return seen

    with talkative_server() as (server, tap):
        seen = asyncio.run(asyncio.wait_for(main(server.url), 60))
    assert set(seen) == tap.sent
    assert DOCUMENTED - tap.sent == NEVER_SENT
    assert {kind for kind, cls in seen.items() if cls is models.ServerEvent} == NOT_KNOWN & tap.sent


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
@pytest.mark.skipif(not (Path(sys.prefix) / "js" / "node_modules").exists(), reason="needs the JavaScript SDK, see `make install`")
def test_by_the_official_javascript_sdk(tmp_path):
    """The SDK has names of its own for all keys; those of the steps are turned into them."""
    file = tmp_path / "steps.json"
    file.write_text(json.dumps([[camel(sent), awaited] for sent, awaited in steps()]))
    with talkative_server() as (server, tap):
        seen = {event["type"]: event["keys"] for event in run("whole", server, str(file))}
    assert set(seen) == tap.sent - NOT_KNOWN
    assert DOCUMENTED - tap.sent == NEVER_SENT
    assert [kind for kind, keys in seen.items() if len(keys) < 2] == []


SPECIAL = {"silence_duration_ms": "silenceDurationInMs", "audio_end_ms": "audioEndInMs"}


def camel(value):
    if isinstance(value, dict):
        return {name_of(key): camel(each) for key, each in value.items()}
    return [camel(each) for each in value] if isinstance(value, list) else value


def name_of(key):
    first, *rest = key.split("_")
    return SPECIAL.get(key, first + "".join(word.capitalize() for word in rest))
