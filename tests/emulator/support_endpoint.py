"""An HTTP server on loopback that answers as a test says, in the place of OpenAI-compatible endpoints."""

import email.parser
import email.policy
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self):
        """The fields of a multipart form: text, or (file name, content type, bytes)."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + self.body)
        fields = {}
        for part in message.iter_parts():
            name, file_name = part.get_param("name", header="content-disposition"), part.get_filename()
            content = part.get_payload(decode=True)
            fields[name] = (file_name, part.get_content_type(), content) if file_name else content.decode()
        return fields


class Endpoint:
    """What the server was asked, and its address."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/v1"
        self.asked = []


class Answering:
    """What a script does with a request: an answer at once, or piece by piece."""

    def __init__(self, handler):
        self._handler = handler

    def answer(self, body, status=200, content_type="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._start(status, content_type, {"Content-Length": str(len(data))})
        self._handler.wfile.write(data)

    def start_events(self):
        self._start(200, "text/event-stream", {"Connection": "close"})

    def event(self, data):
        text = data if isinstance(data, str) else json.dumps(data)
        self._handler.wfile.write(f"data: {text}\n\n".encode())
        self._handler.wfile.flush()

    def delta(self, finish_reason=None, **delta):
        self.event({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})

    def events(self, *deltas, finish_reason="stop"):
        """A whole streamed answer."""
        self.start_events()
        self.delta(role="assistant", content="")
        for delta in deltas:
            self.delta(**delta)
        self.delta(finish_reason)
        self.event("[DONE]")

    def _start(self, status, content_type, headers):
        self._handler.send_response(status)
        for name, value in {"Content-Type": content_type, **headers}.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()


def call_delta(index=0, name=None, arguments=None, **more):
    """A piece of a function call as OpenAI streams it."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {"tool_calls": [{"index": index, "function": function, **more}]}


@contextmanager
def endpoint(script):
    """Serve on loopback: ``script(answering, asked)`` for each request."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            place.asked.append(asked)
            script(Answering(self), asked)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        place = Endpoint(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield place
        finally:
            server.shutdown()
            thread.join()
