"""How connecting fails, and what the errors say and don't say."""

import asyncio
import socket
import traceback

import pytest

from voicelive_transports import ConnectFailed, ConnectTimeout, HandshakeRejected

from .far_side import answering, open_websockets, read_request, run, silence, tcp_server, tls_contexts, websocket_server

SECRET = "S3CR3T"
KEY = (("api-key", SECRET), ("Authorization", f"Bearer {SECRET}"))


async def failure(url, **options):
    """Fail to connect, with credentials wherever they may be, and see that no text about it shows one."""
    with pytest.raises(ConnectFailed) as caught:
        await open_websockets(f"{url}?api-version=1&api-key={SECRET}", headers=KEY, **options)
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
def test_a_refusal_has_status_headers_body_and_a_hint(status, reason, hint):
    async def main():
        talk = answering(f"{status} {reason}", "Retry-After: 7", f"X-Echo: {SECRET}", body=b"b" * 5000)
        async with tcp_server(talk) as port:
            error = await failure(f"ws://127.0.0.1:{port}/realtime")
        assert isinstance(error, HandshakeRejected)
        assert (error.status, error.reason) == (status, reason)
        assert ("Retry-After", "7") in error.headers
        assert error.body == b"b" * 2048
        assert f"HTTP {status}" in str(error)
        assert hint in str(error)

    run(main)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_nobody_else_is_asked(status):
    async def main():
        asked = []

        async def elsewhere(reader, _):
            asked.append(await read_request(reader))

        async with tcp_server(elsewhere) as other_port:
            location = f"Location: ws://127.0.0.1:{other_port}/?api-key={SECRET}"
            async with tcp_server(answering(f"{status} Moved", location)) as port:
                error = await failure(f"ws://127.0.0.1:{port}/")
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
def test_an_answer_that_is_no_handshake(answer, detail):
    async def main():
        async def talk(reader, writer):
            await read_request(reader)
            writer.write(answer)
            writer.write_eof()
            await reader.read()

        async with tcp_server(talk) as port:
            with pytest.raises(ConnectFailed, match=detail) as caught:
                await open_websockets(f"ws://127.0.0.1:{port}/")
            assert not isinstance(caught.value, HandshakeRejected)
            assert "S3CR3T" not in f"{caught.value} {caught.value!r}"

    run(main)


def test_a_silent_server_is_a_timeout():
    async def main():
        async with tcp_server(silence) as port:
            error = await failure(f"ws://127.0.0.1:{port}/", handshake_timeout=0.05)
        assert isinstance(error, ConnectTimeout)
        assert error.timeout_s == 0.05
        assert "within 0.05 s (handshake_timeout)" in str(error)

    run(main)


def test_a_cancelled_connect_leaves_nothing_open():
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
            connecting = asyncio.create_task(open_websockets(f"ws://127.0.0.1:{port}/"))
            await begun.wait()
            connecting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await connecting
            await ended.wait()

    run(main)


def test_a_refused_port():
    async def main():
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            error = await failure(f"ws://127.0.0.1:{bound.getsockname()[1]}/")
        assert isinstance(error.__cause__, ConnectionRefusedError)

    run(main)


def test_a_name_that_does_not_exist():
    async def main():
        error = await failure("wss://no-such-host.invalid/")
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
        writer.write_eof()


@pytest.mark.parametrize("how", ["option", "environment", "none", "no environment"])
def test_a_proxy_is_used_when_asked_for(how, monkeypatch):
    async def main():
        proxy = Proxy()
        async with websocket_server() as (url, accept), tcp_server(proxy) as proxy_port:
            address = f"http://user:{SECRET}@127.0.0.1:{proxy_port}"
            if how != "option":
                monkeypatch.setenv("HTTP_PROXY".lower(), address)
            option = {"option": address, "none": False}.get(how)
            if how == "no environment":
                monkeypatch.setenv("no_proxy", "127.0.0.1")
            transport = await open_websockets(url, headers=KEY, proxy=option)
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
            assert "Proxy-Authorization: Basic" in request
            assert "api-key" not in request

    run(main)


def test_a_proxy_that_refuses():
    async def main():
        async with tcp_server(Proxy("407 Proxy Authentication Required")) as port:
            error = await failure("ws://127.0.0.1:9/", proxy=f"http://user:{SECRET}@127.0.0.1:{port}")
        assert not isinstance(error, HandshakeRejected)
        assert "407" in str(error)

    run(main)


def test_a_proxy_in_the_environment_that_is_no_url(monkeypatch):
    async def main():
        monkeypatch.setenv("http_proxy", f"ftp://user:{SECRET}@127.0.0.1:1")
        error = await failure("ws://127.0.0.1:9/")
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
def test_a_url_that_cannot_be_used_is_refused_before_anything_is_sent(url, message):
    async def main():
        with pytest.raises(ValueError, match=message) as caught:
            await open_websockets(url)
        assert SECRET not in "".join(traceback.format_exception(caught.value))

    run(main)


def test_a_url_must_be_a_str_and_tls_settings_need_tls():
    async def main():
        with pytest.raises(TypeError, match="url must be a str, not bytes"):
            await open_websockets(b"ws://h/")
        with pytest.raises(ValueError, match="ssl_context needs a wss:// url"):
            await open_websockets("ws://h/", ssl_context=tls_contexts()[1])

    run(main)
