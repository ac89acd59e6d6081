"""What a response costs, in tokens, as ``response.done`` reports it.

Audio has the service's documented weight (service facts, section 5); text is estimated by its length, since no tokenizer is involved.
"""

from voicelive_proto.responses import CachedTokenDetails, InputTokenDetails, OutputTokenDetails, TokenUsage

INPUT_AUDIO_TOKENS_PER_S = 10
OUTPUT_AUDIO_TOKENS_PER_S = 20
CHARACTERS_PER_TOKEN = 4


def text_tokens(characters: int) -> int:
    """Tokens of so many characters of text, rounded up."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def input_audio_tokens(audio_ms: int) -> int:
    """Tokens of so much of the user's speech, rounded up."""
    return -(-audio_ms * INPUT_AUDIO_TOKENS_PER_S // 1000)


def output_audio_tokens(audio_ms: int) -> int:
    """Tokens of so much of the assistant's speech, rounded up."""
    return -(-audio_ms * OUTPUT_AUDIO_TOKENS_PER_S // 1000)


def usage(*, input_text: int, input_audio: int, output_text: int, output_audio: int) -> TokenUsage:
    """The report, all in tokens. Nothing is ever cached, and some clients drop a report that does not say so."""
    return TokenUsage(
        total_tokens=input_text + input_audio + output_text + output_audio,
        input_tokens=input_text + input_audio,
        output_tokens=output_text + output_audio,
        input_token_details=InputTokenDetails(
            cached_tokens=0,
            text_tokens=input_text,
            audio_tokens=input_audio,
            image_tokens=0,
            cached_tokens_details=CachedTokenDetails(text_tokens=0, audio_tokens=0, image_tokens=0),
        ),
        output_token_details=OutputTokenDetails(text_tokens=output_text, audio_tokens=output_audio),
    )
