"""Where a region hangs in its slide's outline."""

from __future__ import annotations

from reportqa.types import Region, Slide

_HANGING = frozenset({"body", "table", "note"})


def parents(slide: Slide, region: Region) -> tuple[Region, ...]:
    """The chain of regions that enclose ``region``, nearest first; the headline comes last.

    A parent is the nearest earlier body region of smaller level (a sub-bullet's bullet, a bullet's box
    title). Every region but the headline itself, footers and breadcrumbs hangs under the slide's headline,
    wherever that stands: on a slide whose diagram precedes its headline it is a later region.
    """
    if region.role not in _HANGING:
        return ()
    chain: list[Region] = []
    level = region.level
    before = [other for other in slide.regions if other.end <= region.start and other.role == "body"]
    for other in reversed(before):
        if level <= 0:
            break
        if other.level < level:
            chain.append(other)
            level = other.level
    chain.extend(other for other in slide.regions if other.role == "headline" and other != region)
    return tuple(chain)
