"""The chat in a browser: ask, read the quotes, see the slide. It calls no host but its own."""

from __future__ import annotations

import os

# Read by Gradio when it is imported: no usage reports, no version check against the package index.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from reportqa.web.chat import build
from reportqa.web.server import launch, serve

__all__ = ["build", "launch", "serve"]
