"""What can not go out as it was meant."""

from collections.abc import Iterable

from ._rule import ERROR, rule
from ._subject import Problem, Subject


@rule("json-form", ERROR, source="RFC 8259; voicelive_proto (how deep)")
def json_form(subject: Subject) -> Iterable[Problem]:
    """A value has no form in JSON, such as NaN, or it is nested deeper than a frame may be."""
    return subject.json_problems


RULES = (json_form,)
