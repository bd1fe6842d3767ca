"""The web chat over ``corpus/``, in the form hosted Gradio apps have: ``python app.py`` serves ``demo``."""

from pathlib import Path

from reportqa.assistant import Assistant
from reportqa.web import build, launch

ROOT = Path(__file__).resolve().parent
demo = build(Assistant.open(ROOT / "corpus", ROOT / "index"), feedback=ROOT / "feedback" / "web.jsonl")

if __name__ == "__main__":
    launch(demo)
