"""Before the session: addresses, paths, keys; and after it: closing."""

import asyncio
import json
import socket
import ssl
import urllib.error
import urllib.request
from http import HTTPStatus

import anyio
import pytest
import trustme
import websockets
from emulator.support_server import PATIENCE_S, QUERY, check_order, client
from emulator.test_server_turns import PCM16, speech

from voicelive.emulator import BadPort, EmulatorError, PortTaken, serve
from voicelive.emulator._handshake import Admission, Rejection, admit

pytestmark = pytest.mark.anyio

ADMITTED = [
    ("/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime", Admission("gpt-realtime", None, "2025-10-01")),
    ("/some/base/voice-live/realtime?api-version=2026-07-15&model=m", Admission("m", None, "2026-07-15")),
    ("/voice-live/realtime/?api-version=2025-05-01-preview&model=m", Admission("m", None, "2025-05-01-preview")),
    ("/voice-agent/realtime?api-version=2025-10-01&model=m", Admission("m", None, "2025-10-01")),
    ("/openai/realtime?api-version=2024-10-01-preview&deployment=d", Admission("d", None, "2024-10-01-preview")),
    ("/voice-live/realtime?api-version=2025-10-01&agent-name=a&agent-project-name=p", Admission("agent", "a", "2025-10-01")),
    ("/voice-live/realtime?api-version=2025-10-01&agent_id=a&project_id=p", Admission("agent", "a", "2025-10-01")),
    ("/voice-live/realtime?api-version=2025-10-01&profile=byom-azure-openai-realtime", Admission("agent", None, "2025-10-01")),
]


@pytest.mark.parametrize(("target", "expected"), ADMITTED)
async def test_paths_and_queries_that_open_a_session(target, expected):
    assert admit(target, {}, None) == expected


@pytest.mark.parametrize(
    ("target", "status", "fix"),
    [
        ("/", 404, "/voice-live/realtime"),
        ("/voice-live/realtimes?api-version=2025-10-01&model=m", 404, "/voice-live/realtime"),
        ("/voice-live/realtime?model=m", 400, "api-version=2025-10-01"),
        ("/voice-live/realtime?api-version=v1&model=m", 400, "dated"),
        ("/voice-live/realtime?api-version=2025-10-01", 400, "model=gpt-realtime"),
        ("/voice-live/realtime?api-version=2025-10-01&model=", 400, "agent-name="),
    ],
)
async def test_what_opens_none_is_told_the_fix(target, status, fix):
    rejection = admit(target, {}, None)
    assert isinstance(rejection, Rejection)
    assert rejection.status == status
    assert fix in json.loads(rejection.body)["error"]["message"]


@pytest.mark.parametrize(
    ("query", "headers", "known"),
    [
        ("", {"api-key": "secret"}, True),
        ("", {"Authorization": "Bearer secret"}, True),
        ("&api-key=secret", {}, True),
        ("&Authorization=Bearer%20secret", {}, True),
        ("", {}, False),
        ("", {"api-key": "Secret"}, False),
        ("", {"Authorization": "Bearer"}, False),
        ("&api-key=", {}, False),
    ],
)
async def test_a_key_is_asked_for_only_when_there_is_one(query, headers, known):
    target = f"{QUERY}{query}"
    judged = admit(target, headers, "secret")
    assert isinstance(judged, Admission) is known
    assert isinstance(admit(target, headers, None), Admission)
    if not known:
        assert judged.status == HTTPStatus.UNAUTHORIZED
        assert b"secret" not in judged.body


def get(url, headers=None):
    try:
        request = urllib.request.Request(url, headers=headers or {})  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - as above
            return response.status, response.headers["Content-Type"], response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


async def test_http_answers_over_a_socket():
    async with serve(api_key="k", recogniser=None) as server:
        assert await asyncio.to_thread(get, f"{server.url}/healthz") == (200, "text/plain", b"ok\n")
        for path, status in (("/nothing", 404), (QUERY, 401), (f"{QUERY}&api-key=k", 426)):
            answer = await asyncio.to_thread(get, server.url + path)
            assert answer[0] == status
        status, kind, body = await asyncio.to_thread(get, server.url + QUERY)
        assert kind == "application/json"
        assert json.loads(body)["error"]["code"] == "401"


async def test_a_wrong_key_is_refused_before_the_websocket_opens():
    async with serve(api_key="right", recogniser=None) as server:
        url = server.url.replace("http", "ws") + QUERY
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(url, additional_headers={"api-key": "wrong"}, proxy=None)
        assert refused.value.response.status_code == 401
        async with client(server, additional_headers={"API-KEY": "right"}):
            assert len(server.sessions) == 1
        assert "right" not in repr(server)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", 101),
        ("http://app.localhost", 101),
        ("http://127.0.0.1:8000", 101),
        ("http://[::1]:8000", 101),
        ("https://strange.example", 403),
        ("https://localhost.strange.example", 403),
        ("http://192.0.2.1", 403),
        ("null", 403),
        ("http://[", 403),
    ],
)
async def test_a_web_page_from_elsewhere_is_refused_without_a_key(origin, status):
    async with serve(recogniser=None) as server, serve(api_key="k", recogniser=None) as locked:
        async with client(locked, additional_headers={"api-key": "k", "Origin": origin}):
            assert len(locked.sessions) == 1
        if status == 101:
            async with client(server, additional_headers={"Origin": origin}):
                assert len(server.sessions) == 1
            return
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(server.url.replace("http", "ws") + QUERY, additional_headers={"Origin": origin}, proxy=None)
        assert refused.value.response.status_code == status
        assert "API key" in json.loads(refused.value.response.body)["error"]["message"]


@pytest.mark.parametrize("origins", [["http://localhost", "https://strange.example"], ["http://localhost", "http://localhost"], [""]])
async def test_a_web_page_says_once_where_it_is_from(origins):
    async with serve(recogniser=None) as server:
        headers = [("Origin", origin) for origin in origins]
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(server.url.replace("http", "ws") + QUERY, additional_headers=headers, proxy=None)
        assert refused.value.response.status_code == 403
        assert "from several places, or none, may not" in json.loads(refused.value.response.body)["error"]["message"]


@pytest.mark.parametrize(("host", "status"), [("192.0.2.1:8080", 426), ("192.0.2.2:8080", 403), ("strange.example", 403)])
async def test_a_web_page_from_this_machines_other_address_may_come_in(host, status):
    async with serve(recogniser=None) as server:
        headers = {"Origin": "http://192.0.2.1:3000", "Host": host}
        assert (await asyncio.to_thread(get, server.url + QUERY, headers))[0] == status


async def test_sessions_run_side_by_side_and_share_nothing():
    other = QUERY.replace("gpt-realtime", "gpt-4o")
    async with serve(recogniser=None, pace=None) as server, client(server) as one, client(server, query=other) as two:
        assert {session.model for session in server.sessions} == {"gpt-realtime", "gpt-4o"}
        assert one.events[0]["session"]["id"] != two.events[0]["session"]["id"]
        await one.update(instructions="only one")
        assert (await two.update())["instructions"] == ""
        assert [session.settings["instructions"] for session in server.sessions] == ["only one", ""]
    assert server.sessions == ()


async def test_a_taken_port_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} of 127.0.0.1 is taken"):
            async with serve(port=port, recogniser=None):
                pass


@pytest.mark.parametrize("port", [-1, 65_536, 100_000])
async def test_a_port_out_of_range_is_named(port):
    with pytest.raises(BadPort, match=f"port {port} is no port number"):
        async with serve(port=port, recogniser=None):
            pass


async def test_an_address_that_is_not_here_is_named():
    with pytest.raises(EmulatorError, match=r"cannot listen on 203\.0\.113\.1:"):
        async with serve(host="203.0.113.1", recogniser=None):
            pass


async def test_ipv6_and_any_address_give_urls_that_can_be_opened():
    async with serve("0.0.0.0", recogniser=None) as server:  # noqa: S104 - only for this test
        assert server.url == f"http://127.0.0.1:{server.port}"
        async with client(server):
            pass
    async with serve("::1", recogniser=None) as server:
        assert server.url == f"http://[::1]:{server.port}"
        async with client(server):
            pass


async def test_tls():
    authority = trustme.CA()
    serving, trusting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(serving)
    authority.configure_trust(trusting)
    async with serve("localhost", ssl_context=serving, recogniser=None) as server:
        assert server.url.startswith("https://localhost:")
        async with client(server, ssl=trusting):
            pass


async def test_closing_the_server_closes_sessions_with_1001_and_leaves_no_task():
    before = asyncio.all_tasks()
    async with serve(recogniser=None) as server:
        websocket = await websockets.connect(server.url.replace("http", "ws") + QUERY, proxy=None)
        await websocket.recv()
        await websocket.send(json.dumps({"type": "response.create"}))
        await websocket.recv()
    await websocket.wait_closed()
    assert websocket.close_code == 1001
    assert asyncio.all_tasks() == before
    assert server.sessions == ()


async def test_a_client_that_vanishes_ends_its_session_only():
    async with serve(recogniser=None) as server, client(server) as stays:
        websocket = await websockets.connect(server.url.replace("http", "ws") + QUERY, proxy=None)
        await websocket.recv()
        websocket.transport.abort()
        with anyio.fail_after(PATIENCE_S):
            while len(server.sessions) > 1:  # noqa: ASYNC110 - the server has no event for it
                await asyncio.sleep(0.01)
        await stays.settle()


async def test_a_session_ends_at_its_longest_duration():
    async with serve(session_limit_s=0.2, recogniser=None) as server:
        websocket = await websockets.connect(server.url.replace("http", "ws") + QUERY, proxy=None)
        events = [json.loads(frame) async for frame in websocket]
        assert [event["type"] for event in events] == ["session.created", "error"]
        assert events[-1]["error"]["code"] == "session_expired"
        assert (websocket.close_code, websocket.close_reason) == (1001, "session_expired")
        check_order(events)


async def test_an_unknown_pace_is_refused():
    with pytest.raises(ValueError, match="pace is 'fast'"):
        async with serve(pace="fast", recogniser=None):
            pass


class Fault(BaseException):
    """Nothing that an engine may raise."""


async def test_a_fault_of_the_server_closes_the_session_with_1011_and_is_logged(caplog):
    async def responder(_turn):
        raise Fault

    async with serve(responder=responder, recogniser=None) as server:
        websocket = await websockets.connect(server.url.replace("http", "ws") + QUERY, proxy=None)
        await websocket.send(json.dumps({"type": "response.create"}))
        await websocket.wait_closed()
        assert websocket.close_code == 1011
        assert "Fault" in caplog.text


async def test_many_sessions_talk_at_once():
    async with serve(pace=None) as server:

        async def talk():
            async with client(server) as one:
                await one.append(PCM16.encode(speech("What time is it?")))
                return (await one.until("response.done"))["response"]["status"]

        assert await asyncio.gather(*(talk() for _ in range(4))) == ["completed"] * 4


@pytest.mark.parametrize(("options", "agreed"), [({}, False), ({"compression": False}, False), ({"compression": True}, True)])
async def test_compression_is_agreed_on_when_offered(options, agreed):
    """Not on loopback, unless it is asked for."""
    async with serve(recogniser=None, **options) as server:
        async with client(server, compression="deflate") as one:
            assert one.websocket.response.headers.get("Sec-WebSocket-Extensions", "").startswith("permessage-deflate") is agreed
        async with client(server, compression=None) as one:
            assert "Sec-WebSocket-Extensions" not in one.websocket.response.headers


async def test_the_status_page_shows_the_open_sessions():
    def read(url):
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 - http on loopback
            return answer.read().decode()

    async def page(server):
        return await asyncio.to_thread(read, server.url)

    async with serve(recogniser=None, pace=None) as server:
        assert "0 sessions open" in await page(server)
        async with client(server, query=QUERY.replace("gpt-realtime", "%3Cb%3E")) as one:
            await one.ask("What is two plus three?")
            shown = await page(server)
            assert "1 session open" in shown
            assert one.events[0]["session"]["id"] in shown
            assert "<td>&lt;b&gt;</td>" in shown
            assert "<td>2</td>" in shown
            sent_s = float(shown.rpartition(" s</td>")[0].rpartition("<td>")[2])
            assert sent_s > 0.5
