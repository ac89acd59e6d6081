"""How connecting fails, and what the errors say and don't say."""

import asyncio
import base64
import socket
import traceback

import pytest

from voicelive_transports import ConnectFailed, ConnectTimeout, HandshakeRejected

from .far_side import (
    accept_handshake,
    answering,
    hang_up,
    open_with,
    read_request,
    run,
    silence,
    tcp_server,
    tls_contexts,
    websocket_server,
)

SECRET = "S3CR3T"
KEY = (("api-key", SECRET), ("Authorization", f"Bearer {SECRET}"))


async def failure(adapter, url, **options):
    """Fail to connect, with credentials wherever they may be, and see that no text about it shows one."""
    with pytest.raises(ConnectFailed) as caught:
        await open_with(adapter, f"{url}?api-version=1&api-key={SECRET}", headers=KEY, **options)
    error = caught.value
    shown = f"{error} {error!r} {''.join(traceback.format_exception(error))}"
    assert SECRET not in shown
    assert error.url == url
    assert str(error).startswith(f"can't connect to {url}: ")
    return error


@pytest.mark.parametrize(
    ("status", "reason", "hint"),
    [
        (400, "Bad Request", "api-version"),
        (401, "Unauthorized", "key or token"),
        (403, "Forbidden", "role"),
        (404, "Not Found", "path"),
        (429, "Too Many Requests", "wait"),
        (500, "Internal Server Error", "Internal Server Error"),
        (200, "OK", "HTTP 200 OK"),
        (503, "", "HTTP 503"),
    ],
)
def test_a_refusal_has_status_headers_body_and_a_hint(adapter, status, reason, hint):
    async def main():
        talk = answering(f"{status} {reason}", "Retry-After: 7", f"X-Echo: {SECRET}", body=b"b" * 5000)
        async with tcp_server(talk) as port:
            error = await failure(adapter, f"ws://127.0.0.1:{port}/realtime")
        assert isinstance(error, HandshakeRejected)
        assert (error.status, error.reason) == (status, reason)
        assert ("Retry-After", "7") in error.headers
        assert error.body == b"b" * 2048
        assert f"HTTP {status}" in str(error)
        assert hint in str(error)

    run(main)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_nobody_else_is_asked(adapter, status):
    async def main():
        asked = []

        async def elsewhere(reader, _):
            asked.append(await read_request(reader))

        async with tcp_server(elsewhere) as other_port:
            location = f"Location: ws://127.0.0.1:{other_port}/?api-key={SECRET}"
            async with tcp_server(answering(f"{status} Moved", location)) as port:
                error = await failure(adapter, f"ws://127.0.0.1:{port}/")
        assert isinstance(error, HandshakeRejected)
        assert error.status == status
        assert "redirects are refused" in str(error)
        assert tuple(location.split(": ")) in error.headers
        assert asked == []

    run(main)


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "Connection header"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: S3CR3T\r\n\r\n",
            "Sec-WebSocket-Accept header",
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "valid HTTP response"),
        (b"", "valid HTTP response"),
    ],
)
def test_an_answer_that_is_no_handshake(adapter, answer, detail):
    async def main():
        async def talk(reader, writer):
            await read_request(reader)
            writer.write(answer)
            hang_up(writer)
            await reader.read()

        async with tcp_server(talk) as port:
            with pytest.raises(ConnectFailed, match=detail) as caught:
                await open_with(adapter, f"ws://127.0.0.1:{port}/")
            assert not isinstance(caught.value, HandshakeRejected)
            assert "S3CR3T" not in f"{caught.value} {caught.value!r}"

    run(main)


def test_a_connection_header_with_more_than_upgrade_is_taken_or_refused_in_words(adapter):
    async def main():
        async def talk(reader, writer):
            await accept_handshake(reader, writer, connection="keep-alive, Upgrade")
            await silence(reader, writer)

        async with tcp_server(talk) as port:
            opening = open_with(adapter, f"ws://127.0.0.1:{port}/", close_timeout=0.1)
            if adapter in ("aiohttp", "picows"):
                with pytest.raises(ConnectFailed, match=f"the {adapter} library takes no .* transport 'websockets' or 'anyio' takes this"):
                    await opening
            else:
                await (await opening).aclose()

    run(main)


@pytest.mark.parametrize(
    ("compression", "named"), [(None, "permessage-deflate"), (None, "x-own"), (True, "x-own"), (True, "permessage-deflate, x-own")]
)
def test_an_extension_that_was_not_asked_for_is_a_failed_connect(adapter, compression, named):
    if adapter == "picows" and compression:
        pytest.skip("has none")

    async def main():
        async def talk(reader, writer):
            await accept_handshake(reader, writer, extensions=named)
            await silence(reader, writer)

        async with tcp_server(talk) as port:
            with pytest.raises(ConnectFailed, match=r"(?i)extension"):
                await open_with(adapter, f"ws://127.0.0.1:{port}/", compression=compression)

    run(main)


def test_a_silent_server_is_a_timeout(adapter):
    async def main():
        async with tcp_server(silence) as port:
            error = await failure(adapter, f"ws://127.0.0.1:{port}/", handshake_timeout=0.05)
        assert isinstance(error, ConnectTimeout)
        assert error.timeout_s == 0.05
        assert "within 0.05 s (handshake_timeout)" in str(error)

    run(main)


def test_a_cancelled_connect_leaves_nothing_open(adapter):
    async def main():
        begun, ended = asyncio.Event(), asyncio.Event()

        async def talk(reader, _):
            await read_request(reader)
            begun.set()
            try:
                await reader.read()
            finally:
                ended.set()

        async with tcp_server(talk) as port:
            connecting = asyncio.create_task(open_with(adapter, f"ws://127.0.0.1:{port}/"))
            await begun.wait()
            connecting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await connecting
            await ended.wait()

    run(main)


def test_a_refused_port(adapter):
    async def main():
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            error = await failure(adapter, f"ws://127.0.0.1:{bound.getsockname()[1]}/")
        assert isinstance(error.__cause__, ConnectionRefusedError)

    run(main)


def test_a_name_that_does_not_exist(adapter):
    async def main():
        error = await failure(adapter, "wss://no-such-host.invalid/")
        assert isinstance(error.__cause__, socket.gaierror)

    run(main)


class Proxy:
    """A small HTTP proxy: answers CONNECT with ``status``, and if that is 200 carries bytes."""

    def __init__(self, status="200 OK"):
        self.status = status
        self.requests = []

    async def __call__(self, reader, writer):
        request = await read_request(reader)
        self.requests.append(request)
        writer.write(f"HTTP/1.1 {self.status}\r\n\r\n".encode())
        if not self.status.startswith("200"):
            return await writer.drain()
        host, port = request.split(" ")[1].split(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        try:
            await asyncio.gather(self.carry(reader, far_writer), self.carry(far_reader, writer))
        finally:
            far_writer.transport.abort()

    async def carry(self, reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        hang_up(writer)


@pytest.mark.parametrize("how", ["option", "environment", "none", "no environment"])
def test_a_proxy_is_used_when_asked_for(adapter, how, monkeypatch):
    async def main():
        proxy = Proxy()
        async with websocket_server(tls=True) as (url, accept), tcp_server(proxy) as proxy_port:
            address = f"http://user:{SECRET}@127.0.0.1:{proxy_port}"
            if how != "option":
                monkeypatch.setenv("https_proxy", address)
            option = {"option": address, "none": False}.get(how)
            if how == "no environment":
                monkeypatch.setenv("no_proxy", "localhost")
            transport = await open_with(adapter, url, headers=KEY, proxy=option, ssl_context=tls_contexts()[1])
            connection = await accept()
            await transport.send("through")
            assert await connection.recv() == "through"
            assert connection.request.headers["api-key"] == SECRET
            await transport.aclose()
        if how in ("none", "no environment"):
            assert proxy.requests == []
        else:
            (request,) = proxy.requests
            assert request.startswith(f"CONNECT {url.split('/')[2]} HTTP/1.1")
            assert f"Proxy-Authorization: Basic {base64.b64encode(f'user:{SECRET}'.encode()).decode()}" in request
            assert "api-key" not in request

    run(main)


def test_a_proxy_for_an_unencrypted_url_is_a_tunnel_or_refused(adapter):
    async def main():
        proxy = Proxy()
        async with websocket_server() as (url, accept), tcp_server(proxy) as proxy_port:
            opening = open_with(adapter, url, proxy=f"http://127.0.0.1:{proxy_port}")
            if adapter == "aiohttp":
                with pytest.raises(ValueError, match="proxy for ws:// can't be had with the aiohttp adapter"):
                    await opening
                assert proxy.requests == []
            else:
                transport = await opening
                await (await accept()).send("through")
                assert await transport.receive() == b"through"
                assert proxy.requests[0].startswith("CONNECT ")
                await transport.aclose()

    run(main)


@pytest.mark.parametrize("name", ["aiohttp", "anyio"])
def test_a_proxy_of_a_kind_that_the_library_does_not_know_is_refused(name):
    async def main():
        with pytest.raises(ValueError, match=f"proxy with socks5 can't be had with the {name} adapter"):
            await open_with(name, "wss://localhost:9/", proxy=f"socks5://user:{SECRET}@127.0.0.1:9")

    run(main)


@pytest.mark.parametrize("name", ["anyio", "websockets"])
def test_a_proxy_may_be_spoken_to_over_tls(name, monkeypatch):
    async def main():
        proxy = Proxy()
        # Which authorities the proxy's certificate is judged by is the system's business; here that is the test's own.
        of_server, of_client = tls_contexts()  # before the patch: they are made by what is patched
        monkeypatch.setattr("ssl.create_default_context", lambda *_, **__: of_client)
        async with websocket_server() as (url, accept), tcp_server(proxy, ssl=of_server) as proxy_port:
            transport = await open_with(name, url, proxy=f"https://localhost:{proxy_port}")
            await (await accept()).send("through")
            assert await transport.receive() == b"through"
            assert len(proxy.requests) == 1
            await transport.aclose()

    run(main)


def test_a_proxy_that_refuses(adapter):
    async def main():
        async with tcp_server(Proxy("407 Proxy Authentication Required")) as port:
            error = await failure(adapter, "wss://localhost:9/", proxy=f"http://user:{SECRET}@127.0.0.1:{port}")
        assert not isinstance(error, HandshakeRejected)
        assert "407" in str(error)

    run(main)


def test_a_proxy_that_speaks_another_language(adapter):
    async def main():
        async def talk(reader, writer):
            await read_request(reader)
            writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
            await writer.drain()

        async with tcp_server(talk) as port:
            error = await failure(adapter, "wss://localhost:9/", proxy=f"http://127.0.0.1:{port}")
        assert not isinstance(error, HandshakeRejected)

    run(main)


def test_a_proxy_in_the_environment_that_is_no_url(adapter, monkeypatch):
    async def main():
        monkeypatch.setenv("http_proxy", f"ftp://user:{SECRET}@127.0.0.1:1")
        error = await failure(adapter, "ws://127.0.0.1:9/")
        assert "the proxy named by the environment" in str(error)

    run(main)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://h/p?S3CR3T", "must start with ws://"),
        ("h/p", "must start with ws://"),
        ("ws:///p?S3CR3T", "names no host"),
        ("ws://h/p?S3CR3T#f", "fragment"),
        ("ws://user:S3CR3T@h/", "user info"),
        ("ws://h:99999/?S3CR3T", "valid host and port"),
        ("ws://[S3CR3T/", "valid host and port"),
        (f"ws://{'h' * 64}/?S3CR3T", "valid host and port"),
        ("ws://h/p\r\nX: S3CR3T", "control character"),
        ("ws://h/p\x00S3CR3T", "control character"),
        ("ws://h/p S3CR3T", "white space"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_before_anything_is_sent(adapter, url, message):
    async def main():
        with pytest.raises(ValueError, match=message) as caught:
            await open_with(adapter, url)
        assert SECRET not in "".join(traceback.format_exception(caught.value))

    run(main)


def test_a_url_must_be_a_str_and_tls_settings_need_tls(adapter):
    async def main():
        with pytest.raises(TypeError, match="url must be a str, not bytes"):
            await open_with(adapter, b"ws://h/")
        with pytest.raises(ValueError, match="ssl_context needs a wss:// url"):
            await open_with(adapter, "ws://h/", ssl_context=tls_contexts()[1])

    run(main)
