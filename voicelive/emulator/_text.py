"""Cutting text: into sentences to synthesise one at a time, words to send along with the audio, and pieces of a call's arguments."""

import re
from collections.abc import Iterator

LONGEST_SENTENCE_CHARACTERS = 300
"""Text without an end in sight is cut at a space about here, so that speech can begin."""

ARGUMENTS_DELTA_CHARACTERS = 16
"""Length of the pieces in which the arguments of calls are streamed."""

_WORD = re.compile(r"\s*\S+|\s+")
_FULL_WIDTH_STOPS = r"\u3002\uff01\uff1f"
_SENTENCE = re.compile(
    rf".{{1,{LONGEST_SENTENCE_CHARACTERS}}}?[.!?\u2026{_FULL_WIDTH_STOPS}]{{1,9}}[\"'\u201d\u2019)\]]{{0,9}}(?:\s+|(?<=[{_FULL_WIDTH_STOPS}]))"
    rf"|.{{1,{LONGEST_SENTENCE_CHARACTERS}}}?\n+"  # no own end, but that of a line
    rf"|.{{{LONGEST_SENTENCE_CHARACTERS},}}?\s+",  # far enough
    re.DOTALL,
)
"""Every repetition but the last two is bounded: a client can have any text spoken, and none may take more time than its length."""


def words(text: str) -> list[str]:
    """The words of a text, each with the space before it; joined they are the text."""
    return _WORD.findall(text)


def pieces(arguments: str) -> Iterator[str]:
    """A call's arguments, as they are streamed; joined they are the arguments."""
    for start in range(0, len(arguments), ARGUMENTS_DELTA_CHARACTERS):
        yield arguments[start : start + ARGUMENTS_DELTA_CHARACTERS]


def cut_sentences(text: str) -> tuple[list[str], str]:
    """The whole sentences at the start of a text, and the rest, which more text may complete; joined they are the text."""
    sentences: list[str] = []
    end = 0
    while found := _SENTENCE.match(text, end):
        sentences.append(found.group())
        end = found.end()
    return sentences, text[end:]
