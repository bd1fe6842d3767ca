"""reportqa: ask a report, get the answer in its own words, with the slide it stands on."""

__version__ = "0.1.0"
