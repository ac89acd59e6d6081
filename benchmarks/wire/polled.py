"""The limit of many sessions: one epoll loop over sockets whose frame headers are walked in place. Not a usable client."""

import select
import socket
import time
from array import array

import pybase64

from benchmarks import payloads

from .frames import Walker, ask_websocket
from .paced import Pacer
from .raw import DELTA_KEY

BUFFER_BYTES = 1 << 12
"""For each session; more than its frames need."""
EVENT_ID = b'"event_id":"'


class PolledSessions:
    """All sessions at once."""

    def __init__(self, pacer: Pacer, sessions: int) -> None:
        """Open them, take the greeting of each, and have a turn started in each."""
        self._peers = []
        self._walkers: dict[int, Walker] = {}
        self._ready = select.epoll()
        for _ in range(sessions):
            peer = socket.create_connection(("127.0.0.1", pacer.address.port))
            ask_websocket(peer, "many")
            walker = self._walkers[peer.fileno()] = Walker(peer, BUFFER_BYTES)
            walker.next_frame()
            self._peers.append(peer)
            self._ready.register(peer, select.EPOLLIN)
        pacer.start(sessions)
        for walker in self._walkers.values():
            for _ in range(payloads.TURN_START):
                walker.next_frame()

    def take(self, count: int) -> "array[int]":
        """Take so many deltas of each, with their PCM; how late each was, in ns."""
        late_ns = array("q")
        left = count * len(self._peers)
        while left:
            for number, _ in self._ready.poll():
                walker = self._walkers[number]
                late_ns.append(self._take(walker))
                while walker.has_more:
                    late_ns.append(self._take(walker))
            left = count * len(self._peers) - len(late_ns)
        return late_ns

    @staticmethod
    def _take(walker: Walker) -> int:
        _, start, end = walker.next_frame()
        now_ns = time.monotonic_ns()
        delta = walker.buffer.find(DELTA_KEY, start, end) + len(DELTA_KEY)
        pybase64.b64decode(walker.view[delta : end - 2], None, True)
        due = walker.buffer.find(EVENT_ID, start, end) + len(EVENT_ID)
        return now_ns - int(walker.view[due : due + 20])

    def close(self) -> None:
        """Say good-bye to none."""
        self._ready.close()
        for peer in self._peers:
            peer.close()
