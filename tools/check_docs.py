"""Type-check the programs in README.md and docs/, as a reader's mypy does: ``make lint``."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
BLOCK: Final = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def programs() -> dict[str, str]:
    """Each program by the name of a file that says where it stands, such as ``docs_concepts_12.py``; lines count as in the page."""
    found = {}
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            above = text.count("\n", 0, block.start(1))
            found[f"{'_'.join(page.relative_to(ROOT).with_suffix('').parts)}_{above}.py".replace("-", "_")] = "\n" * above + block[1]
    return found


def main() -> int:
    """Check them all in one run."""
    with tempfile.TemporaryDirectory() as folder:
        for name, program in programs().items():
            (Path(folder) / name).write_text(program, encoding="utf-8")
        mypy = [sys.executable, "-m", "mypy", "--config-file=", "--check-untyped-defs", "--follow-imports=silent"]
        return subprocess.run([*mypy, "--cache-dir", str(ROOT / ".mypy_cache" / "docs"), folder], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
