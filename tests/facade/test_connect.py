"""``connect()``: arguments judged at once, what the service sees, how connecting fails, how the context ends."""

import asyncio
import logging
import re
import socket
import ssl
import traceback
from http import HTTPStatus

import anyio
import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential

import voicelive.sync
from voicelive import (
    ConnectFailed,
    ConnectionClosed,
    ConnectTimeout,
    HandshakeRejected,
    InvalidEvent,
    Observer,
    VoiceLiveConnection,
    connect,
)
from voicelive._endpoint import user_agent
from voicelive_proto import SERVER, Connection
from voicelive_transports import ConnectOptions, memory_pair

from .local_service import CREATED, KEY, connect_to, local_service, run

BOTH = pytest.mark.parametrize("backend", ["asyncio", "trio"])
URL = "https://h.services.ai.azure.com"
TLS = ssl.create_default_context()


# -- arguments


def test_a_context_that_is_entered_in_another_way_says_how_it_is_meant():
    context = connect_to("https://h")

    async def awaited():
        await context

    with pytest.raises(TypeError, match=r"use: async with connect\("):
        asyncio.run(awaited())
    with pytest.raises(TypeError, match=r"async with connect.*voicelive\.sync\.connect\(\)"), context:
        pass


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": None}, ValueError, r"pass model='gpt-realtime', or agent_name= and project_name="),
        ({"model": ""}, ValueError, r"pass model='gpt-realtime'"),
        ({"model": 7}, TypeError, "model must be a str, not int"),
        ({"model": "a\r\nb"}, ValueError, "model holds a control character"),
        ({"model": None, "agent_name": "a"}, ValueError, "project_name is missing"),
        ({"endpoint": "h.services.ai.azure.com"}, ValueError, "has no scheme"),
        ({"endpoint": None}, TypeError, "endpoint must be a str"),
        ({"endpoint": "http://example.com"}, ValueError, "allow_insecure=True"),
        ({"api_version": ""}, ValueError, "api_version is empty; leave it out for the default"),
        ({"api_version": 2025}, TypeError, "api_version must be a str"),
        ({"credential": 7}, TypeError, "credential must be"),
        ({"credential": "key"}, TypeError, r"AzureKeyCredential\(key\)"),
        ({"credential_scopes": []}, ValueError, "credential_scopes is empty"),
        ({"query": {"a": None}}, TypeError, "query value of 'a'"),
        ({"query": {"a": "x\r\ny"}}, ValueError, "control character"),
        ({"headers": {"X-A": "x\r\nY: z"}}, ValueError, "control character"),
        ({"headers": {"X A": "x"}}, ValueError, "header name 'X A'"),
        ({"headers": {"Host": "x"}}, ValueError, "set by the WebSocket handshake"),
        ({"connection_options": {"heartbeet": 3}}, TypeError, "unknown option 'heartbeet'; did you mean 'heartbeat'"),
        ({"connection_options": {"heartbeat": -1}}, ValueError, "heartbeat must be"),
        ({"connection_options": [("heartbeat", 3)]}, TypeError, "connection_options must be a mapping such as .*, not list"),
        ({"connection_options": {"headers": ()}}, TypeError, "'headers' is given twice"),
        ({"transport": "pigeon"}, ValueError, "unknown transport 'pigeon'; known are 'auto', 'picows', .*'websockets'"),
        ({"transport": 7}, TypeError, "transport must be the name of an adapter or a function that opens one, not int"),
        ({"credential_scopes": 7}, TypeError, "credential_scopes must be a str or a list of str, not int"),
        ({"observers": Observer()}, TypeError, r"observers must be a list of them: observers=\[Observer\(...\)\]"),
        ({"modell": "m"}, TypeError, r"connect\(\) got an unknown argument 'modell'; did you mean 'model'\?"),
        ({"agentname": "m"}, TypeError, r"'agentname'; did you mean 'agent_name'\?"),
        ({"xyzzy": 1}, TypeError, "unknown argument 'xyzzy'; known are credential, endpoint, api_version, model, .*observers$"),
    ],
)
def test_arguments_are_judged_before_anything_is_awaited(arguments, error, message):
    with pytest.raises(error, match=message):
        connect_to(URL, **arguments)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"timeout": 20}, {"close_timeout": 20}),
        ({"timeout": 20, "close_timeout": 5}, {"close_timeout": 5}),
        ({"vendor_options": {"ssl": TLS}}, {"ssl_context": TLS, "vendor_options": {}}),
        ({"vendor_options": {"ssl": True, "a": 1}}, {"vendor_options": {"a": 1}}),
        ({"vendor_options": {"ssl": False}}, {"vendor_options": {"ssl": False}}),
        ({"vendor_options": {"ssl": TLS}, "ssl_context": None}, {"vendor_options": {"ssl": TLS}}),
    ],
)
def test_options_as_programs_for_the_official_sdk_name_them(given, taken):
    async def main():
        opener, calls, _ = own_transport()
        async with connect_to("wss://h", transport=opener, connection_options=given):
            pass
        ((_, options),) = calls
        assert options == ConnectOptions(headers=options.headers, **taken)

    run(main)


def test_a_context_is_no_connection():
    for context in (connect_to(URL), voicelive.sync.connect(credential=AzureKeyCredential(KEY), endpoint=URL, model="m")):
        with pytest.raises(AttributeError, match=r"no attribute 'session'; it is no connection yet: (async )?with connect\("):
            _ = context.session
        assert not hasattr(context, "_nothing")


def test_arguments_are_keywords():
    with pytest.raises(TypeError, match="positional"):
        connect(AzureKeyCredential(KEY), URL)
    with pytest.raises(TypeError, match="'credential'"):
        connect(endpoint=URL, model="m")


@pytest.mark.parametrize("name", ["model", "agent-id", "agent_id", "agent-name", "profile"])
def test_a_model_or_agent_in_the_query_counts(name):
    connect_to(URL, model=None, query={name: "x"})
    connect_to(f"{URL}?{name}=x", model=None)
    with pytest.raises(ValueError, match="model or an agent"):
        connect_to(f"{URL}?{name}=", model=None)


# -- what the service sees


def test_the_service_sees_url_and_headers():
    async def main():
        async with local_service() as service:
            arguments = {"query": {"trafficType": "test"}, "headers": {"X-Trace": 7}, "api_version": "2026-07-15"}
            async with connect_to(f"{service.url}/base?x=1", **arguments) as connection:
                assert isinstance(connection, VoiceLiveConnection)
                assert await connection.recv() == CREATED
            peer, _ = await service.finished()
        assert peer.request.path.startswith("/base/voice-live/realtime?api-version=2026-07-15&x-ms-client-sdk=")
        assert peer.query == {
            "api-version": "2026-07-15",
            "x-ms-client-sdk": user_agent(),
            "model": "gpt-realtime",
            "trafficType": "test",
            "x": "1",
        }
        headers = peer.request.headers
        assert headers.get_all("api-key") == [KEY]
        assert headers.get_all("User-Agent") == [user_agent()]
        assert headers["X-Trace"] == "7"
        assert "Authorization" not in headers
        assert KEY not in peer.request.path

    run(main)


def test_the_documented_defaults_and_an_agent():
    async def main():
        async with local_service() as service:
            async with connect_to(service.url, model=None, agent_name="harbour", project_name="p 1"):
                pass
            peer, _ = await service.finished()
        assert peer.query["api-version"] == "2025-10-01"
        assert peer.request.path.endswith("&agent-name=harbour&agent-project-name=p+1")

    run(main)


def test_a_callers_headers_win_in_any_letter_case():
    async def main():
        async with local_service() as service:
            async with connect_to(service.url, headers={"API-KEY": "other", "user-agent": "mine"}):
                pass
            peer, _ = await service.finished()
        assert peer.request.headers.get_all("api-key") == ["other"]
        assert peer.request.headers.get_all("User-Agent") == ["mine"]

    run(main)


class Tokens:
    def __init__(self):
        self.scopes = []

    async def get_token(self, *scopes):
        self.scopes.append(scopes)
        return AccessToken(f"token-{len(self.scopes)}", 4102444800)


class SyncTokens(Tokens):
    def get_token(self, *scopes):
        self.scopes.append(scopes)
        return AccessToken(f"token-{len(self.scopes)}", 4102444800)


@pytest.mark.parametrize("kind", [Tokens, SyncTokens])
def test_a_token_is_fetched_for_each_connection(kind):
    async def main():
        credential = kind()
        async with local_service() as service:
            for scopes in (None, "own", ["one", "two"]):
                async with connect_to(service.url, credential=credential, credential_scopes=scopes):
                    pass
            peers = [(await service.finished())[0] for _ in range(3)]
        assert credential.scopes == [("https://ai.azure.com/.default",), ("own",), ("one", "two")]
        assert [peer.request.headers["Authorization"] for peer in peers] == ["Bearer token-1", "Bearer token-2", "Bearer token-3"]
        assert all("api-key" not in peer.request.headers for peer in peers)

    run(main)


# -- how connecting fails


@pytest.mark.parametrize(("status", "hint"), [(401, "key or token"), (403, "role"), (404, "host and path"), (429, "wait"), (500, "")])
def test_a_refused_handshake_says_status_and_hint(status, hint):
    async def main():
        def refuse(connection, _request):
            return connection.respond(HTTPStatus(status), "no")

        async with local_service(process_request=refuse) as service:
            with pytest.raises(HandshakeRejected, match=f"HTTP {status} .*{hint}") as caught:
                async with connect_to(service.url):
                    pytest.fail("entered")
        assert caught.value.status == status
        assert ("Content-Length", "2") in caught.value.headers

    run(main)


def test_a_redirect_is_refused_before_credentials_travel():
    async def main():
        async with local_service() as elsewhere:

            def redirect(connection, _request):
                response = connection.respond(HTTPStatus.FOUND, "")
                response.headers["Location"] = f"ws://127.0.0.1:{elsewhere.port}/"
                return response

            async with local_service(process_request=redirect) as service:
                with pytest.raises(HandshakeRejected, match=r"HTTP 302 .*redirects are refused") as caught:
                    async with connect_to(service.url):
                        pytest.fail("entered")
            assert caught.value.status == 302
            assert elsewhere.peers == []

    run(main)


def test_nobody_listens():
    async def main():
        async with local_service() as service:
            url = service.url
        with pytest.raises(ConnectFailed, match=re.escape("can't connect to ws://127.0.0.1:")):
            async with connect_to(url):
                pytest.fail("entered")

    run(main)


def test_nobody_answers():
    async def main():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            with pytest.raises(ConnectTimeout, match="handshake_timeout") as caught:
                async with connect_to(f"ws://127.0.0.1:{port}", connection_options={"handshake_timeout": 0.05}):
                    pytest.fail("entered")
        assert isinstance(caught.value, TimeoutError)

    run(main)


def test_what_a_credential_raises_arrives_unchanged_and_nothing_is_sent():
    class IdentityError(Exception):
        pass

    class Failing:
        async def get_token(self, *_scopes):
            raise IdentityError

    async def main():
        async with local_service() as service:
            with pytest.raises(IdentityError):
                async with connect_to(service.url, credential=Failing()):
                    pytest.fail("entered")
            assert service.peers == []

    run(main)


# -- the context


def own_transport():
    """An opener that joins a memory pair; gives it, what it was called with, and the far sides."""
    calls, peers = [], []

    async def open_pair(url, options):
        ours, theirs = memory_pair()
        calls.append((url, options))
        peers.append(theirs)
        return ours

    return open_pair, calls, peers


@BOTH
def test_a_transport_of_ones_own(backend):
    async def main():
        opener, calls, peers = own_transport()
        async with connect_to("wss://h", transport=opener, connection_options={"heartbeat": 7}) as connection:
            await peers[0].send(Connection(SERVER).send(CREATED))
            assert await connection.recv() == CREATED
        assert peers[0].close_code == 1000
        ((url, options),) = calls
        assert url.startswith("wss://h/voice-live/realtime?api-version=2025-10-01&")
        assert isinstance(options, ConnectOptions)
        assert options.heartbeat == 7
        assert options.headers == (("api-key", KEY), ("User-Agent", user_agent()))

    run(main, backend=backend)


def test_a_key_is_read_when_the_connection_opens():
    async def main():
        opener, calls, _ = own_transport()
        credential = AzureKeyCredential("old")
        context = connect_to("wss://h", credential=credential, transport=opener)
        credential.update("new")
        async with context:
            pass
        assert calls[0][1].headers[0] == ("api-key", "new")

    run(main)


def test_a_context_is_entered_once():
    async def main():
        opener, _, _ = own_transport()
        context = connect_to("wss://h", transport=opener)
        async with context:
            pass
        with pytest.raises(RuntimeError, match=r"call connect\(\) for each connection"):
            async with context:
                pytest.fail("entered")

    run(main)


def test_leaving_closes_with_1000():
    async def main():
        async with local_service() as service:
            async with connect_to(service.url) as connection:
                pass
            _, arrived = await service.finished()
        assert arrived == (1000, "")
        assert connection.close_code == 1000
        with pytest.raises(ConnectionClosed):
            await connection.recv()

    run(main)


@BOTH
def test_an_exception_passes_through_and_the_connection_is_closed(backend):
    async def main():
        opener, _, peers = own_transport()
        with pytest.raises(ZeroDivisionError):
            async with connect_to("wss://h", transport=opener):
                raise ZeroDivisionError
        assert peers[0].close_code == 1000

    run(main, backend=backend)


@BOTH
def test_a_cancellation_passes_through_and_the_connection_is_closed(backend):
    async def main():
        opener, _, peers = own_transport()
        with anyio.CancelScope() as scope:
            async with connect_to("wss://h", transport=opener) as connection:
                scope.cancel()
                await connection.recv()
        assert scope.cancelled_caught
        assert peers[0].close_code == 1000

    run(main, backend=backend)


def test_the_service_hears_of_the_end_even_when_a_cancellation_brings_it():
    async def main():
        async with local_service() as service:
            with anyio.CancelScope() as scope:
                async with connect_to(service.url) as connection:
                    await connection.recv()
                    scope.cancel()
                    await connection.recv()
            _, arrived = await service.finished()
        assert arrived == (1000, "")

    run(main)


def test_a_cancelled_task_of_asyncio_closes_too():
    async def main():
        async with local_service() as service:
            entered = asyncio.Event()

            async def converse():
                async with connect_to(service.url) as connection:
                    entered.set()
                    await all_events(connection)

            task = asyncio.create_task(converse())
            await entered.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            _, arrived = await service.finished()
        assert arrived == (1000, "")

    run(main)


async def all_events(connection):
    return [event async for event in connection]


def test_a_service_that_does_not_answer_the_close_delays_a_failing_block_only_shortly(monkeypatch):
    """The peer reads nothing: without a bound the close would wait for close_timeout, here without end."""
    monkeypatch.setattr("voicelive._scheduling.FAREWELL_S", 0.01)

    class Silent:
        close_code = close_reason = None
        info = memory_pair()[0].info
        dropped = False

        async def aclose(self, *_):
            try:
                await anyio.sleep_forever()
            finally:
                self.dropped = True
                self.close_code, self.close_reason = 1006, "lost"

    async def main():
        transport = Silent()

        async def open_silent(*_):
            return transport

        with pytest.raises(ZeroDivisionError):
            async with connect_to("wss://h", transport=open_silent):
                raise ZeroDivisionError
        assert transport.dropped

    run(main)


# -- secrets


def everything_shown(error):
    """All that a traceback or a log line shows of an error and its causes, and a debugger of the error."""
    return f"{''.join(traceback.format_exception(error))} {error!r} {error.__cause__!r} {error.args} {error.exc_msg}"


def test_the_key_is_never_shown(caplog):
    shown = []

    async def main():
        def refuse(connection, _request):
            return connection.respond(HTTPStatus.UNAUTHORIZED, f"bad key {KEY}")

        async with local_service() as service:
            context = connect_to(service.url, query={"code": KEY}, headers={"X-Own": KEY})
            shown.extend((repr(context), str(context)))
            async with context as connection:
                shown.extend((repr(connection), repr(connection.transport_info), repr(vars(connection))))
                with pytest.raises(InvalidEvent) as caught:
                    await connection.send({"type": 7})
                shown.append(everything_shown(caught.value))
            with pytest.raises(ConnectionClosed) as caught:
                await connection.recv()
            shown.append(everything_shown(caught.value))
        async with local_service(process_request=refuse) as service:
            with pytest.raises(HandshakeRejected) as caught:
                await connect_to(service.url, query={"code": KEY}).__aenter__()
            shown.append(everything_shown(caught.value))
        with pytest.raises(ConnectFailed) as caught:
            await connect_to(service.url, query={"code": KEY}).__aenter__()
        shown.append(everything_shown(caught.value))

    with caplog.at_level(logging.DEBUG):
        logging.getLogger("websockets.server").setLevel(logging.INFO)
        run(main)
    assert "connected to ws://127.0.0.1" in caplog.text
    assert "closed with code 1000" in caplog.text
    assert KEY not in caplog.text
    assert KEY not in "".join(shown)
