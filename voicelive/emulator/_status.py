"""The page at ``/``: what the server is, and the sessions that are open."""

import time
from collections.abc import Iterable
from html import escape
from typing import Any

from voicelive._version import __version__

COLUMNS = ("session", "model", "open for", "input audio", "response", "items", "audio sent")

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Voice Live, local</title>
<style>body {{ font: 16px sans-serif; margin: 2em }} td, th {{ padding: .3em 1em .3em 0; text-align: left }}</style></head>
<body>
<h1>A local Voice Live server</h1>
<p>Endpoint: <code>{url}</code>, voicelive {version}. {count} open.</p>
<table><tr>{head}</tr>
{rows}
</table>
</body></html>
"""


def status_page(url: str, sessions: Iterable[Any]) -> bytes:
    """The page as UTF-8 HTML; it loads itself anew every two seconds."""
    rows = [_row(session) for session in sessions]
    count = f"{len(rows)} session{'' if len(rows) == 1 else 's'}"
    lines = "\n".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
    return _PAGE.format(url=escape(url), version=__version__, count=count, head=_cells("th", COLUMNS), rows=lines).encode()


def _cells(tag: str, texts: Iterable[str]) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)


def _row(session: Any) -> tuple[str, ...]:
    core = session.connection
    hears = "speech" if core.input_audio.speaking else f"{core.input_audio.buffer_ms} ms"
    active = core.responses.active
    return (
        session.id,
        session.model,
        f"{time.monotonic() - session.opened_at_s:.0f} s",
        hears,
        active.id if active is not None else "none",
        str(len(session.items)),
        f"{session.audio_sent_ms / 1000:.1f} s",
    )
