"""The credential of the environment, and azure-identity's own classes against a token endpoint on loopback."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, DefaultAzureCredential
from azure.identity.aio import ClientSecretCredential as AsyncClientSecretCredential

from voicelive import connect
from voicelive._credentials import DEFAULT_SCOPE, KEY_VARIABLE, found_credential

from .local_service import CREATED, local_service, run

BOTH = pytest.mark.parametrize("backend", ["asyncio", "trio"])
TOKEN = "a-token-of-this-test"


class TokenEndpoint(BaseHTTPRequestHandler):
    """A managed identity's endpoint (GET) and an authority's (POST), as far as the credentials ask."""

    asked: list

    def do_GET(self):
        if "openid-configuration" in self.path:
            base = f"https://localhost:{self.server.server_port}/tenant"
            self.answer({"issuer": base, "token_endpoint": f"{base}/token", "authorization_endpoint": f"{base}/authorize"})
            return
        query = parse_qs(urlsplit(self.path).query)
        self.asked.append((query["resource"][0], self.headers["X-IDENTITY-HEADER"]))
        self.answer({"access_token": TOKEN, "expires_on": "4102444800", "resource": query["resource"][0], "token_type": "Bearer"})

    def do_POST(self):
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.asked.append((body["scope"][0], body["client_secret"][0]))
        self.answer({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def endpoint():
    asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Endpoint", (TokenEndpoint,), {"asked": asked}))
    server.asked = asked
    thread = threading.Thread(target=server.serve_forever)
    yield server, thread
    if thread.is_alive():
        server.shutdown()
        thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", KEY_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "")  # no az, azd or pwsh to ask


def headers_sent(credential, backend):
    """Connect with the credential; the headers that the service saw."""
    seen = []

    async def talk(url):
        async with connect(endpoint=url, credential=credential, model="gpt-realtime", transport="anyio") as connection:
            assert await connection.recv() == CREATED

    async def under_asyncio():
        async with local_service() as service:
            if backend == "asyncio":
                await talk(service.url)
            else:
                import anyio.to_thread

                await anyio.to_thread.run_sync(lambda: run(talk, service.url, backend="trio"))
            peer, _ = await service.finished()
            seen.append(peer.request.headers)

    run(under_asyncio)
    return seen[0]


@BOTH
def test_the_key_of_the_environment(monkeypatch, backend):
    monkeypatch.setenv(KEY_VARIABLE, "the-key")
    assert headers_sent(None, backend)["api-key"] == "the-key"


@BOTH
def test_the_default_credential_of_the_environment(monkeypatch, endpoint, backend):
    server, thread = endpoint
    thread.start()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{server.server_port}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "secret")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    assert headers_sent(None, backend)["Authorization"] == f"Bearer {TOKEN}"
    assert server.asked == [("https://ai.azure.com", "secret")]


# azure-core's asynchronous transports need asyncio; under trio the synchronous credential does, in a thread
@pytest.mark.parametrize(("backend", "kind"), [("asyncio", "sync"), ("trio", "sync"), ("asyncio", "async")])
def test_a_client_secret(endpoint, tmp_path, backend, kind):
    server, thread = endpoint
    authority = trustme.CA()
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread.start()
    make = ClientSecretCredential if kind == "sync" else AsyncClientSecretCredential
    credential = make(
        "tenant",
        "client",
        "the-secret",
        authority=f"https://localhost:{server.server_port}",
        disable_instance_discovery=True,
        connection_verify=str(bundle),
    )
    if kind == "sync":
        with credential:
            assert headers_sent(credential, backend)["Authorization"] == f"Bearer {TOKEN}"
    else:
        import asyncio

        assert headers_sent(credential, backend)["Authorization"] == f"Bearer {TOKEN}"
        asyncio.run(credential.close())
    assert server.asked == [(DEFAULT_SCOPE, "the-secret")]


def test_nothing_found_says_what_was_tried(monkeypatch):
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    credential = found_credential()
    with pytest.raises(
        ClientAuthenticationError, match=f"(?s){KEY_VARIABLE} isn't set, and DefaultAzureCredential found none: .*Environment"
    ):
        credential.get_token(DEFAULT_SCOPE)


def test_without_azure_identity_the_message_says_what_to_do(monkeypatch):
    import importlib.util

    for find in (lambda _name: None, lambda name: importlib.import_module(name + ".nothing")):
        monkeypatch.setattr(importlib.util, "find_spec", find)
        with pytest.raises(ValueError, match=r"set AZURE_VOICELIVE_API_KEY, or pip install 'voicelive\[identity\]'"):
            connect(endpoint="https://h", credential=None, model="m")


def test_the_class_is_the_real_one():
    assert DefaultAzureCredential.__module__.startswith("azure.identity")
