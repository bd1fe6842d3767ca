"""The model card: what the weights were trained on, under which licence, how good they are, where they fail."""

from __future__ import annotations

from pathlib import Path

CARD = """\
---
license: cc-by-sa-4.0
language: [ja, en, zh]
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags: [sentence-transformers, static-embedding, retrieval, late-interaction]
---

# reportqa static late-interaction embedding

A table of {tokens:,} sub-word vectors of {dimension} numbers (half precision) for Japanese, English and Chinese.
There is no network: a text is the mean of its tokens' vectors, or, for late interaction, the set of them. The
length of a token's vector is its weight. It is trained from nothing but the data below, on a CPU, by
`training/train.py`; it downloads nothing and needs no torch to be used.

```python
from sentence_transformers import SentenceTransformer
model = SentenceTransformer("src/reportqa/model")            # pooled vectors
from reportqa.encoder import StaticEncoder
encoder = StaticEncoder()                                    # the same without torch, and tokens one by one
```

- Pooled score: cosine of the two means. The first 128 or 64 numbers alone still work (Matryoshka).
- Late interaction (much better for questions): each question token `q` takes its best position `j` of the passage,
  and a position is the better the more of the whole question stands within 8 tokens of it:
  `score = sum of w(q) · max over j of [cos(q, p_j) + sum over q' of w(q') · max over |d| <= 8 of cos(q', p_(j+d))]`,
  with `w(q) = |q| / sum of |q|`. The model is trained on this score; `training/evaluate.py` has it in ten lines of numpy.
- Text is folded inside `tokenizer.json` exactly as `reportqa.text.fold` does: NFKC, lower case, Kangxi and CJK
  radicals, dashes and quotes, Chinese character forms → Japanese ones (产业 → 産業).

## Measured

Held-out development sets, first 1,200 questions (1,000 Chinese) against all passages of the set. `bm25` runs over
reportqa's own terms, `maxsim` is late interaction without the window, `windowed` the score above over the first hundred
of `bm25` and of `pooled`, `fused` a sum of z-scores: bm25 + 0.3 pooled + the one named.

{results}

## Limits

- Word vectors do not read: negation, who did what to whom and the order of words are lost. In a fused ranking BM25
  and a reader of the found slide make up for some of it.
- Nearly all Japanese text besides JaQuAD is software and ERP documentation. Medicine, finance and law are known
  from an encyclopedia, dictionaries and our practice decks only; paraphrases that share no words with the passage are
  still often missed.
- The Chinese development set is easy and not clean: translated documentation of the kinds also seen in training, and
  about a quarter of its passages stand in a training file. The other three sets share no passage with training.
- Part of the documentation was translated by machine, and the vectors have learned its wording.
- Scores are for ranking within one corpus. They are no probabilities and have no fixed threshold.

## Data and licence

The weights are released under **CC BY-SA 4.0**, because some sources are ShareAlike. With thanks to:

| source | licence | used for |
|---|---|---|
| JaQuAD (SkelterLabs) | CC BY-SA 3.0 | Japanese questions and paragraphs |
| JSTS in JGLUE (Yahoo Japan) | CC BY-SA 4.0 | Japanese paraphrases |
| NIILC-QA (mynlp) | CC BY-SA 4.0 | Japanese questions |
| JSICK (verypluming) | CC BY-SA 4.0 | Japanese paraphrases |
| CC-CEDICT | CC BY-SA 4.0 | Chinese–English words |
| MicrosoftDocs *.ja-jp and zh-cn | CC BY 4.0 | headings, sections, parallel text |
| opentelemetry.io, kubernetes website, vuejs docs, react docs | CC BY 4.0 | headings, sections, parallel text |
| asdc (megagonlabs) | CC BY 4.0 | Japanese paraphrases |
| AdobeDocs | MIT | headings, sections, parallel text |
| The Rust book, Japanese | MIT / Apache-2.0 | headings, sections |
| python-docs and django-docs translations | as Python (PSF) and Django (BSD) | parallel text |
| SudachiDict synonyms (Works Applications) | Apache-2.0 | Japanese synonyms |
| EJDict | CC0 | English–Japanese words |
| EDICT / JMdict (the [Electronic Dictionary Research and Development Group](https://www.edrdg.org/), used in conformance with its [licence](https://www.edrdg.org/edrdg/licence.html)) | CC BY-SA 3.0 | English–Japanese words |
| our own thesaurus and practice decks (`training/words`, `training/decks`) | CC BY-SA 4.0 | what people say for the words of reports, questions to slides |
| OpenCC character tables (in the text folding) | Apache-2.0 | Chinese → Japanese character forms |

Trained with sentence-transformers (MultipleNegativesRankingLoss in MatryoshkaLoss, and a MaxSim loss of our own);
recipe and ablations: `training/README.md`.
"""


def write(folder: Path, tokens: int, dimension: int, results: str) -> None:
    """Write ``README.md`` of a model folder; ``results`` is the Markdown table that ``evaluate.table`` makes."""
    (folder / "README.md").write_text(
        CARD.format(tokens=tokens, dimension=dimension, results=results), "utf-8"
    )
