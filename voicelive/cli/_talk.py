"""``voicelive talk``: a conversation by microphone and loudspeaker, for as long as you like."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import anyio
import typer

from voicelive import ConnectionClosed, stay_connected
from voicelive._connect import DEFAULT_API_VERSION
from voicelive._credentials import KEY_VARIABLE
from voicelive.models import (
    AssistantMessageItem,
    AudioEchoCancellation,
    AudioNoiseReduction,
    OutputTextContentPart,
    ResponseCreateParams,
)

from ._failures import EXIT_USAGE, Failure
from ._screen import Screen
from ._service import Service
from ._signals import stop_signals
from ._transcript import Transcript

if TYPE_CHECKING:
    from voicelive import VoiceLiveConnection
    from voicelive.models import RequestSession
    from voicelive.sound_card import SoundCard, SoundDevices

ECHO = "With loudspeakers instead of headphones it hears itself, and interrupts itself."


def talk(
    *,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help=f"Talk to this service, with the key in {KEY_VARIABLE}. Default: a local server.")
    ] = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="Model that answers.")] = "gpt-realtime",
    voice: Annotated[str | None, typer.Option(metavar="NAME", help="Voice that answers: alloy, en-US-AvaNeural...")] = None,
    instructions: Annotated[str | None, typer.Option(metavar="TEXT", help="What the model is to be and do.")] = None,
    greeting: Annotated[str | None, typer.Option(metavar="TEXT", help="What is said first, before you speak.")] = None,
    api_version: Annotated[str, typer.Option(metavar="VERSION", help="Version of the service's interface.")] = DEFAULT_API_VERSION,
    microphone: Annotated[str | None, typer.Option(metavar="NAME", help="Part of its name.  [default: the system's]")] = None,
    loudspeaker: Annotated[str | None, typer.Option(metavar="NAME", help="Part of its name.  [default: the system's]")] = None,
    backend: Annotated[
        str | None, typer.Option(metavar="NAME", help="Sound system: pulseaudio, alsa...; null is none.  [default: the first that works]")
    ] = None,
    devices: Annotated[bool, typer.Option("--devices", help="Show the names of microphones and loudspeakers, and exit.")] = False,
) -> None:
    """Talk, until Ctrl-C.

    Speak into the microphone, and interrupt as you like: what you have not heard of an answer, the model has not said. Without --endpoint
    it runs on this machine alone. A connection that breaks is replaced, and the conversation goes on.
    """
    try:
        from voicelive import sound_card  # noqa: PLC0415 - an extra of its own, which no other command needs
    except ImportError as error:
        raise Failure(str(error), EXIT_USAGE) from error
    screen = Screen()
    try:
        if devices:
            _show(sound_card.sound_devices(backend), screen)
            return
        card = sound_card.SoundCard(microphone=microphone, loudspeaker=loudspeaker, backend=backend)
    except ValueError as error:
        raise Failure(str(error), EXIT_USAGE) from error
    service = Service(endpoint, model, voice, api_version)
    session = service.session()
    if endpoint is not None:  # the local server cancels no echo
        session.input_audio_echo_cancellation = AudioEchoCancellation()
        session.input_audio_noise_reduction = AudioNoiseReduction(type="azure_deep_noise_suppression")
    if instructions is not None:
        session.instructions = instructions
    with card:
        anyio.run(partial(_talk, service, Talk(card, screen, session, greeting), screen))


def _show(devices: SoundDevices, screen: Screen) -> None:
    for which, names in devices._asdict().items():
        for name in names:
            screen.line(f"{which.removesuffix('s')}: {name}")


async def _talk(service: Service, conversation: Talk, screen: Screen) -> None:
    with stop_signals() as stopped:
        async with service.open() as (endpoint, context), anyio.create_task_group() as tasks:
            screen.line(f"{'local server' if service.endpoint is None else 'service'} at {endpoint}; speak, Ctrl-C ends it")
            if service.endpoint is None:
                screen.line(ECHO)

            async def converse() -> None:
                await stay_connected(context, conversation)
                stopped.set()

            tasks.start_soon(converse)
            await stopped.wait()
            tasks.cancel_scope.cancel()


class Talk:
    """What is done on each connection of the conversation.

    Args:
        card: the microphone and the loudspeaker.
        screen: shows what is said.
        session: the settings.
        greeting: what the service says first, or None.
    """

    def __init__(self, card: SoundCard, screen: Screen, session: RequestSession, greeting: str | None) -> None:
        self._card = card
        self._screen = screen
        self._session = session
        self._greeting = greeting
        self._transcript = Transcript(screen.spoken)

    async def __call__(self, connection: VoiceLiveConnection) -> None:
        """Talk until the service closes.

        Raises:
            ConnectionClosed: the connection was lost; it comes in an exception group.
            SoundCardError: the microphone is gone; as above.
        """
        try:
            async with anyio.create_task_group() as tasks:
                await self._begin(connection)
                tasks.start_soon(self._stream, connection)
                async for event in connection:
                    await self._take(connection, event)
                self._screen.line(f"the service closed the connection (code {connection.close_code})")
                tasks.cancel_scope.cancel()
        finally:
            self._card.stop()  # what is not heard by now the next connection takes for not said
            for item in connection.state.conversation.items:
                played_ms = self._card.played_ms(item.id)
                if played_ms is not None:
                    connection.state.conversation.report_playback(item.id, played_ms)

    async def _begin(self, connection: VoiceLiveConnection) -> None:
        if connection.resumed is not None:
            self._screen.line(f"connected again after {connection.resumed.cause}", "dim")
            for lost in connection.resumed.lost:
                self._screen.line(f"lost: {lost}", "dim")
            return
        await connection.session.update(session=self._session)
        if self._greeting is not None:
            message = AssistantMessageItem(content=[OutputTextContentPart(text=self._greeting)])
            await connection.response.create(response=ResponseCreateParams(pre_generated_assistant_message=message))

    async def _stream(self, connection: VoiceLiveConnection) -> None:
        with contextlib.suppress(ConnectionClosed):  # who reads is told, too, and what came before
            while True:
                await connection.input_audio_buffer.append(audio=await self._card.receive())

    async def _take(self, connection: VoiceLiveConnection, event: Any) -> None:
        self._transcript.add(event)
        if event.type == "response.audio.delta":
            self._card.play(event)
        elif event.type == "input_audio_buffer.speech_started":
            for cut in self._card.stop():
                self._transcript.cut()
                self._screen.line(f"{'':>16}  (interrupted after {cut.audio_end_ms / 1000:.1f} s)", "dim")
                await connection.conversation.item.truncate(**cut._asdict())
        elif event.type == "error":
            self._screen.line(f"the service reports {event.error.code or event.error.type}: {event.error.message}", "red")
