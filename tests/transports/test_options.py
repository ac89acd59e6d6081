import math
import ssl

import pytest

from voicelive_transports import ConnectOptions

SECRET = "S3CR3T"


def test_the_defaults_are_the_documented_ones():
    options = ConnectOptions()
    assert (options.max_msg_size, options.heartbeat, options.autoclose, options.autoping) == (4_194_304, 30, True, True)
    assert (options.compression, options.receive_timeout, options.vendor_options) == (None, None, None)


@pytest.mark.parametrize(
    "good",
    [
        {"headers": (("api-key", "a b\tc"), ("X-Empty", ""))},
        *({"compression": value} for value in (None, True, False, 9, 15)),
        {"max_msg_size": 1},
        *({name: None} for name in ("heartbeat", "receive_timeout", "close_timeout", "handshake_timeout")),
        *({name: 0.5} for name in ("heartbeat", "receive_timeout", "close_timeout", "handshake_timeout")),
        {"heartbeat": 3},
        {"vendor_options": {"any": "thing"}},
        {"ssl_context": ssl.create_default_context()},
        *({"proxy": value} for value in (None, False, "http://h", "https://u:p@h:8080/", "socks5h://[::1]:1080")),
    ],
    ids=lambda good: "a context of one's own" if "ssl_context" in good else repr(good),
)
def test_what_is_allowed(good):
    assert ConnectOptions(**good) == ConnectOptions.from_mapping(good)


SECONDS = ("heartbeat", "receive_timeout", "close_timeout", "handshake_timeout")


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({"headers": [("a", "b")]}, TypeError, "headers must be a tuple of"),
        ({"headers": ("ab",)}, TypeError, "pairs of str"),
        ({"headers": (("a", 1),)}, TypeError, "pairs of str"),
        ({"headers": (("a", "b", "c"),)}, TypeError, "pairs of str"),
        *(
            ({"headers": ((name, "v"),)}, ValueError, "header name .* must consist of")
            for name in ("", "a b", "a\r\nb", "a:b", "a\n", "é", "a\x00")
        ),
        *(
            ({"headers": (("api-key", f"{SECRET}{end}"),)}, ValueError, "value of header 'api-key' must be printable")
            for end in ("\r\nX: y", "\n", "\r", "\x00", "é")
        ),
        *(
            ({"headers": ((name, "v"),)}, ValueError, "set by the WebSocket handshake")
            for name in ("Host", "UPGRADE", "connection", "Sec-WebSocket-Protocol", "content-length")
        ),
        ({"compression": 8}, ValueError, "window bits from 9 to 15, not 8"),
        ({"compression": 16}, ValueError, "window bits from 9 to 15, not 16"),
        ({"compression": "deflate"}, TypeError, "compression must be"),
        ({"max_msg_size": 0}, ValueError, "at least 1 byte"),
        ({"max_msg_size": None}, TypeError, "max_msg_size must be an int"),
        ({"max_msg_size": True}, TypeError, "max_msg_size must be an int"),
        ({"max_msg_size": 1.5}, TypeError, "max_msg_size must be an int"),
        *(
            ({name: value}, ValueError, f"{name} must be a number of seconds above 0")
            for name in SECONDS
            for value in (0, -1, math.inf, math.nan)
        ),
        *(({name: value}, TypeError, f"{name} must be a number") for name in SECONDS for value in ("30", True)),
        ({"autoclose": 1}, TypeError, "autoclose must be True or False, not int"),
        ({"autoping": None}, TypeError, "autoping must be True or False, not NoneType"),
        ({"vendor_options": [("a", 1)]}, TypeError, "vendor_options must be a mapping, not list"),
        ({"ssl_context": True}, TypeError, "ssl_context must be an ssl.SSLContext, not bool"),
        ({"proxy": True}, TypeError, "proxy must be a URL"),
        *(
            ({"proxy": proxy}, ValueError, "proxy must be a URL like")
            for proxy in (
                f"ftp://u:{SECRET}@h",
                f"u:{SECRET}@h:80",
                f"http://{SECRET}@h",
                "http://",
                f"http://h/{SECRET}",
                f"http://h?{SECRET}",
                f"http://h#{SECRET}",
                f"http://h:99999999/{SECRET}",
                f"http://h:0/{SECRET}",
                f"http://[{SECRET}",
                f"http://h\r\n{SECRET}",
                f"http://h {SECRET}",
            )
        ),
    ],
    ids=repr,
)
def test_what_is_refused_names_the_option_and_the_remedy(bad, error, message):
    with pytest.raises(error, match=message) as caught:
        ConnectOptions(**bad)
    assert SECRET not in str(caught.value)


def test_a_misspelt_option_is_named_with_the_nearest():
    with pytest.raises(TypeError, match="unknown option 'heartbeet'; did you mean 'heartbeat'\\?"):
        ConnectOptions.from_mapping({"heartbeet": 1})
    with pytest.raises(TypeError, match="unknown option 'zzz'; known are headers, compression"):
        ConnectOptions.from_mapping({}, zzz=1)
    with pytest.raises(TypeError, match="unknown option 3"):
        ConnectOptions.from_mapping({3: 1})


def test_own_options_join_the_mapping_but_not_twice():
    options = ConnectOptions.from_mapping({"heartbeat": 5}, headers=(("a", "b"),))
    assert (options.heartbeat, options.headers) == (5, (("a", "b"),))
    with pytest.raises(TypeError, match="option 'headers' is given twice"):
        ConnectOptions.from_mapping({"headers": ()}, headers=())


def test_repr_shows_no_secret():
    options = ConnectOptions(headers=(("api-key", SECRET),), proxy=f"http://u:{SECRET}@h", vendor_options={"password": SECRET})
    assert SECRET not in repr(options)
    assert "heartbeat=30.0" in repr(options)


def test_options_do_not_change():
    with pytest.raises(AttributeError):
        ConnectOptions().heartbeat = 1
