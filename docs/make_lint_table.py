#!/usr/bin/env python
"""Write docs/lint-rules.md from the table of rules: ``python docs/make_lint_table.py``."""

from pathlib import Path

from voicelive_proto.lint import RULES

PAGE = Path(__file__).with_name("lint-rules.md")

HEAD = """\
# Lint rules

Made from `voicelive_proto.lint.RULES` by `docs/make_lint_table.py`; do not edit by hand.

`voicelive_proto.lint.lint(subject, connection=..., model=..., api_version=..., session=..., buffered_ms=..., ignore=...)` applies these
rules to session or response settings, or to any client event, and returns findings. A finding refuses nothing. A rule that needs something
that was not given (the model, the settings in force) finds nothing. `ignore` takes the ids of rules to leave out.

Before there is a connection, say what it will be:

```python
from voicelive.models import RequestSession
from voicelive_proto.lint import lint

session = RequestSession(modalities=["text", "audio"], temperature=9)
for finding in lint(session, model="gpt-realtime", api_version="2025-10-01"):
    print(finding)
```

On one, `lint(event, connection=connection.core)` takes the model, the settings in force and what was heard and said from there; `core` is
what a connection of `connect()` stands on, in both facades.

The connection does so by itself with what its helpers send, and with mappings given to `send()`: `error` and `warning` findings go to the
logger `voicelive` at WARNING, `info` at DEBUG, each once for a connection; the event is sent all the same. To hear nothing of it, set that
logger to ERROR, or filter out what it says "as the service's rules are known". To let findings raise, look before you send:

```python
from voicelive.models import RequestSession
from voicelive_proto.lint import lint


def checked(session, **known):
    errors = [finding for finding in lint(session, **known) if finding.severity == "error"]
    if errors:
        raise ValueError("; ".join(map(str, errors)))
    return session


checked(RequestSession(modalities=["text"], voice="alloy"), model="gpt-realtime")
```

| severity | meaning |
| --- | --- |
| error | the service refuses it, or it can not work, and no source says otherwise |
| warning | the service may refuse or ignore it: the sources differ, or a newer service may know what we do not |
| info | it works where it was seen; there is a better way to write it, or something to know about it |

| source | what it is |
| --- | --- |
| API | the documented Python API (2025-10-01) |
| REF, HOW | Microsoft Learn: the Voice Live API reference; the how-to, overview, language, agent and avatar pages |
| SDK | the official Python SDK 1.3.1 (another release where said) |
| TEST | live tests and samples in the source archive of that SDK |
| SPEC | the service's specification (TypeSpec), dated versions; SPEC-v1 is the evergreen `v1` |
| OAI | the OpenAI realtime reference (beta names) |
| OBS | seen in public captures of real sessions |
| RFC 8259 | the JSON standard |
| a package, repository or issue | its source, documentation or discussion; second-hand, not checked against the live service |

| rule | severity | what it says | source |
| --- | --- | --- | --- |
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(f"| `{rule.id}` | {rule.severity} | {rule.summary} | {rule.source} |\n" for rule in RULES)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
