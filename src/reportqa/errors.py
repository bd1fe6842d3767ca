"""One small family of errors; each message names the file, the place in it and what to do."""

from __future__ import annotations


class ReportQAError(Exception):
    """Anything reportqa refuses to do, with a message a person can act on."""


class ReadError(ReportQAError):
    """A file could not be read as a deck."""


class CorpusError(ReportQAError):
    """The corpus folder is missing, empty, or holds decks that cannot live together."""


class IndexBuildError(ReportQAError):
    """The index cannot be built, written or opened."""


class ModelError(ReportQAError):
    """An embedding model is missing or unusable."""


class GoldError(ReportQAError):
    """A gold or batch file is malformed; the message names the line."""
