"""From endpoint and arguments to URL and headers."""

import re
from enum import Enum

import pytest

from voicelive import __version__
from voicelive._endpoint import (
    add_header,
    agent_parameters,
    build_headers,
    build_url,
    check_encrypted,
    check_model_or_agent,
    is_loopback,
    merge_query,
    parse_endpoint,
    user_agent,
)

OWN = {"api-version": "2026-07-15", "x-ms-client-sdk": "UA/1 (x)"}
OURS = "api-version=2026-07-15&x-ms-client-sdk=UA%2F1+%28x%29"
NO_AGENT = dict.fromkeys(
    ("agent_name", "project_name", "agent_version", "conversation_id", "authentication_identity_client_id", "foundry_resource_override")
)


def url_of(endpoint, query=None, **own):
    address = parse_endpoint(endpoint)
    return build_url(address, merge_query(OWN | own, query, address))


# The vectors of the service facts, section 1, less those that are refused on purpose.
@pytest.mark.parametrize(
    ("endpoint", "own", "query", "url"),
    [
        (
            "https://h.services.ai.azure.com",
            {"model": "gpt-4o"},
            None,
            f"wss://h.services.ai.azure.com/voice-live/realtime?{OURS}&model=gpt-4o",
        ),
        ("https://h/", {"model": "m"}, {"model": "zz", "a": "b c"}, f"wss://h/voice-live/realtime?{OURS}&model=zz&a=b+c"),
        (
            "http://localhost:8080/base/?api-version=1&x=1&x=2&blank=",
            {"model": "m"},
            None,
            f"ws://localhost:8080/base/voice-live/realtime?{OURS}&model=m&x=1",
        ),
        ("wss://h/p", {}, None, f"wss://h/p/voice-live/realtime?{OURS}"),
        ("https://h#frag", {}, None, f"wss://h/voice-live/realtime?{OURS}"),  # differs: the official SDK keeps the fragment
        ("HTTPS://H/", {}, None, f"wss://H/voice-live/realtime?{OURS}"),
        (
            "https://h:444/;p?x=é",  # differs: the official SDK takes user info, too
            {"model": "a/b&c"},
            None,
            f"wss://h:444/voice-live/realtime;p?{OURS}&model=a%2Fb%26c&x=%C3%A9",
        ),
        ("https://h/voice-live/realtime", {}, None, f"wss://h/voice-live/realtime?{OURS}"),  # differs: there it is appended twice
        ("https://h/a/voice-live/realtime/", {}, None, f"wss://h/a/voice-live/realtime?{OURS}"),
        ("ws://[::1]:8080", {}, None, f"ws://[::1]:8080/voice-live/realtime?{OURS}"),
        ("https://h/é%20", {}, None, f"wss://h/%C3%A9%20/voice-live/realtime?{OURS}"),
    ],
)
def test_urls(endpoint, own, query, url):
    assert url_of(endpoint, query, **own) == url


def test_the_query_argument_wins_then_our_own_then_the_endpoint():
    url = url_of("https://h?model=endpoint&a=endpoint&b=endpoint", {"a": "query", "model": "query"}, model="own")
    assert url.endswith("&model=query&a=query&b=endpoint")


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("h.services.ai.azure.com", "no scheme"),
        ("localhost:8080", "no scheme"),
        ("", "no scheme"),
        ("ftp://h", "'ftp' is unknown; use https://"),
        ("httpx://h", "'httpx' is unknown"),
        ("https://", "names no host"),
        ("https://:443/path", "names no host"),
        ("https://h:port", "no valid host and port"),
        ("https://h:99999", "no valid host and port"),
        ("https://h:0", "no valid host and port"),
        ("https://[::1", "no valid host and port"),
        ("https://h\r\nX-Evil: 1", "white space or a control character"),
        ("https://h ", "white space"),
        ("https://h\0", "control character"),
        ("https://user:password@h", "user info"),
        ("https://<your-resource>.services.ai.azure.com", "placeholder"),
    ],
)
def test_endpoints_that_are_refused(endpoint, message):
    with pytest.raises(ValueError, match=message) as caught:
        parse_endpoint(endpoint)
    assert "password" not in str(caught.value).replace("user:password@", "")


@pytest.mark.parametrize("endpoint", ["user:sesame@h?api-key=sesame", "https://h :1?api-key=sesame#sesame", "https://sesame@<h>/"])
def test_messages_never_show_query_fragment_or_user_info(endpoint):
    with pytest.raises(ValueError, match="endpoint") as caught:
        parse_endpoint(endpoint)
    assert "sesame" not in str(caught.value)


def test_an_endpoint_is_text():
    with pytest.raises(TypeError, match=r"endpoint must be a str like 'https://.*, not bytes"):
        parse_endpoint(b"https://h")


@pytest.mark.parametrize("host", ["localhost", "voice.localhost", "127.0.0.1", "127.8.9.10", "::1"])
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example.com", "10.0.0.1", "128.0.0.1", "::2", "example.com"])
def test_not_loopback(host):
    assert not is_loopback(host)


def test_a_credential_travels_encrypted_or_not_at_all():
    remote = parse_endpoint("http://example.com:8080")
    with pytest.raises(ValueError, match=r"to example\.com unencrypted; use https:// .* or pass allow_insecure=True"):
        check_encrypted(remote, allow_insecure=False)
    check_encrypted(remote, allow_insecure=True)
    check_encrypted(parse_endpoint("https://example.com"), allow_insecure=False)
    check_encrypted(parse_endpoint("ws://LOCALHOST"), allow_insecure=False)


class Colour(str, Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"), [("b c", "b+c"), (1, "1"), (0.5, "0.5"), (True, "true"), (False, "false"), (Colour.RED, "red"), ("", "")]
)
def test_query_values(value, text):
    assert url_of("https://h", {"a": value}).endswith(f"&a={text}")


@pytest.mark.parametrize("value", [None, b"bytes", ["a", "b"], {"a": 1}])
def test_query_values_without_a_text_are_refused(value):
    with pytest.raises(TypeError, match=f"query value of 'a' must be a str or a number, not {type(value).__name__}"):
        url_of("https://h", {"a": value})


@pytest.mark.parametrize("text", ["a\r\nb", "a\nb", "a\0b", "\x7f"])
def test_control_characters_are_refused(text):
    for build in (lambda: url_of("https://h", {"a": text}), lambda: build_headers({"a": text})):
        with pytest.raises(ValueError, match="control character") as caught:
            build()
        assert text not in str(caught.value)
    with pytest.raises(ValueError, match="query name holds a control character"):
        url_of("https://h", {text: "a"})
    with pytest.raises(ValueError, match="agent_version holds a control character"):
        agent_parameters(**NO_AGENT | {"agent_name": "a", "project_name": "p", "agent_version": text})


@pytest.mark.parametrize("build", [lambda value: url_of("https://h", value), build_headers])
def test_query_and_headers_are_mappings(build):
    with pytest.raises(TypeError, match="must be a mapping of names to values, not list"):
        build([("a", "b")])
    with pytest.raises(TypeError, match="name must be a str"):
        build({None: "b"})


@pytest.mark.parametrize("name", ["model", "agent-id", "agent_id", "agent-name", "profile"])
def test_what_names_a_model_or_an_agent(name):
    check_model_or_agent({name: "x"})
    with pytest.raises(ValueError, match=r"pass model='gpt-realtime', or agent_name= and project_name="):
        check_model_or_agent({name: "", "api-version": "1"})


def test_agent_parameters_in_their_order():
    arguments = {
        "foundry_resource_override": "f",
        "authentication_identity_client_id": "i",
        "conversation_id": "c",
        "agent_version": "v",
        "project_name": "p",
        "agent_name": "a",
    }
    assert list(agent_parameters(**arguments).items()) == [
        ("agent-name", "a"),
        ("agent-project-name", "p"),
        ("agent-version", "v"),
        ("conversation-id", "c"),
        ("agent-authentication-identity-client-id", "i"),
        ("foundry-resource-override", "f"),
    ]


def test_agent_parameters_that_are_not_given_are_left_out():
    assert agent_parameters(**NO_AGENT) == {}
    given = NO_AGENT | {"agent_name": "a", "project_name": "p", "agent_version": "", "conversation_id": None}
    assert agent_parameters(**given) == {"agent-name": "a", "agent-project-name": "p"}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"agent_name": "a"}, "project_name"),
        ({"project_name": "p"}, "agent_name"),
        ({"agent_version": "v"}, "agent_name"),
        ({"agent_name": "a", "project_name": "", "foundry_resource_override": "f"}, "project_name"),
    ],
)
def test_an_agent_needs_its_project(given, missing):
    with pytest.raises(ValueError, match=f"needs both agent_name= and project_name=; {missing} is missing"):
        agent_parameters(**NO_AGENT | given)


def test_an_agent_argument_is_text():
    with pytest.raises(TypeError, match="agent_name must be a str, not int"):
        agent_parameters(**NO_AGENT | {"agent_name": 7})


def test_the_user_agent_says_who_we_are():
    assert re.fullmatch(r"voicelive-python/" + re.escape(__version__) + r" Python/3\.\d+\.\S+ \([\x20-\x7e]+\)", user_agent())
    assert build_headers(None) == (("User-Agent", user_agent()),)


def test_a_callers_header_wins_in_any_letter_case():
    headers = build_headers({"USER-agent": "mine", "X-Number": 3})
    assert headers == (("USER-agent", "mine"), ("X-Number", "3"))
    assert add_header(headers, "user-AGENT", "ours") == headers
    assert add_header(headers, "api-key", "k") == (("api-key", "k"), *headers)
