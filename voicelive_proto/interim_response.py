"""Filler speech while an answer is being worked out."""

from typing import Literal

from ._base import ABSENT, UNKNOWN_TAG, ModelMeta, SessionSettings, Unknown
from ._plain import Extra


class InterimResponseConfigBase(SessionSettings, metaclass=ModelMeta):
    """Filler utterance settings; family by type.

    Attributes:
        triggers: What may trigger a filler; any one is enough (see `InterimResponseTrigger`; service default
            ["latency"]).
        latency_threshold_ms: Delay after which the latency trigger fires (ms; at least 0; service default 2000).
    """

    triggers: list[str] | None = ABSENT
    latency_threshold_ms: int | None = ABSENT


class LlmInterimResponseConfig(InterimResponseConfigBase, metaclass=ModelMeta):
    """Fillers written by a language model.

    Attributes:
        model: Model that writes them (service default "gpt-4.1-mini").
        instructions: Prompt for that model.
        max_completion_tokens: Token ceiling of a filler (tokens; at least 1; service default 50).
    """

    type: Literal["llm_interim_response"] = "llm_interim_response"
    model: str | None = ABSENT
    instructions: str | None = ABSENT
    max_completion_tokens: int | None = ABSENT


class StaticInterimResponseConfig(InterimResponseConfigBase, metaclass=ModelMeta):
    """Fillers picked at random from a list.

    Attributes:
        texts: Candidate texts.
    """

    type: Literal["static_interim_response"] = "static_interim_response"
    texts: list[str] | None = ABSENT


class UnknownInterimResponseConfig(Unknown, InterimResponseConfigBase, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """Interim response settings of a kind we do not know."""

    extra_: Extra


AnyInterimResponseConfig = LlmInterimResponseConfig | StaticInterimResponseConfig | UnknownInterimResponseConfig
