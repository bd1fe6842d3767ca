"""Serving the chat: one process, one host, and a browser told to call no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from reportqa.assistant import Assistant
from reportqa.web.chat import build

_STYLE = Path(__file__).parent / "style.css"
# Fonts of the reader's own machine: named as strings, Gradio fetches none.
_FONTS = ["system-ui", "-apple-system", "Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK JP", "sans-serif"]
_MONOSPACE = ["ui-monospace", "Consolas", "monospace"]
# Whatever a deck smuggles into a page, the browser fetches nothing from elsewhere.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; worker-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"
)


class OwnHostOnly:
    """ASGI middleware that adds the content security policy to every response."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on and add the headers on the way back."""

        async def send_with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                extra = [
                    (b"content-security-policy", _POLICY.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                ]
                message = {**message, "headers": [*message.get("headers", []), *extra]}
            await send(message)

        await self._app(scope, receive, send_with_policy)


def theme() -> gr.themes.Base:
    """A calm look: slate and teal, system fonts, thin lines."""
    return gr.themes.Base(
        primary_hue="teal",
        neutral_hue="slate",
        radius_size="lg",
        font=list(_FONTS),
        font_mono=list(_MONOSPACE),
    )


def launch(demo: gr.Blocks, host: str | None = None, port: int | None = None, block: bool = True) -> str:
    """Serve ``demo`` and return its local address; waits until interrupted unless ``block`` is False.

    Host and port default to Gradio's own (127.0.0.1:7860, or GRADIO_SERVER_NAME and _PORT).
    """
    from starlette.middleware import Middleware

    _, address, _ = demo.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=True,
        theme=theme(),
        css_paths=_STYLE,
        footer_links=["api"],
        share=False,
        ssr_mode=False,
        quiet=True,
        app_kwargs={"middleware": [Middleware(OwnHostOnly)]},
    )
    if block:
        print(f"reportqa: {address} (stop with Ctrl-C)", flush=True)
        demo.block_thread()
    return str(address)


def serve(assistant: Assistant, host: str, port: int, feedback: Path | None = None) -> None:
    """Serve the chat over ``assistant`` until interrupted; ratings go to the JSONL file ``feedback``."""
    launch(build(assistant, feedback), host, port)
