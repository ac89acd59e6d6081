"""The server's settings as a file: what it may say, and what is said of what it may not."""

import inspect
import re
import sys
from pathlib import Path

import pytest

from voicelive.emulator import BadConfig, McpTool, ServerLimits, ServerSettings, serve
from voicelive.emulator.config import SettingsFile, line_of
from voicelive.emulator.engines import GROUPS, known
from voicelive.emulator.engines._options import checked, parameters_of
from voicelive.emulator.engines._registry import _factory, _is_responder

ROOT = Path(__file__).parents[2]

FULL = """
host = "0.0.0.0"
port = 0
api_key = "secret"
tls = true
tls_cert = "cert.pem"
tls_key = "key.pem"
vad = "webrtc"
recogniser = "none"
pace = "none"
mcp_calls_end = "in_response"
session_limit_s = 60
tokens_per_minute = 1000
compression = true

[limits]
max_sessions = 10

[responder]
engine = "built-in"

[voice]
engine = "espeak"

[mcp]
math = "my_config_tools:TOOLS"
"""
WRONG = [
    ("host = ", "is no TOML: Invalid value (at"),
    ('\n\nprot = 1\nhost = "x"', ":3: there is no setting 'prot'; did you mean 'port'?"),
    ("entirely = 1", ":1: there is no setting 'entirely'; there are: host, port, "),
    ("\nport = 70000", ":2: port: Expected `int` <= 65535"),
    ('# first\nport = "http"', ":2: port: Expected `int`, got `str`"),
    ('pace = "quick"', ":1: pace: it can be 'lead' or 'none', not 'quick'"),
    ('mcp_calls_end = "never"', ":1: mcp_calls_end: it can be 'after_response' or 'in_response', not 'never'"),
    ("session_limit_s = 0", ":1: session_limit_s: Expected `float` > 0.0"),
    ("[limits]\nmax_sesions = 1", ":2: there is no setting 'max_sesions'; did you mean 'max_sessions'?"),
    ("[limits]\nmax_items = 0", ":1: limits: "),
    ("[mcp]\nmath = 1", ":1: mcp: Expected `str`, got `int`"),
    ("\n[limits]\nmax_sessions = 0", ":2: limits: max_sessions is 0; it must be above 0"),
    ("voice = 1", ":1: voice: Expected `str | object`, got `int`"),
]


def written(folder, text):
    path = folder / "server.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_that_serve_takes_can_be_said(tmp_path, monkeypatch):
    (tmp_path / "my_config_tools.py").write_text("from voicelive.emulator import McpTool\nTOOLS = [McpTool('add', sum)]\nNONE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    settings = SettingsFile(written(tmp_path, FULL)).settings
    options = settings.options()
    assert options["mcp"] == {"math": [McpTool("add", sum)]}
    assert (options["host"], options["port"], options["api_key"]) == ("0.0.0.0", 0, "secret")  # noqa: S104 - a value
    assert (options["voice"], options["recogniser"], options["pace"]) == ({"engine": "espeak"}, "none", None)
    assert options["mcp_calls_end"] == "in_response"
    assert (options["compression"], options["limits"]) == (True, ServerLimits(max_sessions=10))
    assert (settings.tls, settings.tls_cert, settings.tls_key) == (True, "cert.pem", "key.pem")
    parameters = set(inspect.signature(serve).parameters)
    assert parameters - set(options) == {"ssl_context", "between"}, "every other option of serve must be in ServerSettings"
    assert set(options) <= parameters
    sys.modules.pop("my_config_tools")


def test_what_is_not_said_is_as_serve_has_it():
    options = ServerSettings().options()
    usual = {name: each.default for name, each in inspect.signature(serve).parameters.items()}
    assert options.pop("mcp") == {}
    assert options.pop("port") == 8765
    assert options == {name: usual[name] for name in options}


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_what_cannot_be_is_named_with_its_line(text, problem, tmp_path):
    path = written(tmp_path, text)
    with pytest.raises(BadConfig) as wrong:
        SettingsFile(path)
    assert str(wrong.value).startswith(f"{path}")
    assert problem in str(wrong.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(BadConfig, match=r"nowhere\.toml cannot be read: No such file"):
        SettingsFile(tmp_path / "nowhere.toml")
    (tmp_path / "latin.toml").write_bytes(b'host = "\xe6"')
    with pytest.raises(BadConfig, match=r"latin\.toml is no TOML: it is not UTF-8"):
        SettingsFile(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("reference", "problem"),
    [("nowhere:TOOLS", "mcp.math: 'nowhere:TOOLS' cannot be imported: No module named"), ("sys:path_hooks_", "cannot be imported")],
)
def test_tools_that_are_not_there(reference, problem):
    with pytest.raises(BadConfig, match=problem):
        ServerSettings(mcp={"math": reference}).options()


def test_tools_that_are_none():
    with pytest.raises(BadConfig, match=r"mcp\.math: 'sys:version' is a str; it must be a list of McpTool"):
        ServerSettings(mcp={"math": "sys:version"}).options()


def test_a_key_is_in_no_repr():
    assert "secret" not in repr(ServerSettings(api_key="secret", voice={"engine": "x", "api_key": "secret"}))
    assert "secret" not in str(list(ServerSettings(api_key="secret").__rich_repr__()))


TEXT = """
a = 1
# [b]
[b] # a table
"c" = 2
d.e = 3
[[f.g]]
h = [
  "i = 4",
]
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [(["a"], 2), (["b"], 4), (["b", "c"], 5), (["b", "d", "e"], 6), (["b", "x"], 4), (["f", "g", "h"], 8), (["x"], None), ([], None)],
)
def test_where_a_key_stands(keys, line):
    assert line_of(TEXT, keys) == line


def test_a_key_that_is_nowhere_is_in_the_file(tmp_path):
    path = written(tmp_path, "port = 1\n")
    file = SettingsFile(path)
    assert (file.place("port"), file.place("host")) == (f"{path}:1", str(path))


DOCUMENTED = re.findall(
    r"^```toml\n(.*?)^```$", (ROOT / "docs" / "how-to" / "engines.md").read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize("text", [text for text in DOCUMENTED if "entry-points" not in text])
def test_the_files_of_the_documentation_are_right(text, tmp_path):
    settings = SettingsFile(written(tmp_path, text)).settings
    for kind in ("responder", "voice", "recogniser"):
        choice = getattr(settings, kind)
        if isinstance(choice, dict):
            options = {name: value for name, value in choice.items() if name != "engine"}
            assert checked(_factory(kind, choice["engine"]), kind, choice["engine"], options).keys() == options.keys()


def test_the_table_of_the_documentation_has_every_engine_and_option():
    page = (ROOT / "docs" / "how-to" / "engines.md").read_text(encoding="utf-8")
    for kind in GROUPS:
        for name in known(kind):
            row = next(line for line in page.splitlines() if line.startswith("|") and f"`{name}`" in line)
            factory = _factory(kind, name)
            options = set() if _is_responder(kind, factory) else {*parameters_of(factory)}
            assert set(re.findall(r"`(\w+)`", row.rpartition(" | ")[2])) == options, name
