"""The mean of readers that learned from one another: surer than any of them.

    python training/soup.py --out src/reportqa/reader BEFORE=.25 ONCE=.25 TWICE=.5

Each argument is a folder with a reader and its share. Source: Wortsman et al., Model soups (2022).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import reader_network
import torch
import train_reader

from reportqa.encoder import StaticEncoder
from reportqa.reader import network


def _share(written: str) -> tuple[Path, float]:
    folder, share = written.rsplit("=", 1)
    return Path(folder), float(share)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder for the mean and its heads")
    parser.add_argument("readers", type=_share, nargs="+", metavar="FOLDER=SHARE")
    options = parser.parse_args()
    total = sum(share for _, share in options.readers)
    if abs(total - 1) > 1e-6:
        parser.error(f"the shares sum to {total:g}, not to 1")
    encoder = StaticEncoder()
    mean: dict[str, torch.Tensor] = {}
    for folder, share in options.readers:
        weights = network.weights(folder / "reader.safetensors")
        commonest = weights["frequent"].astype(int)[1:].tolist()
        model = train_reader.made(encoder, commonest, network.layers(weights))
        reader_network.load(model, folder)
        for name, value in model.state_dict().items():
            mean[name] = mean.get(name, torch.zeros_like(value)) + share * value
    model.load_state_dict(mean)
    options.out.mkdir(parents=True, exist_ok=True)
    reader_network.save(model, encoder, options.out)


if __name__ == "__main__":
    main()
