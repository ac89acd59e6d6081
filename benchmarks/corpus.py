"""The complete example of every event type, from the corpus of messages that the tests use."""

import json
from pathlib import Path
from typing import Any

_CORPUS = Path(__file__).parents[1] / "tests" / "data" / "protocol" / "corpus"


def messages(side: str) -> dict[str, dict[str, Any]]:
    """Type -> message with every declared key; side is ``"server"`` or ``"client"``."""
    lines = (_CORPUS / f"{side}.jsonl").read_text(encoding="utf-8").split("\n")
    read = [json.loads(line) for line in lines if line]
    return {line["type"]: line["message"] for line in reversed(read) if line["variant"].startswith("full")}


def frame(message: dict[str, Any]) -> bytes:
    """As the service sends it."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
