"""The trilingual sub-word vocabulary: one folding with the lexical side, then a Unigram model.

Folding inside ``tokenizer.json`` is ``reportqa.text.fold`` itself (NFKC, lower case, radicals, dashes,
Chinese character forms → Japanese), compiled into a SentencePiece character map so that any reader
of the sentence-transformers folder gets it.
"""

from __future__ import annotations

import io
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from reportqa.text import fold

# Kanji, katakana and hiragana never share a token: 使用する and 使用した then share 使用, and the
# vocabulary is not filled with "することができます". Figures keep their digits together.
SCRIPTS = (
    r"[\u3400-\u9fff\u3005\u3007\x{20000}-\x{2ffff}]+|[\u30a1-\u30fa\u30fc-\u30ff]+|[\u3041-\u309f]+"
    r"|[a-z\u00e0-\u024f]+|[0-9]+|[^\s\u3400-\u9fff\u3005\u3007\u3041-\u30fa\u30fc-\u30ffa-z\u00e0-\u024f0-9]"
)


def normalizer() -> normalizers.Normalizer:
    """``reportqa.text.fold`` as a tokenizers normalizer."""
    return normalizers.Sequence([normalizers.NFKC(), normalizers.Precompiled(_character_map())])


def pre_tokenizer(kind: str) -> pre_tokenizers.PreTokenizer:
    """``script``: split where the script changes; ``space``: only at white space, punctuation, figures."""
    if kind == "script":
        return pre_tokenizers.Split(Regex(SCRIPTS), behavior="removed", invert=True)
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=False)]
    )


def train(texts: Iterable[str], size: int, kind: str = "script") -> Tokenizer:
    """A Unigram tokenizer (Kudo 2018, arXiv:1804.10959) of ``size`` tokens."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizer(kind)
    trainer = trainers.UnigramTrainer(
        vocab_size=size,
        special_tokens=["[PAD]", "[UNK]"],
        unk_token="[UNK]",
        max_piece_length=10,
        shrinking_factor=0.75,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _character_map() -> bytes:
    """The characters that ``fold`` changes beyond NFKC, as SentencePiece's compiled map.

    SentencePiece compiles the map when it trains, so a toy model is trained and its map taken out.
    Format: sentencepiece_model.proto, NormalizerSpec (field 3), precompiled_charsmap (field 2).
    """
    import sentencepiece

    lines = []
    for code in range(0x21, 0x30000):
        char = chr(code)
        if unicodedata.category(char) in ("Cs", "Cn") or unicodedata.normalize("NFKC", char) != char:
            continue
        if (folded := fold(char)) != char:
            lines.append(f"{code:X}\t{' '.join(f'{ord(c):X}' for c in folded)}\n")
    model = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "fold.tsv"
        table.write_text("".join(lines), "utf-8")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["a b c d e"] * 10),
            model_writer=model,
            normalization_rule_tsv=str(table),
            vocab_size=20,
            hard_vocab_limit=False,
            minloglevel=3,
        )
    return dict(_fields(dict(_fields(model.getvalue()))[3]))[2]


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protobuf message, last one winning; numbers are left out."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = number()
        if key & 7 == 0:
            number()
            continue
        length = {1: 8, 5: 4}.get(key & 7) or number()
        yield key >> 3, message[at : at + length]
        at += length
