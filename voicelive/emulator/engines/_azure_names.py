"""What the name of an Azure voice tells: ``de-DE-FlorianMultilingualNeural`` speaks German, and is a man's.

Azure's list gives each voice's gender; a name does not. The men's given names of the list are here; whoever else is named is a woman.
"""

import re
from dataclasses import dataclass
from typing import Final

_NAME = re.compile(r"(?P<language>[a-z]{2,3})-(?P<region>[a-z]{2,4}|[0-9]{3})(?:-(?P<rest>.*))?$", re.DOTALL)
_GIVEN = re.compile(
    r"(?:(?:liaoning|shandong|shaanxi|henan|sichuan|guangxi)-)?(?P<given>[^:]*?)(?:multilingual|turbo|dragon|neural|hd|:|$)"
)

_MEN: Final = frozenset(
    re.findall(
        r"\w+",
        """
        aarav abdullah abeo adam ahmet alain aled aleksandar alessio alex alfie ali alonso alvaro ameha anbu ander andres andrew
        angelo antoine antonin antonio ardi arjun arnau arnaud asad avri babek bashkar bassel benigno bernd bongjin borislav
        brandon brian calimero carlos cataldo cecilio chanthavong chilemba christoph christopher claude colm connor conrad
        daichi dario darren daudi daulet davis derek diego dimas dmitry donato duarte duncan dustin elias elimu elliot emil
        emilio enric eric ethan fabio fabrice fahed farid federico finn florian gagan gerard gerardo gianni giorgi giuseppe
        gonzalo gookmin goran gulnawaz gunnar guy hamdan hamed harri hayk hedi henri humberto hyunsu ilir injoon jacob jajang
        jamal james jan jason javier jean jeppe jerome jonas jorge joseph juan julio kai kasper keita ken kert killian klaus
        kumar kunal laith leonas lewis liam liberto lisandro lorenzo luciano lucien luis lukas luke maarten macerio madhur
        manohar manuel marcello marcelo marek mario masaru mateo mattias maurice midhun mitchell moaz mohan muuse naoki neil
        nestoras nicholas nicolau nil nils niranjan niwat noah oliver ollie omar osman ostap pelayo piseth prabhat pradeep
        rafiki ralf rami rehaan remy rinaldo roberto rodrigo roger roi rok ryan sagar saleh salim salman sam sameera samuel
        sardor saul sebastian shakir srecko steffan surya taim tamas teo themba thierry thiha thomas tim tomas tony tristan
        valerio valluvar victor wanlung wayne willem william yago yves
        """,
    )
)


@dataclass(frozen=True, slots=True)
class AzureName:
    """A name, taken apart.

    Attributes:
        language: first part of the locale, such as ``de``.
        region: second part, such as ``de`` or ``419``.
        male: whether it is a man's voice.
    """

    language: str
    region: str
    male: bool


def azure_name(voice_name: str) -> AzureName | None:
    """Take a name apart, or the locale that stands alone; None for what has no locale in front."""
    found = _NAME.match(voice_name.lower())
    if found is None:
        return None
    given = _GIVEN.match(found["rest"] or "")
    first = given["given"] if given is not None else ""
    # "Yun" begins the names of most Chinese men in the list and of no woman, except Yunxia's boy.
    return AzureName(found["language"], found["region"], male=first in _MEN or first.startswith("yun"))
