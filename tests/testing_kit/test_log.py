"""What a failing test shows of the conversation."""

from voicelive.testing._log import MAX_EVENTS, Log


def test_a_line_for_each_event_and_one_for_a_run_of_deltas():
    log = Log()
    log.add("client", '{"type": "response.create", "event_id": "mine"}')
    for number in range(3):
        log.add("server", b'{"type": "response.text.delta", "delta": "%d"}' % number)
    log.add("server", b'{"type": "response.text.done", "text": "012", "more": [{"long": "%s"}]}' % (b"x" * 70))
    log.add("server", b'{"type": "warning"}')
    log.add("server", b'{"type": "warning"}')
    log.add("client", "[1]")
    assert str(log).splitlines() == [
        "client  response.create",
        "server  response.text.delta 3 times",
        f'server  response.text.done {{"text": "012", "more": [{{"long": "{"x" * 60}... (70 characters)"}}]}}',
        "server  warning",
        "server  warning",
        "client  no event '[1]'",
    ]


def test_the_oldest_go():
    log = Log()
    assert str(log) == ""
    for number in range(MAX_EVENTS + 5):
        log.add("client", f'{{"type": "x", "number": {number}}}')
    first, second, *_, last = str(log).splitlines()
    assert (first, second) == ("... 5 before", 'client  x {"number": 5}')
    assert last == f'client  x {{"number": {MAX_EVENTS + 4}}}'
