"""What a model's name tells: whether it hears speech itself, or is a text model between a recogniser and a synthesizer.

A name that fits nothing here (a deployment's own name, a newer model) is judged by no rule about models.
Sources: the service's list of models [HOW], and pydantic-ai-slim 2.68.0 [PYD] for what each refuses.
"""

import re

_NO_PARALLEL_CALLS = re.compile(r"gpt-realtime(-mini|-1\.5)?(-\d{4}-\d\d-\d\d)?")
_NOT_SERVED = (
    "gpt-4o-realtime",
    "gpt-4o-mini-realtime",
    "gpt-realtime-2",
    "gpt-realtime-translate",
    "gpt-realtime-whisper",
    "gpt-live-transcribe",
)


def is_of(model: str, *families: str) -> bool:
    """Whether the model is one of the families, or a variant: ``gpt-5`` has ``gpt-5-mini`` and ``gpt-5.2``, not ``gpt-51``."""
    return any(model == family or model.startswith((f"{family}-", f"{family}.")) for family in families)


def hears_speech(model: str | None) -> bool:
    """Models that take audio themselves: ``gpt-realtime``, ``azure-realtime``, ``phi4-mm-realtime``..."""
    return model is not None and "realtime" in model


def is_cascade(model: str | None) -> bool:
    """Text models between speech recognition and synthesis."""
    return model is not None and not hears_speech(model) and is_of(model, "gpt-4o", "gpt-4.1", "gpt-5", "phi4")


def is_reasoning(model: str | None) -> bool:
    """Cascade models that reason; the chat variants do not."""
    return model is not None and is_cascade(model) and is_of(model, "gpt-5") and not is_of(model, "gpt-5-chat")


def refuses_semantic_vad(model: str | None) -> bool:
    """Models for which OpenAI's ``semantic_vad`` is refused: every known one that is not a gpt-realtime model."""
    return model is not None and (is_cascade(model) or is_of(model, "phi4", "azure-realtime"))


def refuses_parallel_calls(model: str | None) -> bool:
    """Models that refuse ``parallel_tool_calls: true``; dated names included."""
    return model is not None and _NO_PARALLEL_CALLS.fullmatch(model) is not None


def is_azure_openai_only(model: str | None) -> bool:
    """Models that Azure OpenAI serves and Voice Live, as far as was seen, does not."""
    return model is not None and is_of(model, *_NOT_SERVED)
