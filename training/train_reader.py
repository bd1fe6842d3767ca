"""Train the reader: the small network that marks the answer to a question on a slide.

    python training/train_reader.py --data ../shared/train      # all stages: four hours on two cores

Inputs are the vectors of the bundled static model, kept as they are, so Chinese and English questions
are read as Japanese ones are. About 1.5 million weights are learned. ``reportqa.reader`` computes
the same function with numpy alone.
"""

from __future__ import annotations

import argparse
import os
import pickle
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import data
import decks
import numpy as np
import reading
import torch
import translated
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn import functional

from reportqa.encoder import BUNDLED, StaticEncoder
from reportqa.reader import inputs as seen
from reportqa.reader import network

ROOT = Path(__file__).resolve().parent.parent
FREQUENT = 4096
"""How many of the commonest tokens get a vector of their own on top of the static one."""

CHUNK = 1500
"""Questions turned into examples at a time."""

LONGEST = 360
"""Most tokens of a training example."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What of every hundred questions is asked of paragraphs, of made-up slides and of practice decks."""

    steps: int
    rate: float
    paragraphs: int
    slides: int
    decks: int


STAGES = (Stage(3000, 1.5e-3, 100, 0, 0), Stage(900, 5e-4, 50, 50, 0), Stage(9000, 6e-4, 15, 8, 77))
"""What an answer looks like, on paragraphs; what a slide looks like; what is asked of slides."""


class Block(nn.Module):
    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(3)])
        self.depth = nn.Conv1d(width, width, network.KERNEL, padding=network.KERNEL // 2, groups=width)
        self.point = nn.Linear(width, width)
        self.attend = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.widen = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        near = self.depth((self.norms[0](x) * mask[:, :, None]).transpose(1, 2)).transpose(1, 2)
        x = x + self.dropout(self.point(functional.relu(near)))
        batch, length, width = x.shape
        q, k, v = (
            part.view(batch, length, network.HEADS, -1).transpose(1, 2)
            for part in self.attend(self.norms[1](x)).chunk(3, -1)
        )
        seen = functional.scaled_dot_product_attention(q, k, v, mask[:, None, None, :])
        x = x + self.dropout(self.merge(seen.transpose(1, 2).reshape(batch, length, width)))
        return x + self.dropout(self.narrow(functional.relu(self.widen(self.norms[2](x)))))


class Reader(nn.Module):
    def __init__(self, table: Tensor, frequent: Tensor, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("table", table, persistent=False)
        self.register_buffer("frequent", frequent, persistent=False)
        self.static = nn.Linear(table.shape[1], width)
        self.aligned = nn.Linear(table.shape[1], width)
        self.own = nn.Embedding(int(frequent.max()) + 1, width, padding_idx=0)
        self.kind = nn.Embedding(seen.KINDS, width)
        self.part = nn.Embedding(4, width)
        self.match = nn.Linear(seen.MATCHES, width)
        self.blocks = nn.ModuleList([Block(width, dropout) for _ in range(layers)])
        self.last = nn.LayerNorm(width)
        self.ends = nn.Linear(width, 2)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.own.weight, std=0.02)

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        """Logits of start and end, (examples, positions, 2); position 0 stands for "not here"."""
        vectors = functional.embedding(batch["ids"], self.table)
        x = (
            self.static(self.dropout(vectors))
            + self.own(self.frequent[batch["ids"]])
            + self.kind(batch["kinds"])
            + self.part(batch["parts"])
            + self.match(batch["matches"])
            + self.aligned(self.dropout(batch["aligned"]))
        )
        mask = batch["mask"]
        for block in self.blocks:
            x = block(x, mask)
        logits = self.ends(self.last(x)).float()
        # Only the first position and the slide's tokens can begin or end an answer.
        open_ = mask & (batch["parts"] >= 2)
        open_[:, 0] = True
        return logits.masked_fill(~open_[:, :, None], -1e4)


@dataclass(slots=True)
class Encoded:
    """``spans`` are the first and last tokens of the answers, none where the passage does not answer."""

    question: np.ndarray
    passage: seen.Tokens
    spans: tuple[tuple[int, int], ...]


def encode(examples: list[reading.Example], encoder: StaticEncoder) -> list[Encoded]:
    """Examples as token ids; those whose answer is not made of whole tokens are left out."""
    asked = encoder.token_ids([e.question for e in examples])
    found = []
    texts = ["\n".join(e.lines) for e in examples]
    for example, question, tokens in zip(examples, asked, seen.tokenise(encoder, texts), strict=True):
        if len(question) + len(tokens.ids) > LONGEST or not len(question):
            continue
        spans = []
        for line, a, b in example.answers:
            base = sum(len(text) + 1 for text in example.lines[:line])
            inside = np.flatnonzero((tokens.ends > base + a) & (tokens.starts < base + b))
            if len(inside):
                spans.append((int(inside[0]), int(inside[-1])))
        if spans or not example.answers:
            found.append(Encoded(question, tokens, tuple(spans)))
    return found


def every_vector(encoder: StaticEncoder) -> np.ndarray:
    """The static vectors of the whole vocabulary, (tokens, dimension)."""
    return encoder.token_vectors(np.arange(encoder.size, dtype=np.int32))


def collate(rows: list[Encoded], unit: np.ndarray) -> dict[str, Tensor]:
    """One padded batch; ``unit`` are the unit vectors of the vocabulary."""
    inputs = [
        seen.inputs(row.question, row.passage, unit[row.question], unit[row.passage.ids]) for row in rows
    ]
    length = max(len(i.ids) for i in inputs)
    batch: dict[str, Tensor] = {}
    for name in ("ids", "kinds", "parts"):
        batch[name] = torch.tensor(
            np.stack([np.pad(getattr(i, name), (0, length - len(i.ids))) for i in inputs])
        ).long()
    for name in ("matches", "aligned"):
        batch[name] = torch.tensor(
            np.stack([np.pad(getattr(i, name), ((0, length - len(i.ids)), (0, 0))) for i in inputs])
        )
    batch["mask"] = torch.tensor(np.stack([np.arange(length) < len(i.ids) for i in inputs]))
    for name, side in (("starts", 0), ("ends", 1)):
        right = np.zeros((len(rows), length), dtype=bool)
        for place, row in enumerate(rows):
            right[place, [span[side] + len(row.question) + 2 for span in row.spans] or [0]] = True
        batch[name] = torch.tensor(right)
    return batch


def batches(
    asked: list[reading.Asked],
    practice: list[reading.Posed],
    encoder: StaticEncoder,
    draw: random.Random,
    tokens: int,
    stage: Stage,
) -> Iterator[dict[str, Tensor]]:
    """Batches of similar length without end, each question met in a new window every time."""
    unit = functional.normalize(torch.tensor(every_vector(encoder))).numpy()
    told = reading.facts(asked)
    ways = data.other_ways(ROOT / "training/words")
    counts = [CHUNK * share // 100 for share in (stage.paragraphs, stage.slides, stage.decks)]
    while True:
        draw.shuffle(asked)
        for at in range(0, len(asked), counts[0]):
            made = draw.sample(told, min(len(told), counts[1]))
            posed = draw.sample(practice, min(len(practice), counts[2]))
            examples = [
                *reading.epoch(asked[at : at + counts[0]], draw),
                *reading.slides(made, draw),
                *reading.practised(posed, ways, draw),
            ]
            rows = encode(examples, encoder)
            rows.sort(key=lambda r: len(r.question) + len(r.passage.ids) + draw.random() * 24)
            groups: list[list[Encoded]] = [[]]
            for row in rows:
                size = len(row.question) + len(row.passage.ids) + 2
                if size * (len(groups[-1]) + 1) > tokens:
                    groups.append([])
                groups[-1].append(row)
            draw.shuffle(groups)
            for group in groups:
                yield collate(group, unit)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/train")
    parser.add_argument("--out", type=Path, default=ROOT / "src/reportqa/reader")
    parser.add_argument("--model", type=Path, default=BUNDLED, help="the static model it reads with")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--tokens", type=int, default=4000, help="tokens of a process in a batch")
    parser.add_argument("--threads", type=int, default=3, help="processes of one thread each")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--limit", type=int, default=0, help="questions to train on; 0 for all")
    parser.add_argument(
        "--scratch", type=Path, default=ROOT / "training/runs", help="keeps prepared questions"
    )
    parser.add_argument("--skip", type=int, default=0, help="stages already trained into --start")
    parser.add_argument("--start", type=Path, default=ROOT / "src/reportqa/reader")
    parser.add_argument("--part", type=float, default=1.0, help="share of the steps, for a quick try")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    began = time.time()
    encoder = StaticEncoder(options.model)
    kept = options.scratch / "reader-questions.pickle"
    if kept.is_file():
        asked = pickle.loads(kept.read_bytes())
    else:
        asked = reading.load(options.data, encoder, options.seed)
        options.scratch.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(asked))
    if options.limit:
        asked = asked[: options.limit]
    table = torch.tensor(every_vector(encoder))
    table = table / table.norm(dim=1).mean()
    counts: Counter[int] = Counter()
    for ids in encoder.token_ids([a.question for a in asked] + list(dict.fromkeys(a.context for a in asked))):
        counts.update(ids.tolist())
    frequent = torch.zeros(encoder.size, dtype=torch.long)
    for place, (token, _) in enumerate(counts.most_common(FREQUENT), start=1):
        frequent[token] = place
    model = Reader(table, frequent, options.width, options.layers, options.dropout)
    print(
        f"{len(asked)} questions, {sum(p.numel() for p in model.parameters())} weights, {time.time() - began:.0f} s",
        flush=True,
    )
    glossaries = [translated.Glossary(options.data, language, encoder) for language in ("en", "zh")]
    practice = reading.posed(decks.practice("train"), glossaries, options.seed)
    print(f"{len(practice)} questions to practice decks, {time.time() - began:.0f} s", flush=True)
    for number, stage in list(enumerate(STAGES))[options.skip :]:
        if number:
            resume(model, options.start if number == options.skip else options.out)
        torch.multiprocessing.spawn(
            work, (options, stage, model, asked, practice, began), nprocs=options.threads, join=True
        )


def marginal(logits: Tensor, right: Tensor) -> Tensor:
    """Mean loss of meeting any of the ``right`` positions (Clark and Gardner 2018, arXiv:1710.10723)."""
    met = torch.logsumexp(logits.masked_fill(~right, -1e9), dim=1)
    return (torch.logsumexp(logits, dim=1) - met).mean()


def resume(model: Reader, folder: Path) -> None:
    """Weights of an earlier run with the same vocabulary; blocks it did not have begin as no change."""
    state = load_file(str(folder / "reader.safetensors"))
    order = state.pop("frequent").long()
    state.pop("scale", None)
    model.frequent.zero_()
    model.frequent[order[1:]] = torch.arange(1, len(order))
    own = model.state_dict()
    for name, value in own.items():
        if name not in state and name.split(".")[-2] in ("point", "merge", "narrow"):
            value.zero_()
    known = {name: value.float().view_as(own[name]) for name, value in state.items()}
    model.load_state_dict(own | known)


def work(
    rank: int,
    options: argparse.Namespace,
    stage: Stage,
    model: Reader,
    asked: list[reading.Asked],
    practice: list[reading.Posed],
    began: float,
) -> None:
    """One of several equal processes: each takes its share of the questions, gradients are averaged."""
    torch.set_num_threads(1)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(29500 + os.getppid() % 1000))
    dist.init_process_group("gloo", rank=rank, world_size=options.threads)
    torch.manual_seed(options.seed + rank)
    steps = max(20, int(stage.steps * options.part))
    encoder = StaticEncoder(options.model)
    decayed = [p for n, p in model.named_parameters() if p.ndim > 1]
    plain = [p for n, p in model.named_parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
        lr=stage.rate,
        betas=(0.9, 0.98),
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, stage.rate, total_steps=steps, pct_start=0.08, cycle_momentum=False
    )
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.997)
    )
    shares = batches(
        asked[rank :: options.threads],
        practice[rank :: options.threads],
        encoder,
        random.Random(options.seed + rank),
        options.tokens,
        stage,
    )
    development = reading.development(options.data) if rank == 0 else []
    losses = []
    model.train()
    for step, batch in zip(range(1, steps + 1), shares, strict=False):
        logits = model(batch)
        loss = marginal(logits[:, :, 0], batch["starts"]) + marginal(logits[:, :, 1], batch["ends"])
        optimiser.zero_grad()
        loss.backward()
        share(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        average.update_parameters(model)
        losses.append(loss.item())
        if rank:
            continue
        if step % 50 == 0:
            passed = time.time() - began
            print(
                f"step {step}/{steps} loss {np.mean(losses[-50:]):.3f} after {passed:.0f} s",
                flush=True,
            )
        if step % 500 == 0 or step == steps:
            save(average.module, options)
            measured = reading.measure(
                network.Reader(encoder, options.out), development[:: 1 if step == steps else 20]
            )
            print(f"step {step}: {measured}", flush=True)


def share(model: Reader) -> None:
    """Average the gradients of all processes."""
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    at = 0
    for gradient in gradients:
        gradient.copy_(flat[at : at + gradient.numel()].view_as(gradient))
        at += gradient.numel()


def save(model: Reader, options: argparse.Namespace) -> None:
    """The weights in half precision; with them the commonest tokens and the scale of the static vectors."""
    options.out.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().half().contiguous() for name, value in model.state_dict().items()}
    for name in list(state):
        if name.endswith("depth.weight"):
            state[name] = state[name][:, 0].contiguous()
    frequent = model.frequent
    order = torch.zeros(int(frequent.max()) + 1, dtype=torch.int32)
    for token in torch.nonzero(frequent).flatten().tolist():
        order[frequent[token]] = token
    state["frequent"] = order
    every = torch.tensor(every_vector(StaticEncoder(options.model)))
    state["scale"] = 1 / every.norm(dim=1).mean(dim=0, keepdim=True)
    save_file(state, str(options.out / "reader.safetensors"))


if __name__ == "__main__":
    main()
