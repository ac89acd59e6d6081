"""What a rule is, and what it says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from ._subject import Problem, Subject

Severity = Literal["error", "warning", "info"]

ERROR: Severity = "error"
"""The service refuses it, or it can not work, and no source says otherwise."""

WARNING: Severity = "warning"
"""The service may refuse or ignore it: the sources differ, or a newer service may know what we do not."""

INFO: Severity = "info"
"""It works where it was seen; there is a better way to write it, or something to know about it."""

Check = Callable[[Subject], Iterable[Problem]]


@dataclass(frozen=True)
class Rule:
    """One known rule of the service.

    Attributes:
        id: Its name, for ``ignore``.
        severity: ``error``, ``warning`` or ``info``, as defined in this module.
        source: Where the rule is known from, in the marks of the service facts.
        summary: The rule in one sentence.
        check: Takes a `Subject`, gives a (path, message) pair for each place where the rule is broken.
    """

    id: str
    severity: Severity
    source: str
    summary: str
    check: Check


@dataclass(frozen=True)
class Finding:
    """One place where a rule is broken.

    Attributes:
        rule: Id of the rule.
        severity: The rule's severity.
        path: Where, such as ``session.tools[0].function``; ``$`` for the event as a whole.
        message: What is wrong there, and what would be right.
        source: Where the rule is known from.
    """

    rule: str
    severity: Severity
    path: str
    message: str
    source: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.path}: {self.message} [{self.rule}; {self.source}]"


def rule(rule_id: str, severity: Severity, *, source: str) -> Callable[[Check], Rule]:
    """Make a `Rule` of a check; the check's docstring is the summary."""

    def make(check: Check) -> Rule:
        return Rule(rule_id, severity, source, check.__doc__ or rule_id, check)

    return make
