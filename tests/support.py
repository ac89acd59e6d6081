"""Data and small helpers that several test modules read."""

import json
import socket
from contextlib import contextmanager
from pathlib import Path

PROTOCOL = Path(__file__).parent / "data" / "protocol"


def facts(name):
    """One of the facts files: events, models, enums."""
    return json.loads((PROTOCOL / f"{name}.json").read_text())


def corpus(path):
    """The lines of a corpus file as dicts; lines end with a newline only."""
    return [json.loads(line) for line in (PROTOCOL / "corpus" / path).read_text().split("\n") if line]


def scenarios():
    """Names of the dialogues."""
    return sorted(path.stem for path in (PROTOCOL / "corpus" / "scenarios").glob("*.jsonl"))


def dialogue(name):
    """Pairs of direction and message of one dialogue."""
    return [(line["direction"], line["message"]) for line in corpus(f"scenarios/{name}.jsonl")]


def all_messages():
    """Every line of the corpus."""
    lines = [line for name in ("client", "server", "extra") for line in corpus(f"{name}.jsonl")]
    return lines + [line for name in scenarios() for line in corpus(f"scenarios/{name}.jsonl")]


@contextmanager
def port_of_nobody():
    """A port of this machine where nobody listens, nor anybody else can begin to while the block runs."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
