"""A server that answers as a real Ollama 0.17.4 was recorded to answer: tests/data/ollama, byte for byte."""

from __future__ import annotations

import itertools
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "data" / "ollama"
# Recorded error → what was asked for it, as far as that matters; the file ends with the status code.
ERRORS = {
    "err-chat-missing": 404, "err-no-model": 404, "err-badformat": 500, "err-badopt": 500, "err-images": 500,
    "err-keepalive": 400, "err-notjson": 400, "err-seed": 500, "err-think": 400, "err-tools": 400, "err-nomodel": 404,
    "err-show-missing": 404,
}  # fmt: skip


def text(name: str) -> str:
    return (CASES / name).read_text(encoding="utf-8")


def shown(name: str) -> dict[str, Any]:
    """A recorded /api/show. A path in it was cut away together with the rest of its line."""
    whole = re.sub(r'"parent_model": "<path>\n', '"parent_model": "",\n', text(name))
    return dict(json.loads(whole))


def error(name: str) -> tuple[int, bytes]:
    """(status, body) of a recorded error."""
    body, _, status = text(f"{name}.txt").rstrip("\n").rpartition("\n")
    return int(status), body.encode()


class Recorded:
    """Use as a context; `stream` and `fails` choose what the next calls get."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.stream = ""  # a recorded .ndjson for /api/chat and /api/generate
        self.fails = ""  # a recorded error instead
        self.ps = "ps"  # what /api/ps says
        self.parameters = itertools.cycle(
            json.loads(line) for line in text("show-parameters-six-calls.txt").splitlines()
        )
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                return None

            def reply(self, body: bytes, status: int = 200, kind: str = "application/json; charset=utf-8") -> None:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                name = {"/api/version": "version", "/api/tags": "tags", "/api/ps": outer.ps}.get(self.path)
                if self.path == "/":
                    self.reply(text("root.txt").splitlines()[0].encode(), 200, "text/plain")
                elif name is None:
                    status, said = error("err-404")
                    self.reply(said, status, "text/plain")
                else:
                    self.reply(text(f"{name}.json").encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.asked.append((self.path, body))
                if outer.fails:
                    status, said = error(outer.fails)
                    self.reply(said, status)
                elif self.path == "/api/show":
                    found = shown("show.json") | {"parameters": next(outer.parameters)}
                    self.reply(json.dumps(found).encode())
                elif body.get("keep_alive") == 0 and not body.get("prompt"):
                    self.reply(text("unload.json").encode())
                elif body.get("_debug_render_only"):
                    info = {"rendered_template": f"<start_of_turn>user\n{body['prompt']}<end_of_turn>\n"}
                    self.reply(json.dumps({"response": "", "done": False, "_debug_info": info}).encode())
                else:
                    lines = [x for x in text(outer.stream).splitlines(keepends=True) if x.strip() != "…"]
                    self.send_response(200)
                    self.send_header("content-type", "application/x-ndjson")
                    self.send_header("transfer-encoding", "chunked")
                    self.end_headers()
                    for line in lines:
                        data = line.encode()
                        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                        self.wfile.flush()
                    self.wfile.write(b"0\r\n\r\n")

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Recorded:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
