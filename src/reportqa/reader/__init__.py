"""The reader: a small network that marks where a slide answers a question."""

from reportqa.reader.network import FLOOR, UNREAD, Page, Reader, Reading

__all__ = ["FLOOR", "UNREAD", "Page", "Reader", "Reading"]
