"""Tiny models in the forms of the real ones, made here, for the real libraries to load: they hum instead of speaking.

ONNX files are protocol buffers; the few messages that are needed are written by hand (onnx.proto, version 1.15).
"""

import json

import numpy as np

FLOAT, INT64 = 1, 7


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number, value):
    """One field of a message: a number, or text or bytes or a message inside."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name, values):
    array = np.asarray(values)
    kind, layout = (FLOAT, "<f4") if array.dtype.kind == "f" else (INT64, "<i8")
    dimensions = b"".join(field(1, each) for each in array.shape)
    return field(5, dimensions + field(2, kind) + field(8, name) + field(9, array.astype(layout).tobytes()))


def node(operator, inputs, output, **attributes):
    """An operator with whole numbers as attributes."""
    made = b"".join(field(1, each) for each in inputs) + field(2, output) + field(4, operator)
    return field(1, made + b"".join(field(5, field(1, name) + field(3, value) + field(20, 2)) for name, value in attributes.items()))


def value(number, name, kind, *dimensions):
    """An input (11) or output (12) of a graph; a dimension is a number or a name."""
    shape = b"".join(field(1, field(1 if isinstance(each, int) else 2, each)) for each in dimensions)
    return field(number, field(1, name) + field(2, field(1, field(1, kind) + field(2, shape))))


def model(*parts):
    graph = b"".join(parts) + field(2, "hum")
    return field(1, 8) + field(8, field(1, "") + field(2, 17)) + field(7, graph)


def hum(tokens, samples_per_token):
    """Nodes from tokens to a sound of some samples for each, in ``sound``, a row of the length of the input times these samples."""
    swing = np.sin(2 * np.pi * np.arange(samples_per_token) / 100)[None, :].astype(np.float32)
    return (
        tensor("swing", swing),
        tensor("column", [-1, 1]),
        tensor("row", [-1]),
        node("Cast", [tokens], "numbers", to=FLOAT),
        node("Reshape", ["numbers", "column"], "standing"),
        node("MatMul", ["standing", "swing"], "each"),
        node("Reshape", ["each", "row"], "sound"),
    )


def write_piper_voice(path, samples_per_phoneme=200, rate_hz=16_000, speakers=1, phoneme="ə"):
    """A voice for Piper: each phoneme hums for so many samples, times ten times its length scale, rounded."""
    voice = model(
        *hum("input", samples_per_phoneme),
        tensor("second", [1]),
        tensor("third", [2]),
        tensor("ten", np.array([10.0], np.float32)),
        tensor("shape", [1, 1, 1, -1]),
        node("Slice", ["scales", "second", "third"], "length_scale"),
        node("Mul", ["length_scale", "ten"], "tenfold"),
        node("Round", ["tenfold"], "rounded"),
        node("Cast", ["rounded"], "repeats", to=INT64),
        node("Tile", ["sound", "repeats"], "long"),
        node("Reshape", ["long", "shape"], "output"),
        value(11, "input", INT64, 1, "phonemes"),
        value(11, "input_lengths", INT64, 1),
        value(11, "scales", FLOAT, 3),
        *([value(11, "sid", INT64, 1)] if speakers > 1 else []),
        value(12, "output", FLOAT, 1, 1, 1, "time"),
    )
    path.write_bytes(voice)
    config = {
        "num_symbols": 8,
        "num_speakers": speakers,
        "audio": {"sample_rate": rate_hz},
        "espeak": {"voice": "en-us"},
        "phoneme_type": "espeak",
        "phoneme_id_map": {"_": [0], "^": [1], "$": [2], " ": [3], "h": [4], "l": [5], phoneme: [6], "o": [7]},
        "inference": {"noise_scale": 0.6, "length_scale": 1.0, "noise_w": 0.8},
    }
    path.with_name(f"{path.name}.json").write_text(json.dumps(config), encoding="utf-8")
    return path


def write_kokoro(folder, speakers, samples_per_token=600):
    """A model for Kokoro: each token hums, louder for one speaker than for the next; and the file of the speakers."""
    path, voices = folder / "kokoro.onnx", folder / "voices.bin"
    kokoro = model(
        *hum("tokens", samples_per_token),
        tensor("first", [0]),
        tensor("second", [1]),
        tensor("axis", [1]),
        tensor("small", np.array([0.001], np.float32)),
        node("Slice", ["style", "first", "second", "axis"], "loud"),
        node("Mul", ["sound", "loud"], "louder"),
        node("Mul", ["louder", "small"], "quiet"),
        node("Div", ["quiet", "speed"], "audio"),
        value(11, "tokens", INT64, 1, "count"),
        value(11, "style", FLOAT, 1, 256),
        value(11, "speed", FLOAT, 1),
        value(12, "audio", FLOAT, 1, "time"),
    )
    path.write_bytes(kokoro)
    with voices.open("wb") as file:
        np.savez(file, **{name: np.full((510, 1, 256), number + 1, np.float32) for number, name in enumerate(speakers)})
    return path, voices


WIDTH = 64
"""Of Whisper's layers; as many tokens at most can be said."""


def write_whisper(folder, said=(" Good", " day")):
    """A model for Whisper that says the same words to whatever it hears, from second 0 to 1."""
    from ctranslate2.specs import whisper_spec

    names = ("endoftext", "startoftranscript", "translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
    specials = [f"<|{name}|>" for name in names]
    words = [each.replace(" ", "Ġ") for each in said]
    tokens = ["<unk>", *words, *specials, *(f"<|{number * 0.02:.2f}|>" for number in range(1501))]
    sizes = {"conv1": (WIDTH, 80, 3), "conv2": (WIDTH, WIDTH, 3), "embeddings": (len(tokens), WIDTH), "projection": (len(tokens), WIDTH)}
    spec = whisper_spec.WhisperSpec(1, 1, 1, 1)
    _fill(spec, sizes)
    # Every layer adds nothing, so that the place alone decides which token comes next. Each looks at half a second of the sound.
    spec.encoder.position_encodings.encodings = np.repeat(np.eye(60, WIDTH, dtype=np.float32), 25, axis=0)
    spec.decoder.layer[0].attention.linear[0].weight += np.eye(WIDTH, dtype=np.float32)
    spec.decoder.layer[0].attention.linear[1].weight += np.eye(2 * WIDTH, WIDTH, dtype=np.float32)
    spec.decoder.position_encodings.encodings = np.eye(448, WIDTH, dtype=np.float32)
    for place, token in enumerate(["<|0.00|>", *words, "<|1.00|>", "<|endoftext|>"]):
        spec.decoder.projection.weight[tokens.index(token), place] = 10
    spec.config.alignment_heads = [[0, 0]]
    spec.config.suppress_ids, spec.config.suppress_ids_begin, spec.config.lang_ids = [], [], []
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.save(str(folder))
    _write_tokenizer(folder / "tokenizer.json", tokens, specials)
    return folder


def _fill(layer, sizes, path=()):
    """Zeros for all weights that must be there; norms leave things as they are."""
    for name, part in list(vars(layer).items()):
        if name.startswith("_"):
            continue
        if isinstance(part, list):
            for number, each in enumerate(part):
                _fill(each, sizes, (*path, f"{name}_{number}"))
        elif hasattr(part, "variables"):
            _fill(part, sizes, (*path, name))
        elif part is None:
            setattr(layer, name, np.ones(WIDTH, np.float32) if name == "gamma" else np.zeros(_shape(name, path, sizes), np.float32))


def _shape(name, path, sizes):
    """Of a weight; the first linear layer makes three of its input in self attention, two in attention, four in the feed forward part."""
    if name == "beta":
        return (WIDTH,)
    if path[-1] in sizes:
        return sizes[path[-1]]
    times = {("self_attention", "linear_0"): 3, ("attention", "linear_1"): 2, ("ffn", "linear_0"): 4}.get(path[-2:], 1)
    return (times * WIDTH, 4 * WIDTH if path[-2:] == ("ffn", "linear_1") else WIDTH)


def _write_tokenizer(path, tokens, specials):
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import WordLevel

    tokenizer = Tokenizer(WordLevel({token: number for number, token in enumerate(tokens)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(specials)
    tokenizer.save(str(path))
