"""From the sounds of speech, in the International Phonetic Alphabet, to Azure's 22 mouth shapes.

The numbers and the sounds of English are those of Azure's page "Get facial position with viseme". Sounds of other languages take the
shape of the nearest one there: same place of the lips and the tongue.
"""

# ruff: noqa: RUF001
# The letters of the phonetic alphabet are not those that they look like, and meant so.

SILENCE = 0

_SOUNDS = {
    1: "æ ə ʌ a ɐ ɜ ᵊ",
    2: "ɑ ɒ",
    3: "ɔ",
    4: "ɛ ʊ e eɪ ø œ ɤ",
    5: "ɝ ɚ",
    6: "j i ɪ y ʏ ɨ ᵻ ʎ",
    7: "w u ʉ ɯ ʍ ɥ",
    8: "o oʊ əʊ ɵ",
    9: "aʊ ɑu",
    10: "ɔɪ",
    11: "aɪ ai",
    12: "h ħ ɦ ʔ ʕ",
    13: "ɹ r ɾ ɽ ʀ ʁ ɻ",
    14: "l ɫ ɭ ɬ",
    15: "s z ts dz",
    16: "ʃ tʃ dʒ ʒ ɕ ʑ tɕ dʑ ʂ ʐ tʂ dʐ",
    17: "ð",
    18: "f v ʋ pf",
    19: "d t n θ ɲ ɳ ʈ ɖ",
    20: "k g ɡ ŋ x ɣ c q χ ɟ ç ɢ",
    21: "p b m β ɸ ɓ",
}

_SHAPES = {sound: shape for shape, sounds in _SOUNDS.items() for sound in sounds.split()}
_NOT_HEARD_IN_THE_MOUTH = str.maketrans("", "", "ˈˌːˑ.|ʲʰʷ̩̪̃̊")
"""Stress, length, syllables and secondary articulation."""


def viseme_of(sound: str) -> int | None:
    """The mouth shape of a sound; its first letters decide where the whole is not known. None for a sound that is not known at all."""
    bare = sound.translate(_NOT_HEARD_IN_THE_MOUTH)
    if not bare:
        return SILENCE
    return next((_SHAPES[bare[:length]] for length in range(min(3, len(bare)), 0, -1) if bare[:length] in _SHAPES), None)
