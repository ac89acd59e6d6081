"""Two recordings side by side: what differs in order, in types, in fields, in time."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from voicelive_transports.record import Moment, Recording, read_recording

from ._alignment import aligned
from ._matching import Mark, shown

IGNORED: Final = ("event_id", "expires_at", "rate_limits")
"""Fields that differ between any two calls."""

_NOTHING: Final = Mark("nothing")
_NO_EVENT: Final = "no event"
_STREAMED: Final = {
    "input_audio_buffer.append": "audio",
    "input_audio.turn.append": "audio",
    "response.audio.delta": "delta",
}
_PIECES: Final[Mapping[str, type]] = {"delta": str, "audio_bytes": int, "logprobs": list}
"""What a delta may have a piece of, to be joined."""


class Entry(NamedTuple):
    """A message, or a run of deltas that belong together, as they are compared."""

    number: int
    """Which message it is, from 1; of a run the first."""
    sender: str
    """``client`` or ``server``."""
    type: str
    """Wire name; ``no event`` for a frame that is none, ``close`` for the end."""
    at_ms: float
    """When it came, in milliseconds after the client's last message before it, or after the beginning."""
    event: dict[str, Any]
    """Its fields; the texts of a run are joined, of streamed audio there is ``audio_bytes``."""

    @property
    def kind(self) -> tuple[str, str]:
        """Who sent what: messages of the same kind can answer to each other."""
        return self.sender, self.type

    def __str__(self) -> str:
        return f"{self.number:4} {self.sender} {self.type}"


@dataclass(frozen=True)
class Comparison:
    """What differs between two recordings, each difference a line; made by `compare`.

    Attributes:
        names: what the two are called.
        counts: how many messages each has.
        order: what only one of them has, or has at another place among the messages of its sender.
        fields: where messages that answer to each other differ.
        timing: what came earlier or later than in the other; not counted as a difference by ``is_same``.
    """

    names: tuple[str, str]
    counts: tuple[int, int]
    order: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    timing: list[str] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        """Whether both sides have the same messages with the same fields in the same order."""
        return not (self.order or self.fields)

    def __str__(self) -> str:
        """The report."""
        first, second = self.names
        lines = [f"- {first}: {self.counts[0]} messages", f"+ {second}: {self.counts[1]} messages"]
        for title, found in (("order and types", self.order), ("fields", self.fields), ("timing", self.timing)):
            lines += [f"{title}: the same"] if not found else [f"{title}:", *(f"  {line}" for line in found)]
        return "\n".join(lines)


def compare(
    first: str | Path | Recording,
    second: str | Path | Recording,
    *,
    ignore: Iterable[str] = IGNORED,
    tolerance_ms: float = 250.0,
) -> Comparison:
    """Compare two recordings.

    The order counts among the messages of one side: how those of the two sides cross on the way is chance. Ids may differ, if they differ
    everywhere in the same way. Deltas that are alike but for their pieces count by the joined text or the length of the audio, so that it
    doesn't matter how they were cut.

    Args:
        first: a recording, or its file.
        second: another one.
        ignore: names of fields that may differ, wherever they stand.
        tolerance_ms: how much earlier or later a message may be, by the time since the client's last message before it.

    Raises:
        OSError, ValueError: as ``read_recording`` does.
    """
    one = first if isinstance(first, Recording) else read_recording(first)
    other = second if isinstance(second, Recording) else read_recording(second)
    ignored = frozenset(ignore)
    left, right = _entries(one.moments, ignored), _entries(other.moments, ignored)
    pairs, only_left, only_right = _aligned(left, right)
    twins = _Twins(ignored)
    return Comparison(
        names=(_name(first, "the first"), _name(second, "the second")),
        counts=(len(one.moments), len(other.moments)),
        order=list(_only(only_left, only_right)),
        fields=[f"{_both(mine, theirs)}: {each}" for mine, theirs in pairs for each in twins.differences(mine, theirs)],
        timing=[
            f"{_both(mine, theirs)}: {mine.at_ms:.0f} ms, {theirs.at_ms:.0f} ms ({theirs.at_ms - mine.at_ms:+.0f})"
            for mine, theirs in pairs
            if abs(theirs.at_ms - mine.at_ms) > tolerance_ms
        ],
    )


def _name(recording: object, otherwise: str) -> str:
    return str(recording) if isinstance(recording, (str, Path)) else otherwise


def _both(mine: Entry, theirs: Entry) -> str:
    return f"{mine.number}/{theirs.number} {mine.sender} {mine.type}"


def _aligned(left: list[Entry], right: list[Entry]) -> tuple[list[tuple[Entry, Entry]], list[Entry], list[Entry]]:
    """Pairs that answer to each other, and what only one recording has, each sender by itself."""
    pairs: list[tuple[Entry, Entry]] = []
    for sender in dict.fromkeys(each.sender for each in (*left, *right)):
        one, other = ([each for each in side if each.sender == sender] for side in (left, right))
        places = aligned([each.type for each in one], [each.type for each in other])
        pairs += [(one[place], other[other_place]) for place, other_place in places]
    paired_left, paired_right = {mine.number for mine, _ in pairs}, {theirs.number for _, theirs in pairs}
    only_left = [each for each in left if each.number not in paired_left]
    return sorted(pairs, key=lambda pair: pair[0].number), only_left, [each for each in right if each.number not in paired_right]


def _only(left: list[Entry], right: list[Entry]) -> Iterator[str]:
    """What one side alone has; what both have, at different places, is one line."""
    moved: defaultdict[tuple[str, str], deque[Entry]] = defaultdict(deque)
    for theirs in right:
        moved[theirs.kind].append(theirs)
    for mine in left:
        yield f"~ {mine} (in the other at {moved[mine.kind].popleft().number})" if moved[mine.kind] else f"- {mine}"
    for theirs in sorted(entry for rest in moved.values() for entry in rest):
        yield f"+ {theirs}"


class _Twins:
    """Compares messages that answer to each other; learns which id stands for which on the way."""

    def __init__(self, ignored: frozenset[str]) -> None:
        self._ignored = ignored
        self._there: dict[str, str] = {}
        self._here: dict[str, str] = {}

    def differences(self, mine: Entry, theirs: Entry) -> Iterator[str]:
        """Where two messages differ, a line each."""
        yield from self._differences(mine.event, theirs.event, "")

    def _differences(self, mine: Any, theirs: Any, path: str) -> Iterator[str]:
        if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
            for key in dict.fromkeys((*mine, *theirs)):
                if key not in self._ignored:
                    yield from self._differences(mine.get(key, _NOTHING), theirs.get(key, _NOTHING), f"{path}.{key}" if path else key)
        elif isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
            for index, (one, other) in enumerate(zip(mine, theirs, strict=True)):
                yield from self._differences(one, other, f"{path}[{index}]")
        elif _is_id(path) and isinstance(mine, str) and isinstance(theirs, str):
            if not self._are_the_same(mine, theirs):
                yield f"{path}: {mine!r} and {theirs!r} stand for different things"
        elif mine != theirs:
            yield f"{path}: {shown(mine)}, {shown(theirs)}"

    def _are_the_same(self, mine: str, theirs: str) -> bool:
        return self._there.setdefault(mine, theirs) == theirs and self._here.setdefault(theirs, mine) == mine


def _is_id(path: str) -> bool:
    name = path.rpartition(".")[2]
    return name == "id" or name.endswith("_id")


def _entries(moments: Iterable[Moment], ignored: frozenset[str]) -> list[Entry]:
    """Messages, with runs of deltas joined; a run ends at the next other event of its sender."""
    runs: dict[tuple[str, str, str], dict[str, Any]] = {}
    order: list[Entry] = []
    asked_s = 0.0
    for number, moment in enumerate(moments, 1):
        entry = _entry(number, moment, asked_s)
        if moment.kind == "sent":
            asked_s = moment.at_s
        if not entry.type.endswith((".delta", ".append")):
            runs = {key: run for key, run in runs.items() if key[0] != entry.sender}
        elif pieces := [name for name, kind in _PIECES.items() if isinstance(entry.event.get(name), kind)]:
            rest = {name: value for name, value in entry.event.items() if name not in ignored.union(pieces)}
            run = runs.setdefault((entry.sender, entry.type, json.dumps([pieces, rest], sort_keys=True)), entry.event)
            if run is not entry.event:
                for name in pieces:
                    run[name] += entry.event[name]
                continue
        order.append(entry)
    return order


def _entry(number: int, moment: Moment, asked_s: float) -> Entry:
    at_ms = (moment.at_s - asked_s) * 1000
    if moment.kind == "closed":
        return Entry(number, "the", "close", at_ms, dict(moment.content))
    sender = "client" if moment.kind == "sent" else "server"
    try:
        event = json.loads(moment.content)
    except ValueError:
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return Entry(number, sender, _NO_EVENT, at_ms, {"frame": moment.content})
    if (name := _STREAMED.get(event["type"])) is not None and isinstance(event.get(name), str):
        text = event.pop(name)
        event["audio_bytes"] = len(text.rstrip("=")) * 3 // 4 if moment.audio_bytes is None else moment.audio_bytes
    return Entry(number, sender, event["type"], at_ms, event)
