"""The reader: a small network that marks where a slide answers a question."""

from reportqa.reader.network import Reader, Reading

__all__ = ["Reader", "Reading"]
