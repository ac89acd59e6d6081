"""Numbers and sums, in words and digits."""

import difflib
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: value for value, word in enumerate(_UNITS.split())}
_SMALL |= {word: 20 + 10 * place for place, word in enumerate(_TENS.split())}
_GROUPS = {"thousand": 1_000, "million": 1_000_000}

_OPERATORS = {"plus": "plus", "minus": "minus", "times": "times", "over": "divided by"}
_OPERATORS |= {"add": "plus", "added": "plus", "less": "minus", "multiplied": "times", "divided": "divided by", "x": "times"}
_OPERATORS |= {"+": "plus", "-": "minus", "*": "times", "\u00d7": "times", "/": "divided by", "\u00f7": "divided by"}
_SECOND_WORDS = {"added": "to", "multiplied": "by", "divided": "by"}

_SOUNDS_LIKE = {"to": "two", "too": "two", "for": "four", "fore": "four", "won": "one", "ate": "eight", "tree": "three"}
"""Words that speech recognition hears for a number; read as one only beside an operator."""

_TOKEN = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|[^\W\d_]+|[+*\u00d7\u00f7]|(?<=\s)[-/](?=\s)")
"""Minus and slash stand alone, or a date would be a sum."""

_MOST_DIGITS = 15
_MOST = 10**_MOST_DIGITS


class Number(NamedTuple):
    """A number read from words, and the place of the first word after it."""

    value: Fraction
    end: int


def tokens_of(text: str) -> list[str]:
    """The lower-case words, numbers and signs of a text; hyphens between words fall away."""
    return _TOKEN.findall(re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text.lower()).replace("take away", "minus"))


def read_number(tokens: Sequence[str], start: int) -> Number | None:
    """Read the number that begins at a token, in digits or in words up to 999 999 999, with a fraction after "point"."""
    if start < len(tokens) and tokens[start][0].isdecimal():
        digits = tokens[start].replace(",", "")
        return Number(Fraction(digits), start + 1) if len(digits) <= _MOST_DIGITS else None
    whole = _read_words(tokens, start)
    if whole is None or tokens[whole.end : whole.end + 1] != ["point"]:
        return whole
    return _read_decimals(tokens, whole)


def _read_words(tokens: Sequence[str], start: int) -> Number | None:
    """Groups below a thousand, each with the word that multiplies it, as in "two hundred and five thousand six"."""
    total, group, place, limit = 0, 0, start, 1_000_000_000
    if tokens[start : start + 1] == ["a"] and tokens[start + 1 : start + 2] in (["hundred"], ["thousand"], ["million"]):
        group, place = 1, start + 1
    end = start
    room = 1_000
    while place < len(tokens):
        word = tokens[place]
        value = _SMALL.get(word)
        if value is not None and value < room:
            group, room = group + value, 10 if value >= 20 else 0
        elif word == "hundred" and 0 < group < 100:
            group, room = group * 100, 100
        elif word in _GROUPS and group and _GROUPS[word] < limit:
            total, group, limit, room = total + group * _GROUPS[word], 0, _GROUPS[word], 1_000
        elif not (word == "and" and end > start and tokens[place - 1] in ("hundred", *_GROUPS)):
            break
        place += 1
        end = place if word != "and" else end
    return Number(Fraction(total + group), end) if end > start else None


def _read_decimals(tokens: Sequence[str], whole: Number) -> Number:
    digits, place = "", whole.end + 1
    while place < len(tokens) and _SMALL.get(tokens[place], 10) < 10:
        digits += str(_SMALL[tokens[place]])
        place += 1
    return Number(whole.value + Fraction(int(digits), 10 ** len(digits)), place) if digits else whole


def numbers_in(text: str) -> list[Fraction]:
    """All numbers of a text, in order."""
    tokens, found, place = tokens_of(text), [], 0
    while place < len(tokens):
        number = read_number(tokens, place)
        if number:
            found.append(number.value)
        place = number.end if number else place + 1
    return found


def shown(value: Fraction) -> str:
    """A number as it is to be spoken: whole, or rounded to four places and then said to be about that."""
    rounded = round(value, 4)
    whole, rest = divmod(abs(rounded), 1)
    decimals = f".{int(rest * 10_000):04}".rstrip("0").rstrip(".")
    return f"{'' if rounded == value else 'about '}{'-' if rounded < 0 else ''}{whole}{decimals}"


def solve(text: str) -> str | None:
    """Work out the first sum in a text and say it whole, such as "2 plus 3 is 5."; None when there is no sum."""
    tokens = tokens_of(text)
    for start in range(len(tokens)):
        terms, operators = _read_sum(tokens, start)
        if operators:
            return _solved(terms, operators)
    return None


def _solved(terms: Sequence[Fraction], operators: Sequence[str]) -> str:
    try:
        value = _value(terms, operators)
    except ZeroDivisionError:
        return "I cannot divide by zero."
    if abs(value) >= _MOST:
        return "That is more than I can count."
    rest = " ".join(f"{operator} {shown(term)}" for operator, term in zip(operators, terms[1:], strict=True))
    return f"{shown(terms[0])} {rest} is {shown(value)}."


def _read_sum(tokens: Sequence[str], start: int) -> tuple[list[Fraction], list[str]]:
    """Numbers and the operators between them, from a token on, as far as they go."""
    first = _read_operand(tokens, start)
    if first is None:
        return [], []
    terms, operators, place = [first.value], [], first.end
    while (operator := _operator_at(tokens, place)) is not None:
        second = _SECOND_WORDS.get(tokens[place])
        place += 2 if second and tokens[place + 1 : place + 2] == [second] else 1
        operand = _read_operand(tokens, place)
        if operand is None:
            break
        terms.append(operand.value)
        operators.append(operator)
        place = operand.end
    return terms, operators


def _read_operand(tokens: Sequence[str], start: int) -> Number | None:
    number = read_number(tokens, start)
    if number or start >= len(tokens):
        return number
    beside_operator = any(place >= 0 and _operator_at(tokens, place) for place in (start - 1, start + 1))
    meant = _SOUNDS_LIKE.get(tokens[start]) if beside_operator else None
    return Number(Fraction(_SMALL[meant]), start + 1) if meant else None


def _operator_at(tokens: Sequence[str], place: int) -> str | None:
    """The operator that a word is, or nearly is: recognisers blur small words."""
    if place >= len(tokens):
        return None
    close = difflib.get_close_matches(tokens[place], _OPERATORS, n=1, cutoff=0.75)
    return _OPERATORS[close[0]] if close else None


def _value(terms: Sequence[Fraction], operators: Sequence[str]) -> Fraction:
    """Products first, then the rest from left to right."""
    summands = [terms[0]]
    for operator, term in zip(operators, terms[1:], strict=True):
        if operator == "times":
            summands[-1] *= term
        elif operator == "divided by":
            summands[-1] /= term
        else:
            summands.append(term if operator == "plus" else -term)
    return sum(summands, Fraction(0))
