"""What the built wheel holds."""

import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("voicelive", "voicelive_proto", "voicelive_transports")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (path,) = target.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel):
    files = [name for name in wheel.namelist() if ".dist-info/" not in name]
    assert {name.split("/")[0] for name in files} == set(PACKAGES)
    in_tree = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert set(files) == in_tree


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_it_is_typed(wheel, package):
    assert f"{package}/py.typed" in wheel.namelist()


def test_metadata(wheel):
    (name,) = [name for name in wheel.namelist() if name.endswith("METADATA")]
    metadata = HeaderParser().parsestr(wheel.read(name).decode())
    assert metadata["Requires-Python"] == ">=3.10"
    assert set(metadata.get_all("Provides-Extra")) == {
        "aiohttp",
        "identity",
        "telemetry",
        "trio",
        "picows",
        "cli",
        "emulator",
        "endpoints",
        "kokoro",
        "mcp",
        "sound",
        "piper",
        "tls",
        "whisper",
        "all",
        "bench",
        "dev",
    }
    (licence,) = [name for name in wheel.namelist() if name.endswith("LICENSE")]
    assert b"MIT License" in wheel.read(licence)
    (scripts,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert b"voicelive = voicelive.__main__:main" in wheel.read(scripts)
