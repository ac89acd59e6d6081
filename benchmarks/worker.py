"""One round of one rival, in this process: ``python -m benchmarks.worker MODULE RIVAL PARAMETERS`` prints its figures as JSON."""

import importlib
import json
import sys

if __name__ == "__main__":
    module, rival, parameters = sys.argv[1:]
    print(json.dumps(importlib.import_module(module).measure(rival, **json.loads(parameters))))
