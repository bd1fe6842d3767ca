"""Does the index still agree with the corpus? What ``reportqa verify`` checks."""

from __future__ import annotations

import hashlib

from reportqa.assistant import Assistant


def problems(assistant: Assistant) -> list[str]:
    """One sentence for each disagreement between the opened index and the files it was built from."""
    found = [skip.reason for skip in assistant.skipped]
    for deck in assistant.decks:
        if not deck.path.is_file():
            found.append(f"{deck.path}: the file is gone")
        elif hashlib.sha256(deck.path.read_bytes()).hexdigest() != deck.sha256:
            found.append(f"{deck.path}: the file has changed since it was indexed")
        numbers = [slide.number for slide in deck.slides]
        if len(set(numbers)) != len(numbers):
            found.append(f"{deck.path}: slide numbers repeat")
        for slide in deck.slides:
            spans = [(region.start, region.end) for region in slide.regions]
            spans += [span for region in slide.regions for row in region.rows for span in row]
            if any(not 0 <= start <= end <= len(slide.text) for start, end in spans):
                found.append(f"{deck.path}: slide {slide.number}: a region lies outside the text")
    return found
