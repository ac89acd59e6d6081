"""Both ends of a WebSocket: a cheap server in a process of its own, and the rivals that connect to it."""
