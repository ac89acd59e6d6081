"""A few minutes of the soak test (``make soak`` runs ten hours), with hours so short and limits so small that they are reached."""

import soak

from voicelive_proto import Limits


def test_memory_stays_where_it_is_and_the_books_balance():
    limits = Limits(max_responses=5, max_items=12, max_calls=3, max_text_chars=5000)
    lines = []
    held = soak.soak(4, hour_ms=60_000, limits=limits, report=lines.append)
    assert len(held) == len(lines) == 4
    assert max(held[1:]) < held[0] * 1.25


def test_the_history_of_a_call_is_kept_up_to_the_limits():
    call = soak.Call()
    call.run(60_000)
    assert call.books.turns == len([item for item in call.client.conversation.items if item.role == "user"])
    assert call.client.conversation.forgotten == 0
    assert [item.transcript for item in call.client.conversation.items] == [item.transcript for item in call.server.conversation.items]
