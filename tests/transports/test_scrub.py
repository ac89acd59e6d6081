"""Secrets in messages: gone, wherever they stand; the rest stays as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicelive_transports._scrub import scrub

S = "S3CR3T-0123456789abcdef"


@pytest.mark.parametrize(
    ("frame", "shown"),
    [
        ('{"authorization":"%s\\" %s"}', '{"authorization":"..."}'),
        ('{"tools":[{"headers": {"X-Key": "%s", "b": {"c": "}%s"}},"n":1}]}', '{"tools":[{"headers": "...","n":1}]}'),
        ('{"headers": {"api-key": "%s", "n": 1}, "token": "%s"}', '{"headers": "...", "token": "..."}'),
        ('{"headers": [["api-key", "%s"]], "n": 1}', '{"headers": "...", "n": 1}'),
        ('{"authorization":{"bearer":"%s"},"n":1}', '{"authorization":"...","n":1}'),
        ('{"client_secret":{"value":"%s","expires_at":5}}', '{"client_secret":"..."}'),
        ('{"API-Key":"%s","accessToken":"%s","x-api-key":"%s"}', '{"API-Key":"...","accessToken":"...","x-api-key":"..."}'),
        ('{"password": 1234, "token": null, "has_token": true}', '{"password": "...", "token": null, "has_token": true}'),
        ('{"note":"Authorization: Bearer %s."}', '{"note":"Authorization: Bearer ..."}'),
        ('{"url":"https://h/p?a=1&api-key=%s&b=2"}', '{"url":"https://h/p?a=1&api-key=...&b=2"}'),
        ('{"url":"https://h/p?sv=2&sig=%s"}', '{"url":"https://h/p?sv=2&sig=..."}'),
        ('{"url":"https://user:%s@h/p"}', '{"url":"https://...@h/p"}'),
        ('{"jwt":"eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.%s"}', '{"jwt":"..."}'),
        (
            '{"arguments":"{\\"api_key\\": \\"%s\\", \\"city\\": \\"Oslo\\"}"}',
            '{"arguments":"{\\"api_key\\": \\"...\\", \\"city\\": \\"Oslo\\"}"}',
        ),
        ('{"token": "%s', '{"token": "..."'),
    ],
)
def test_what_is_elided(frame, shown):
    frame = frame.replace("%s", S)
    assert scrub(frame.encode()).decode() == shown


@pytest.mark.parametrize(
    "frame",
    [
        '{"text":"the password is swordfish"}',
        '{"usage":{"total_tokens":5,"input_token_details":{"text_tokens":3}},"max_output_tokens":"inf"}',
        '{"logprobs":[{"token": "Hello", "logprob": -0.1},{"token":"\\"","bytes":[34]}]}',
        '{"delta":"key, secret, token: words"}',
        '{"url":"https://h/p?q=1"}',
        "not JSON, but a token",
    ],
)
def test_what_is_left_as_it_was(frame):
    assert scrub(frame.encode()).decode() == frame


KEYS = st.sampled_from(
    ["authorization", "api-key", "api_key", "apiKey", "client_secret", "access_token", "password", "credential", "headers"]
)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
SECRETS = st.just(S) | st.lists(st.just(S)) | st.dictionaries(st.text(), st.just(f'"{S}\\'))


@given(st.dictionaries(st.text(), PLAIN, max_size=3), KEYS, SECRETS, st.booleans())
def test_no_secret_survives_and_json_stays_json(rest, key, secret, ascii_only):
    message = {"type": "session.update", "session": {"tools": [{**rest, key: secret, "server_label": "s"}]}}
    shown = scrub(json.dumps(message, ensure_ascii=ascii_only).encode("utf-8", "replace")).decode()
    assert S not in shown
    assert json.loads(shown)["session"]["tools"][0]["server_label"] == "s"


def test_a_secret_that_nests_without_end_is_left_out_with_all_that_follows():
    assert scrub(b'{"token":' + b"[" * 100_000) == b'{"token":"..."'
