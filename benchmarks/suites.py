"""All suites by name, in the order in which they are run."""

from .capacity import CAPACITY
from .codec import CODEC
from .imports import IMPORTS
from .lag import LAG
from .loopback import LOOPBACK, TLS
from .scale import SCALE

SUITES = {suite.name: suite for suite in (IMPORTS, CODEC, LOOPBACK, TLS, LAG, CAPACITY, SCALE)}
