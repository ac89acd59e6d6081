"""What the local server hears, understands and says: plain synchronous objects that know neither the wire nor sockets.

`vad` finds the turns in a stream of samples, `recogniser` turns them into text, `responder` decides the answer, `voice` speaks it. Each
names a Protocol, so that another engine can take its place.
"""
