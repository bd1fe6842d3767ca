"""Write ``src/reportqa/variants.txt``: Chinese character forms and the Japanese form of the same character.

    pip install opencc-python-reimplemented && python training/make_variants.py

From OpenCC's tables (Apache-2.0): simplified → traditional → Japanese. A simplified form that is
also a Japanese character (机, 云, 后) is left alone, since folding it would merge different words.
"""

from __future__ import annotations

from pathlib import Path

import opencc

TABLES = Path(opencc.__file__).parent / "dictionary"
TARGET = Path(__file__).resolve().parent.parent / "src" / "reportqa" / "variants.txt"
HEADER = (
    "# Chinese character forms → the Japanese form of the same character, two characters a line.\n"
    "# Derived from OpenCC (Apache-2.0, BYVoid and contributors) by training/make_variants.py.\n"
)


def table(name: str) -> dict[str, str]:
    rows = (line.split("\t") for line in (TABLES / name).read_text("utf-8").splitlines() if "\t" in line)
    return {row[0]: row[1].split(" ")[0] for row in rows}


def is_japanese(char: str) -> bool:
    """Whether the character is in JIS X 0208."""
    try:
        return len(char.encode("euc_jp")) == 2
    except UnicodeEncodeError:
        return False


def main() -> None:
    japanese = table("JPVariants.txt")  # traditional → Japanese
    variants = {old: new for old, new in japanese.items() if is_japanese(new) and len(old) == 1}
    for simplified, traditional in table("STCharacters.txt").items():
        form = japanese.get(traditional, traditional)
        if len(simplified) == 1 and not is_japanese(simplified) and is_japanese(form):
            variants[simplified] = form
    lines = [f"{old}{new}\n" for old, new in sorted(variants.items()) if old != new]
    TARGET.write_text(HEADER + "".join(lines), "utf-8")
    print(f"{len(lines)} variants in {TARGET}")


if __name__ == "__main__":
    main()
