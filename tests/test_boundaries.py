"""What the packages may import, shown in fresh interpreters."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
{imports}
print(" ".join(sorted({{name.split(".")[0] for name in sys.modules}})))
"""


def modules_after(imports):
    program = PROGRAM.format(imports=imports)
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_the_core_imports_only_msgspec_and_pybase64():
    third_party = modules_after("import voicelive_proto") - sys.stdlib_module_names - modules_after("")
    assert third_party <= {"voicelive_proto", "msgspec", "pybase64", "typing_extensions", "__main__", "__mp_main__"}


@pytest.mark.parametrize("package", ["voicelive", "voicelive_transports"])
def test_importing_a_package_loads_no_network_library(package):
    loaded = modules_after(f"import {package}")
    assert not loaded & {"websockets", "aiohttp", "azure", "asyncio", "trio", "anyio", "numpy", "typer", "rich"}
