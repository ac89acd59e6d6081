"""A transcription endpoint as the recogniser: any server with OpenAI's ``/audio/transcriptions``, such as speaches or vLLM."""

import copy
import io
import wave

import msgspec

from voicelive._audio import Samples

from ._endpoint import Endpoint, EndpointError, http_library
from .transcript import Hints


class _Answer(msgspec.Struct):
    text: str


class TranscriptionEndpoint:
    """Sends each turn as a WAV file and takes the text that comes back.

    Args:
        url: base of its paths, such as ``http://127.0.0.1:8000/v1``.
        model: name of the model there.
        api_key: key, sent as bearer token.
        api_key_env: environment variable that holds the key instead.
        language: language of the speech, such as ``en``; None lets the endpoint find out.
        prompt: words to expect.
        insecure: send the key over plain HTTP to another machine.
        timeout_s: longest wait for the answer, in seconds.

    Raises:
        ValueError: the address or the key cannot be used.
        ImportError: httpx2 is not installed.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str | None = None,
        api_key_env: str | None = None,
        language: str | None = None,
        prompt: str | None = None,
        insecure: bool = False,
        timeout_s: float = 60.0,
    ) -> None:
        self._http = http_library()
        self._endpoint = Endpoint("transcription endpoint", url, api_key, api_key_env, insecure, timeout_s)
        fields = {"model": model, "language": language, "prompt": prompt, "response_format": "json"}
        self._fields = {name: value for name, value in fields.items() if value is not None}
        self._client = self._http.Client(**self._endpoint.client_options(self._http))

    def guided(self, hints: Hints) -> "TranscriptionEndpoint":
        """One that expects a language and favours phrases; the connections are the same."""
        other = copy.copy(self)
        told = {"language": hints.language, "prompt": ", ".join(filter(None, (self._fields.get("prompt"), *hints.phrases)))}
        other._fields = self._fields | {name: value for name, value in told.items() if value}
        return other

    def close(self) -> None:
        """Close the connections to the endpoint."""
        self._client.close()

    def transcribe(self, samples: Samples, rate_hz: int) -> str:
        """The words of one turn, or "" when the endpoint made out none.

        Raises:
            EndpointError: there is no answer, or none that can be understood.
        """
        if not samples.any():
            return ""
        files = {"file": ("turn.wav", _wav(samples, rate_hz), "audio/wav")}
        try:
            response = self._client.post("audio/transcriptions", data=self._fields, files=files)
        except self._http.HTTPError as error:
            raise self._endpoint.unreachable(error) from error
        if response.status_code != self._http.codes.OK:
            raise self._endpoint.refused(response.status_code, response.content)
        try:
            return msgspec.json.decode(response.content, type=_Answer).text.strip()
        except msgspec.DecodeError as error:
            raise EndpointError(f"the transcription endpoint's answer cannot be understood: {error}: {response.text[:200]!r}") from error


def _wav(samples: Samples, rate_hz: int) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())
    return target.getvalue()
