"""The official SDK's own unit tests, with their imports replaced: what they ask of its public names holds here, too.

Run by ``make official``. The tests come with its source distribution, which is fetched from the package index into build/official. What
is left out has its reason here.
"""

import re
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACE = ROOT / "build" / "official"

OF_ITS_INSIDE = {
    "test_unit_connection.py": "mocks of aiohttp inside its connection",
    "test_unit_serialization.py": "its serializer",
    "test_unit_telemetry.py": "private functions of its instrumentor",
    "test_unit_websocket_redirects.py": "counts aiohttp's sessions; tests/transports/test_handshake.py has redirects",
    "test_unit_integration.py::TestSuiteValidation::test_can_import_all_test_modules": "its own files",
    "test_unit_integration.py::TestSerializationIntegration::test_enum_serialization_fix": "its serializer",
}

DIFFERENT = {
    "audio given as bytes is kept as bytes; docs/migration.md": [
        "test_unit_client_events.py::TestClientEventInputAudioBuffer::test_audio_buffer_append",
        "test_unit_message_handling.py::TestInputAudioContentPart",
        "test_unit_message_handling.py::TestMessageItemsWithContentParts::test_user_message_with_audio_content",
        "test_unit_models.py::TestMessageContentParts::test_input_audio_content_part",
    ],
    "models have no __dict__; docs/migration.md": [
        "test_unit_integration.py::TestSerializationIntegration::test_model_serialization_compatibility",
        "test_unit_message_handling.py::TestMessageHandlingIntegration::test_message_content_serialization_ready",
        "test_unit_models.py::TestModelSerialization::test_voice_model_dict_conversion",
        "test_unit_models.py::TestModelSerialization::test_message_item_dict_conversion",
        "test_unit_voice_config.py::TestVoiceConfigurationIntegration::test_voice_configuration_serialization_ready",
    ],
}


def fetch() -> Path:
    """Its tests of this very version, with our imports."""
    name = f"azure_ai_voicelive-{version('azure-ai-voicelive')}"
    PLACE.mkdir(parents=True, exist_ok=True)
    archive = PLACE / f"{name}.tar.gz"
    if not archive.exists():
        requirement = name.replace("_", "-").replace("voicelive-", "voicelive==")
        fetched = [sys.executable, "-m", "pip", "download", requirement, "--no-deps", "--no-binary", "azure-ai-voicelive", "-d", str(PLACE)]
        subprocess.run(fetched, check=True)
    with tarfile.open(archive) as files:
        files.extractall(PLACE, members=[each for each in files if "/tests/unit/" in each.name], filter="data")
    unit = PLACE / name / "tests" / "unit"
    for path in unit.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\bazure\.ai\.voicelive\b", "voicelive", text), encoding="utf-8")
    return unit


def main() -> int:
    """Run them; the exit code of pytest."""
    unit = fetch()
    left_out = [*OF_ITS_INSIDE, *(name for names in DIFFERENT.values() for name in names)]
    arguments = [f"--ignore={unit / name}" if name.endswith(".py") else f"--deselect=unit/{name}" for name in left_out]
    alone = ["-c", "/dev/null", "--rootdir", str(unit.parent), "-p", "no:cacheprovider"]
    pytest = [sys.executable, "-m", "pytest", "-q", *alone, *arguments, str(unit)]
    return subprocess.run(pytest, cwd=unit.parent, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
