"""``connect()``: from arguments to an open connection.

Whatever can be judged from the arguments is judged when ``connect()`` is called, before anything reaches the network.
"""

from __future__ import annotations

import copy
import dataclasses
import difflib
import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn

from voicelive_transports import ConnectOptions, Opener, TransportError, get_opener

from . import _endpoint
from ._credentials import Credential, authentication_header, check_credential, check_scopes, found_credential
from ._hooks import Observer, check_observers, watch
from ._options import WebsocketConnectionOptions, transport_options
from ._policy import WhenResponseActive, check_policy
from ._response_requests import METADATA_SINCE
from ._scheduling import farewell

if TYPE_CHECKING:
    from types import TracebackType

    from ._connection import VoiceLiveConnection

DEFAULT_API_VERSION: Final = "2025-10-01"
"""The documented default."""

_HARMLESS_PARAMETERS: Final = frozenset(
    {"api-version", "model", "agent-name", "agent-project-name", "agent-version", "conversation-id", "foundry-resource-override"}
)
"""URL parameters that observers are told; what else a caller puts there may be a secret."""


def connect(
    *,
    credential: Credential | None,
    endpoint: str,
    api_version: str = DEFAULT_API_VERSION,
    model: str | None = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    connection_options: WebsocketConnectionOptions | Mapping[str, Any] | None = None,
    credential_scopes: str | Sequence[str] | None = None,
    agent_name: str | None = None,
    project_name: str | None = None,
    agent_version: str | None = None,
    conversation_id: str | None = None,
    authentication_identity_client_id: str | None = None,
    foundry_resource_override: str | None = None,
    transport: str | Opener = "auto",
    allow_insecure: bool = False,
    when_response_active: WhenResponseActive = "send",
    harmless_errors: bool = False,
    observers: Iterable[Observer] = (),
    **kwargs: NoReturn,
) -> ConnectionContext:
    """Make the context of a connection to the service, to be entered with ``async with``.

    A model, or an agent with its project, must be named: by argument, in ``query`` or in the endpoint's own query.

    Args:
        credential: an ``AzureKeyCredential``, or a token credential, synchronous or not. None takes the key in the environment
            variable ``AZURE_VOICELIVE_API_KEY``, else what azure-identity's ``DefaultAzureCredential`` finds (extra ``identity``).
        endpoint: the resource, such as ``https://<resource>.services.ai.azure.com``.
        api_version: version of the service's interface.
        model: name of the model, such as ``gpt-realtime``.
        query: further URL parameters; they win over all others of that name.
        headers: further headers; they win over our own of that name, in any letter case.
        connection_options: see ``WebsocketConnectionOptions``.
        credential_scopes: scopes of the token; default ``https://ai.azure.com/.default``.
        agent_name: name of the agent.
        project_name: name of the agent's project.
        agent_version: version of the agent; default the newest.
        conversation_id: an earlier conversation with the agent, to go on with.
        authentication_identity_client_id: client id of the managed identity that the agent's resource is reached with.
        foundry_resource_override: resource of the agent, where it isn't the endpoint's.
        transport: name of an adapter of ``voicelive_transports``, or a function that opens a transport. ``"auto"`` (default): under trio
            the anyio adapter, under asyncio the fastest of picows, aiohttp and websockets that is installed and can honour the options;
            ``transport_info.adapter`` of the connection says which.
        allow_insecure: let the credential travel unencrypted to another host than this machine.
        when_response_active: what ``response.create()`` does while another response is active or asked for. ``"send"``: send the
            request, which the service mostly refuses; ``"queue"``: wait for the end of the active one first; ``"replace"``: cancel the
            active one and wait for its end first; ``"error"``: send nothing and raise ``ResponseActive``. A response with
            ``conversation="none"`` is always sent, and keeps none back.
        harmless_errors: deliver ``error`` events that tell of a race and change nothing, too: a cancel with nothing active
            (``response_cancel_not_active``), a second truncation (``item_already_truncated``). ``recv_bytes()``, ``events()`` and
            ``state`` have them anyway.
        observers: told what happens on this connection, see ``voicelive.Observer``.
        **kwargs: none; a name that is unknown is refused.

    Raises:
        TypeError: an argument is unknown or has a wrong type.
        ValueError: an argument has a wrong value; the message names the fix.
        ImportError: the library of the transport isn't installed.

    Entering the context raises ``ConnectFailed``, ``HandshakeRejected`` or ``ConnectTimeout`` when there is no connection, and what the
    credential raises.
    """
    if kwargs:
        _refuse_unknown(next(iter(kwargs)))
    if credential is None:
        credential = found_credential()
    check_credential(credential)
    address = _endpoint.parse_endpoint(endpoint)
    _endpoint.check_encrypted(address, allow_insecure=allow_insecure)
    agent = _endpoint.agent_parameters(
        agent_name=agent_name,
        project_name=project_name,
        agent_version=agent_version,
        conversation_id=conversation_id,
        authentication_identity_client_id=authentication_identity_client_id,
        foundry_resource_override=foundry_resource_override,
    )
    own = {"api-version": _required_text("api_version", api_version), "x-ms-client-sdk": _endpoint.user_agent()}
    if model_name := _endpoint.optional_text("model", model):
        own["model"] = model_name
    parameters = _endpoint.merge_query(own | agent, query, address)
    _endpoint.check_model_or_agent(parameters)
    return ConnectionContext(
        opener=_opener(transport),
        url=_endpoint.build_url(address, parameters),
        options=transport_options(connection_options, _endpoint.build_headers(headers)),
        credential=credential,
        scopes=check_scopes(credential_scopes),
        parameters={name: value for name, value in parameters.items() if name in _HARMLESS_PARAMETERS},
        observers=check_observers(observers),
        settings={
            "when_response_active": check_policy(when_response_active),
            "harmless_errors": harmless_errors,
            # Versions are dates, and "v1", which sorts behind them.
            "echoes_metadata": parameters["api-version"] >= METADATA_SINCE,
        },
    )


class ConnectionContext:
    """What ``connect()`` gives: enter it with ``async with``, once, to open the connection; leaving closes it."""

    def __init__(
        self,
        *,
        opener: Opener,
        url: str,
        options: ConnectOptions,
        credential: Credential,
        scopes: tuple[str, ...],
        parameters: Mapping[str, str],
        observers: tuple[Observer, ...],
        settings: dict[str, Any],
    ) -> None:
        self._opener = opener
        self._url = url
        self._options = options
        self._credential = credential
        self._scopes = scopes
        self._parameters = parameters
        self._observers = observers
        self._settings = settings
        self._entered = False
        self._connection: VoiceLiveConnection | None = None

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            advice = "; it is no connection yet: async with connect(...) as connection" if not name.startswith("_") else ""
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{advice}")

        def __await__(self) -> NoReturn:
            raise TypeError("connect() is not awaited; use: async with connect(...) as connection")

        def __enter__(self) -> NoReturn:
            raise TypeError("use: async with connect(...) as connection; without an event loop: voicelive.sync.connect()")

        def __exit__(self, *_: object) -> None:  # without it "with" does not come as far as __enter__
            pass

    def again(self) -> ConnectionContext:
        """The same context once more, not entered."""
        fresh = copy.copy(self)
        fresh._entered = False
        fresh._connection = None
        return fresh

    async def __aenter__(self) -> VoiceLiveConnection:
        if self._entered:
            raise RuntimeError("this context was entered before; call connect() for each connection")
        self._entered = True
        self._connection = await self._open()
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        assert self._connection is not None, "entered before"
        if kind is None:
            await self._connection.close()
        else:
            await farewell(self._connection)

    async def _open(self) -> VoiceLiveConnection:
        # Imported when it is needed: the exceptions bring azure-core, which takes longer to import than all the rest.
        from ._connection import VoiceLiveConnection  # noqa: PLC0415
        from .exceptions import from_transport  # noqa: PLC0415

        watched = watch(self._observers)
        if watched is not None:
            watched.connecting(self._url.partition("?")[0], self._parameters)
        try:
            name, value = await authentication_header(self._credential, self._scopes)
            options = dataclasses.replace(self._options, headers=_endpoint.add_header(self._options.headers, name, value))
            try:
                transport = await self._opener(self._url, options)
            except TransportError as failure:
                raise from_transport(failure) from failure
        except BaseException as failure:
            if watched is not None:
                watched.connect_failed(failure)
            raise
        if watched is not None:
            watched.connected(transport.info)
        return VoiceLiveConnection(transport, watch=watched, **self._settings)


def _opener(transport: str | Opener) -> Opener:
    if isinstance(transport, str):
        return get_opener(transport)
    if not callable(transport):
        raise TypeError(f"transport must be the name of an adapter or a function that opens one, not {type(transport).__name__}")
    return transport


def _required_text(name: str, value: str) -> str:
    text = _endpoint.optional_text(name, value)
    if text is None:
        raise ValueError(f"{name} is empty; leave it out for the default")
    return text


def _refuse_unknown(name: str) -> NoReturn:
    known = [each for each in inspect.signature(connect).parameters if each != "kwargs"]
    near = difflib.get_close_matches(name, known, n=1)
    advice = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    raise TypeError(f"connect() got an unknown argument {name!r}; {advice}")
