"""Train the bundled static embedding model.

    python training/train.py                               # the shipped recipe: vocabulary, all stages, card
    python training/train.py --out /tmp/try --stages 2     # one thing changed, for the ablation table

Everything is read from ``--data``; the seed fixes the vocabulary sample, the start and the batches.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

import card
import data
import decks
import evaluate
import negatives
import numba
import torch
import vocabulary
from datasets import Dataset, DatasetDict
from losses import PooledAndMaxSim
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.models import StaticEmbedding
from sentence_transformers.training_args import BatchSamplers, MultiDatasetBatchSamplers
from tokenizers import Tokenizer

from reportqa.encoder import StaticEncoder

ROOT = Path(__file__).resolve().parent.parent
VOCABULARY_CHARACTERS = 12_000_000
COLUMNS = ("anchor", "positive", "negative")


def vocabulary_texts(folder: Path, seed: int) -> list[str]:
    """What the vocabulary is learned from: a sample of everything, and every JaQuAD paragraph.

    Without the paragraphs the vocabulary would be that of software manuals.
    """
    paragraphs = dict.fromkeys(p for _, p in data.questions(folder))
    return [*data.sample(data.monolingual(folder), VOCABULARY_CHARACTERS, seed), *paragraphs]


@dataclass(frozen=True, slots=True)
class Stage:
    """``maxsim`` is the share of the MaxSim loss, ``near`` that of the window in it, ``limit`` the pairs it compares."""

    batch: int
    rate: float
    epochs: float
    maxsim: float = 0.0
    near: float = 0.0
    limit: int = 256


STAGES = (
    Stage(batch=2048, rate=0.1, epochs=1.0),
    Stage(batch=1024, rate=0.05, epochs=1.0, maxsim=1.0),
    Stage(batch=1024, rate=0.02, epochs=0.4, maxsim=1.0, near=1.0, limit=192),
)
"""What words mean; what passages answer; the same and the words again, on the score the retriever uses."""

DICTIONARY_STAGES = (
    Stage(batch=1024, rate=0.02, epochs=0.4, maxsim=1.0, near=1.0, limit=192),
    Stage(batch=1024, rate=0.04, epochs=1.0, maxsim=1.0, near=1.0, limit=192),
)
"""The third stage again with a large dictionary, gently and boldly, each from the table before."""


OWN_STAGE = Stage(batch=512, rate=0.03, epochs=1.0, maxsim=1.0, near=1.0, limit=192)
"""What people say for the words of reports, and what they ask of slides."""

REPLAY = 0.12
"""Share of all earlier pairs met again in the own stage, lest they be forgotten."""

WORDING_ROUNDS, PRACTICE_ROUNDS = 2, 3
"""How often each pair of the thesaurus and each practice question is met."""

WORDS = Path(__file__).parent / "words"


def own_sets(options: argparse.Namespace) -> dict[str, list[tuple[str, ...]]]:
    """Our thesaurus, questions to our practice decks with hard negatives, and a sample of everything before."""
    draw = random.Random(options.seed)
    corpora = decks.practice("train")
    asked = decks.pairs(corpora, PRACTICE_ROUNDS, draw)
    again = {
        name: draw.sample(rows, max(OWN_STAGE.batch, int(REPLAY * len(rows))))
        for name, rows in dictionary_sets(options).items()
    }
    return again | {"wordings": [*data.wordings(WORDS)] * WORDING_ROUNDS, "practice": [*asked]}


def training_sets(stage: int, options: argparse.Namespace) -> dict[str, list[tuple[str, ...]]]:
    """The pairs and triples of a stage, by name; batches never mix two of them."""
    if stage == 0:
        return words(options.data)
    if stage == 1:
        return retrieval(options.data, 4, options)
    joined = {"zh_ja_words": [*data.pivot(options.data)]}
    return retrieval(options.data, 2, options) | words(options.data) | joined


def dictionary_sets(options: argparse.Namespace) -> dict[str, list[tuple[str, ...]]]:
    """The sets of the third stage and what EDICT says of words."""
    entries = data.edict(options.edict)
    return training_sets(2, options) | {
        "edict": [*data.edict_pairs(entries)],
        "edict_synonyms": [*data.edict_synonyms(entries)],
        "edict_zh": [*data.edict_pivot(options.data, entries)],
    }


def words(folder: Path) -> dict[str, list[tuple[str, ...]]]:
    """Dictionaries, synonyms and translated headings, which say what a word means."""
    names = ("train_en_ja_words", "train_zh_en_words", "train_ja_para_syn", "train_en_ja_heading")
    return {name.removeprefix("train_"): [*data.pairs(folder, name)] for name in names}


def retrieval(folder: Path, oversample: int, options: argparse.Namespace) -> dict[str, list[tuple[str, ...]]]:
    """Questions (``oversample`` times) and headings with their passages, and parallel sentences."""
    natural = list(dict.fromkeys(data.questions(folder)))
    # Each time a question is seen it meets another hard negative.
    rounds = [
        natural if options.easy else negatives.mine(natural, options.seed + i) for i in range(oversample)
    ]
    return {
        "questions": [row for one in rounds for row in one],
        "answer_sentences": [*data.answer_sentences(folder)],
        "headings": [*data.headings(folder)],
        "en_ja_section": [*data.pairs(folder, "train_en_ja_section")],
        "en_ja_parallel": [*data.pairs(folder, "train_en_ja_parallel")],
        "zh_ja": [*data.pairs(folder, "train_zh_ja")],
        "ja_para_syn": [*data.pairs(folder, "train_ja_para_syn")],
    }


def run_stage(
    model: SentenceTransformer,
    sets: dict[str, list[tuple[str, ...]]],
    stage: Stage,
    options: argparse.Namespace,
) -> None:
    full = model[0].embedding_dim
    loss = PooledAndMaxSim(
        model,
        [full, full // 2, full // 4] if stage.maxsim else [full],
        share=stage.maxsim,
        maxsim_scale=options.scale,
        limit=stage.limit,
        near=stage.near,
    )
    datasets = DatasetDict(
        {
            name: Dataset.from_dict(dict(zip(COLUMNS, zip(*rows, strict=True), strict=False)))
            for name, rows in sets.items()
        }
    )
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(options.scratch),
        num_train_epochs=stage.epochs,
        per_device_train_batch_size=stage.batch,
        learning_rate=stage.rate,
        lr_scheduler_type="linear",
        warmup_steps=50,
        weight_decay=0.0,
        adam_beta2=0.99,
        max_grad_norm=1e9,
        batch_sampler=BatchSamplers.NO_DUPLICATES_HASHED,
        multi_dataset_batch_sampler=MultiDatasetBatchSamplers.PROPORTIONAL,
        seed=options.seed,
        data_seed=options.seed,
        use_cpu=True,
        save_strategy="no",
        report_to="none",
        logging_steps=50,
        disable_tqdm=True,
        dataloader_drop_last=True,
        dataloader_num_workers=1,
        dataloader_prefetch_factor=4,
    )
    SentenceTransformerTrainer(model, arguments, train_dataset=datasets, loss=loss).train()


def save(model: SentenceTransformer, folder: Path) -> None:
    """The sentence-transformers folder: weights in half precision, the tokenizer without padding blanks."""
    folder.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(str(folder), create_model_card=False)
    model.float()
    tokenizer = folder / "tokenizer.json"
    content = json.loads(tokenizer.read_text("utf-8"))
    content["model"]["vocab"] = [[token, round(score, 4)] for token, score in content["model"]["vocab"]]
    tokenizer.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), "utf-8")
    for file in folder.iterdir():
        file.chmod(0o644)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/train")
    parser.add_argument("--edict", type=Path, default=Path("/usr/share/edict/edict"))
    parser.add_argument("--out", type=Path, default=ROOT / "src/reportqa/model")
    parser.add_argument("--scratch", type=Path, default=ROOT / "training/runs")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=3)
    parser.add_argument("--size", type=int, default=32000, help="tokens in the vocabulary")
    parser.add_argument("--split", choices=("script", "space"), default="script")
    parser.add_argument("--tokenizer", type=Path, help="a tokenizer.json to use instead of training one")
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--stages", type=int, default=len(STAGES) + 2, help="stop after this many")
    parser.add_argument(
        "--own", action="store_true", help="only the last stage, from --start; --stages does not count"
    )
    parser.add_argument("--mix", type=float, default=1.0, help="how far to go to the table of the last stage")
    parser.add_argument(
        "--start",
        type=Path,
        help="a folder to go on from: of the first two stages, or with --own of all before the last",
    )
    parser.add_argument("--scale", type=float, default=40.0, help="inverse temperature of the MaxSim loss")
    parser.add_argument("--easy", action="store_true", help="no mined hard negatives")
    options = parser.parse_args()
    if options.own and not options.start:
        parser.error("--own goes on from a trained table: name it with --start")
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    numba.set_num_threads(options.threads)
    began = time.time()

    if options.start:
        model = SentenceTransformer(str(options.start)).float()
    else:
        if options.tokenizer:
            tokenizer = Tokenizer.from_file(str(options.tokenizer))
        else:
            texts = vocabulary_texts(options.data, options.seed)
            tokenizer = vocabulary.train(texts, options.size, options.split)
        print(f"vocabulary of {tokenizer.get_vocab_size()} after {time.time() - began:.0f} s", flush=True)
        static = StaticEmbedding(tokenizer, embedding_dim=options.dimension)
        torch.nn.init.normal_(static.embedding.weight, std=0.3)
        model = SentenceTransformer(modules=[static])
    table = model[0].embedding.weight
    before = table.detach().clone()
    first = len(STAGES) if options.own else 2 if options.start else 0
    for stage in range(first, min(options.stages, len(STAGES))):
        run_stage(model, training_sets(stage, options), STAGES[stage], options)
        if stage == 1:
            before = table.detach().clone()
        if stage == 2:
            # The mean keeps what either stage does better (Wortsman et al. 2022, arXiv:2203.05482).
            table.data = (before + table.detach()) / 2
        print(f"stage {stage + 1} done after {time.time() - began:.0f} s", flush=True)
    if options.stages > len(STAGES) and not options.own:
        before = table.detach().clone()
        tables = [before]
        for stage in DICTIONARY_STAGES:
            table.data = before.clone()
            run_stage(model, dictionary_sets(options), stage, options)
            tables.append(table.detach().clone())
        table.data = torch.stack(tables).mean(0)
        print(f"dictionary stages done after {time.time() - began:.0f} s", flush=True)
    if options.own or options.stages > len(STAGES) + 1:
        before = table.detach().clone()
        run_stage(model, own_sets(options), OWN_STAGE, options)
        table.data = before + options.mix * (table.detach() - before)
        print(f"own stage done after {time.time() - began:.0f} s", flush=True)
    save(model, options.out)
    measured = evaluate.table(evaluate.measure(StaticEncoder(options.out), options.data))
    card.write(options.out, model[0].num_embeddings, options.dimension, measured)
    print(measured)


if __name__ == "__main__":
    main()
