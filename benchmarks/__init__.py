"""How fast the client is, beside its peers: each rival in processes of its own, rounds interleaved, ratios first."""
