import pytest

from .support_cli import spoken, write_pcm


@pytest.fixture(scope="session")
def question_wav(tmp_path_factory):
    """A question in a WAV file, for whoever doesn't mind which."""
    return write_pcm(tmp_path_factory.mktemp("question") / "question.wav", spoken("what time is it"), 24_000)
