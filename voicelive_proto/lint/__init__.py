"""Known rules of the service, applied to settings and events before they are sent.

::

    for finding in lint(RequestSession(modalities=["audio"], temperature=9), model="gpt-realtime"):
        print(finding)  # severity, path, what is wrong and what would be right, where the rule is known from

The rules come from documents, the official SDK and other libraries; none was checked against the live service by us, and the sources
differ in places. So a finding is advice: nothing here refuses anything, each rule says its source, and each can be switched off.
"""

from collections.abc import Collection, Mapping
from typing import Any

from .._connection import Connection
from ..client_events import ClientEvent
from ..responses import ResponseCreateParams
from ..session import RequestSession, ResponseSession
from . import _audio_rules, _event_rules, _json_rules, _model_rules, _settings_rules, _shape_rules, _value_rules
from ._rule import Finding, Rule, Severity
from ._subject import Subject, subject_of

__all__ = ["RULES", "Finding", "Rule", "Severity", "Subject", "lint"]

_PARTICULAR: tuple[Rule, ...] = (
    *_json_rules.RULES,
    *_model_rules.RULES,
    *_audio_rules.RULES,
    *_settings_rules.RULES,
    *_event_rules.RULES,
)
_GENERAL: tuple[Rule, ...] = (*_shape_rules.RULES, *_value_rules.RULES)

RULES: tuple[Rule, ...] = (*_PARTICULAR, *_GENERAL)
"""Every rule, in the order in which they are applied."""


def lint(
    subject: ClientEvent | RequestSession | ResponseCreateParams | Mapping[str, Any],
    *,
    connection: Connection | None = None,
    model: str | None = None,
    api_version: str | None = None,
    session: Mapping[str, Any] | RequestSession | ResponseSession | None = None,
    buffered_ms: int | None = None,
    ignore: Collection[str] = (),
) -> list[Finding]:
    """Find what is wrong, doubtful or in conflict in settings or in an event, before it is sent.

    What is not known is not judged: without ``model`` no rule about models finds anything, and so on.

    Args:
        subject: A client event, session or response settings, or a plain mapping of either. A mapping without ``type`` is taken for
            session settings, or for response settings when more of its keys are theirs.
        connection: The connection that it is to be sent on: ``session`` and ``buffered_ms`` are taken from there where they are not given,
            and so is what was heard and said so far.
        model: Name of the connection's model; without it the one that ``session``, or else the subject, names.
        api_version: The connection's ``api-version``, such as ``2025-10-01``.
        session: Settings in force, as the service last reported them (``Connection.session.config``).
        buffered_ms: Milliseconds of audio in the input buffer (``Connection.input_audio.next_commit_ms``).
        ignore: Ids of rules to leave out.

    Returns:
        Findings in the order of `RULES`. A general rule (keys, types, values) is silent where a particular one has spoken.

    Raises:
        TypeError: the subject is nothing that a client sends, or ``connection`` is another object than stated.
        ValueError: ``ignore`` names a rule that does not exist.
    """
    _check_ignored(ignore)
    _check_connection(connection)
    judged = subject_of(subject, model=model, api_version=api_version, session=session, buffered_ms=buffered_ms, connection=connection)
    findings = [finding for rule in _PARTICULAR if rule.id not in ignore for finding in _findings(rule, judged)]
    spoken_of = {finding.path for finding in findings}
    for rule in _GENERAL:
        if rule.id not in ignore:
            new = [finding for finding in _findings(rule, judged) if finding.path not in spoken_of]
            spoken_of |= {finding.path for finding in new}
            findings += new
    return findings


def _findings(rule: Rule, subject: Subject) -> list[Finding]:
    return [Finding(rule.id, rule.severity, path, message, rule.source) for path, message in rule.check(subject)]


def _check_connection(connection: object) -> None:
    if connection is not None and not isinstance(connection, Connection):
        msg = f"connection must be a voicelive_proto.Connection, not {type(connection).__name__}; of one of connect() give connection.core"
        raise TypeError(msg)


def _check_ignored(ignore: Collection[str]) -> None:
    if isinstance(ignore, str):
        msg = f"ignore takes a collection of rule ids, such as [{ignore!r}], not one string"
        raise TypeError(msg)
    known = [rule.id for rule in RULES]
    for rule_id in ignore:
        if rule_id not in known:
            msg = f"unknown rule {rule_id!r}{_shape_rules.did_you_mean(rule_id, known) or '; voicelive_proto.lint.RULES has them all'}"
            raise ValueError(msg)
