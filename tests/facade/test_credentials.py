"""Credentials and the header each becomes."""

import threading
from types import SimpleNamespace

import anyio
import anyio.to_thread
import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential, AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import ClientAuthenticationError

from voicelive._credentials import DEFAULT_SCOPE, authentication_header, check_credential, check_scopes

from .local_service import KEY, run

BOTH = pytest.mark.parametrize("backend", ["asyncio", "trio"])


class AsyncToken:
    """An asynchronous token credential which remembers what it was asked for."""

    def __init__(self, answer="token-1"):
        self.answer = answer
        self.asked = []

    async def get_token(self, *scopes, **options):
        self.asked.append((scopes, options))
        if isinstance(self.answer, Exception):
            raise self.answer
        return AccessToken(self.answer, 4102444800)


class SyncToken(AsyncToken):
    """A synchronous one, which remembers its thread as well."""

    def get_token(self, *scopes, **options):
        self.thread = threading.current_thread()
        self.asked.append((scopes, options))
        if isinstance(self.answer, Exception):
            raise self.answer
        return AccessToken(self.answer, 4102444800)


class LaterToken(SyncToken):
    """Not a coroutine function, yet it gives something to await."""

    def get_token(self, *scopes, **options):
        return AsyncToken.get_token(self, *scopes, **options)


def header_of(credential, scopes=(DEFAULT_SCOPE,), backend="asyncio"):
    got = []

    async def main():
        got.append(await authentication_header(credential, scopes))

    run(main, backend=backend)
    return got[0]


def test_a_key_goes_into_api_key():
    credential = AzureKeyCredential("first")
    assert header_of(credential) == ("api-key", "first")
    credential.update("second")
    assert header_of(credential) == ("api-key", "second")
    assert header_of(SimpleNamespace(key=KEY)) == ("api-key", KEY)


@BOTH
@pytest.mark.parametrize("kind", [AsyncToken, SyncToken, LaterToken])
def test_a_token_goes_into_authorization(kind, backend):
    credential = kind()
    check_credential(credential)
    assert header_of(credential, ("a", "b"), backend) == ("Authorization", "Bearer token-1")
    assert credential.asked == [(("a", "b"), {})]


@BOTH
def test_a_synchronous_credential_does_not_run_in_the_loops_thread(backend):
    credential = SyncToken()
    header_of(credential, backend=backend)
    assert credential.thread is not threading.current_thread()


@BOTH
def test_a_slow_synchronous_credential_can_be_cancelled(backend):
    asked, go_on = threading.Event(), threading.Event()

    class Slow:
        def get_token(self, *_scopes):
            asked.set()
            go_on.wait(30)

    async def main():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(authentication_header, Slow(), ("scope",))
            await anyio.to_thread.run_sync(asked.wait, 30)
            tasks.cancel_scope.cancel()
        assert not go_on.is_set()

    try:
        run(main, backend=backend)
    finally:
        go_on.set()


@pytest.mark.parametrize("kind", [AsyncToken, SyncToken])
def test_what_a_credential_raises_arrives_unchanged(kind):
    failure = ClientAuthenticationError("no identity")
    with pytest.raises(ClientAuthenticationError) as caught:
        header_of(kind(failure))
    assert caught.value is failure


@pytest.mark.parametrize("text", [KEY, KEY.encode()])
def test_the_key_itself_is_no_credential(text):
    with pytest.raises(TypeError, match=r"pass credential=AzureKeyCredential\(key\)") as caught:
        check_credential(text)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("thing", [None, 7, object(), AzureNamedKeyCredential("name", KEY), AzureSasCredential(KEY)])
def test_other_things_are_refused_by_their_type(thing):
    with pytest.raises(TypeError, match=rf"token credential \(with get_token\), not {type(thing).__name__}"):
        check_credential(thing)


@pytest.mark.parametrize("key", ["", f"{KEY}\n", f" {KEY}", f"{KEY}\r\nX: y", f"{KEY}é"])
def test_a_key_that_cannot_be_a_header(key):
    with pytest.raises(ValueError, match=r"AzureKeyCredential\(key\.strip\(\)\)") as caught:
        check_credential(SimpleNamespace(key=key))
    assert KEY not in str(caught.value)


def test_a_token_that_cannot_be_a_header():
    with pytest.raises(ValueError, match=r"AsyncToken\.get_token\(\) gave a token that can't be a header") as caught:
        header_of(AsyncToken(f"{KEY}\r\n"))
    assert KEY not in str(caught.value)


def test_an_answer_that_is_no_token():
    class Wrong:
        async def get_token(self, *_scopes):
            return KEY

    with pytest.raises(TypeError, match=r"Wrong\.get_token\(\) must give an AccessToken, not str") as caught:
        header_of(Wrong())
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("scopes", "several"), [(None, (DEFAULT_SCOPE,)), ("one", ("one",)), (["one"], ("one",)), (("one", "two"), ("one", "two"))]
)
def test_scopes(scopes, several):
    assert check_scopes(scopes) == several


@pytest.mark.parametrize("scopes", ["", [], [""]])
def test_empty_scopes_are_refused(scopes):
    with pytest.raises(ValueError, match="credential_scopes is empty"):
        check_scopes(scopes)


def test_scopes_are_text():
    with pytest.raises(TypeError, match="credential_scopes must be a str or a list of str, not of int"):
        check_scopes([1])
