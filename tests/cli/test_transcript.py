"""What either side said, sentence by sentence."""

from voicelive.cli._transcript import SERVICE, USER, Transcript
from voicelive.models import ServerEvent

PLACE = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}


def heard(*events):
    said = []
    transcript = Transcript(lambda who, what: said.append((who, what)))
    for event_type, fields in events:
        transcript.add(ServerEvent.from_dict({"type": event_type, **fields}))
    return said


def piece(text, kind="audio_transcript"):
    return f"response.{kind}.delta", {"delta": text, **PLACE}


def test_a_sentence_is_shown_once_the_next_begins():
    assert heard(piece("Hel"), piece("lo. It is"), piece(" late! An")) == [(SERVICE, "Hello."), (SERVICE, "It is late!")]


def test_the_last_sentence_is_shown_at_the_end_and_only_once():
    ends = [
        ("response.audio_transcript.done", {"transcript": "Hello", **PLACE}),
        ("response.done", {"response": {"id": "r", "status": "completed"}}),
    ]
    assert heard(piece("Hello"), *ends) == [(SERVICE, "Hello")]


def test_an_interrupted_answer_is_shown_as_far_as_it_went():
    done = ("response.done", {"response": {"id": "r", "status": "cancelled"}})
    assert heard(piece("Well, I", "text"), done, piece("Yes."), done) == [(SERVICE, "Well, I"), (SERVICE, "Yes.")]


def test_the_user_is_shown_as_understood():
    kind = "conversation.item.input_audio_transcription.completed"
    assert heard((kind, {"item_id": "i", "content_index": 0, "transcript": "two plus three"})) == [(USER, "two plus three")]
    assert heard((kind, {"item_id": "i", "content_index": 0, "transcript": ""})) == [(USER, "(nothing was understood)")]
