"""An Ollama-shaped loopback server with scripted timings, run as a process of its own, so that its clock is its own.

`POST /_script` takes a list of behaviours, one for each following request that has a prompt; when they are used up the
default behaviour serves. `GET /_log` returns what was done: for each request the instants (CLOCK_MONOTONIC ns, the same
clock in every process) at which it arrived and at which each piece was handed to the kernel.
"""

import json
import random
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DEFAULT = {"load_ms": 5.0, "prefill_ms": 4.0, "token_ms": 1.0}


class State:
    def __init__(self):
        self.lock = threading.Lock()
        self.default: dict[str, Any] = dict(DEFAULT)
        self.script = []
        self.log = []
        self.loaded = {}
        self.beside = []  # other models that are loaded; those in the script's `stubborn` stay so


STATE = State()


def wait_until(ns):
    """Sleep, then spin for the last part: the timer's slack is larger than what is tested."""
    while (left := ns - time.perf_counter_ns()) > 0:
        if left > 700_000:
            time.sleep((left - 500_000) / 1e9)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, *args):
        pass

    def reply(self, data, status=200):
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        digest = STATE.default.get("digest", "sha256:" + "ab" * 32)
        models = [
            {"name": "scripted:1m", "model": "scripted:1m", "digest": digest, "size": 1000000,
             "details": {"quantization_level": "Q4_K_M", "parameter_size": "1M", "family": "scripted"}}
        ]  # fmt: skip
        if self.path == "/api/version":
            self.reply({"version": "0.0.1-scripted"})
        elif self.path == "/api/tags":
            self.reply({"models": models})
        elif self.path == "/api/ps":
            with STATE.lock:
                self.reply({"models": [m | {"context_length": STATE.loaded[m["name"]], "size_vram": 0} for m in models
                                       if m["name"] in STATE.loaded]
                            + [{"name": name, "model": name, "size_vram": 0} for name in STATE.beside]})  # fmt: skip
        elif self.path == "/_log":
            with STATE.lock:
                self.reply(STATE.log)
        else:
            self.reply({"error": "not found"}, 404)

    def do_POST(self):
        arrived = time.perf_counter_ns()
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or "{}")
        if self.path == "/_script":
            with STATE.lock:
                STATE.script = body.get("script", [])
                STATE.default = DEFAULT | body.get("default", {})
                STATE.log = []
                STATE.loaded = {}
                STATE.beside = list(STATE.default.get("beside", ()))
            self.reply({})
        elif self.path == "/api/show":
            known = body.get("model") == "scripted:1m"
            details = {"quantization_level": "Q4_K_M", "parameter_size": "1M", "family": "scripted"}
            data = {
                "details": details,
                "model_info": {"general.parameter_count": 1000000, "tokenizer.ggml.tokens": None},
            }
            data["capabilities"] = STATE.default.get("capabilities", ["completion"])
            lines = ['stop                           "<end_of_turn>"', "temperature                    1",
                     "top_k                          64", "top_p                          0.95"]  # fmt: skip
            random.shuffle(lines)  # Ollama gives them in the order of a Go map
            data["parameters"] = "\n".join(lines)
            self.reply(data if known else {"error": f"model '{body.get('model')}' not found"}, 200 if known else 404)
        elif self.path == "/api/generate" and body.get("_debug_render_only"):
            head = STATE.default.get("template")  # what stands before the prompt; None: a server that does not render
            info = {"_debug_info": {"rendered_template": head + body["prompt"]}} if head is not None else {}
            self.reply({"model": body["model"], "response": "", "done": False} | info)
        elif self.path == "/api/generate" and not body.get("prompt"):
            with STATE.lock:
                STATE.loaded.pop(body["model"], None)
                stubborn = STATE.default.get("stubborn", ())
                STATE.beside = [name for name in STATE.beside if name != body["model"] or name in stubborn]
            self.reply({"model": body["model"], "response": "", "done": True, "done_reason": "unload"})
        elif self.path == "/api/generate":
            with STATE.lock:
                behaviour = STATE.default | (STATE.script.pop(0) if STATE.script else {})
                for name, levels in behaviour.get("by_option", {}).items():
                    behaviour = behaviour | levels.get(str(body["options"].get(name)), {})
                entry = {"body": body, "arrived": arrived, "sent": [], "behaviour": behaviour}
                STATE.log.append(entry)
            try:
                self.generate(body, behaviour, entry)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
        else:
            self.reply({"error": "not found"}, 404)

    def generate(self, body, b, entry):
        with STATE.lock:
            cold = body["model"] not in STATE.loaded
            # More than the model's context is clamped without a word.
            STATE.loaded[body["model"]] = min(body["options"].get("num_ctx", 2048), b.get("most_ctx", 10**9))
        if b.get("http_status") and b.get("words") in (None, len(body["prompt"].split())):
            self.reply({"error": b.get("message", "scripted failure")}, b["http_status"])
            return
        at = entry["arrived"] + int(b.get("headers_ms", 0) * 1e6)
        wait_until(at)
        tokens = min(int(b.get("tokens", 10**6)), int(body["options"]["num_predict"]))
        answer = b.get("answer")
        if answer is not None:
            tokens = min(len(answer), int(body["options"]["num_predict"]))
        load = int((b["load_ms"] if cold else b.get("warm_load_ms", 0.02)) * 1e6)
        prefill = int(b["prefill_ms"] * 1e6)
        if not b.get("late_headers"):
            self.start()
        at += load + prefill
        wait_until(at)
        if b.get("late_headers"):
            self.start()
        # Words that may begin a stop sequence are held back: `held` tokens come with the next one, `silent` ones never.
        held, silent = int(b.get("held", 0)), int(b.get("silent", 0))
        wait_until(at)
        decoded = time.perf_counter_ns()
        for i in range(tokens):
            wait_until(at if i else at + int(held * b["token_ms"] * 1e6))
            if b.get("die_after") == i:
                import os

                os._exit(9)
            if b.get("reset_after") == i:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
                return
            if b.get("error_after") == i:
                self.line({"error": "scripted error in the stream"})
                self.end()
                return
            if b.get("garbage_after") == i:
                self.raw(b"<html>not json</html>\n")
                self.end()
                return
            if b.get("end_after") == i:
                self.end()
                return
            if b.get("stall_after") == i:
                at += int(b["stall_ms"] * 1e6)
                wait_until(at)
            entry["sent"].append(time.perf_counter_ns())
            self.line(
                {
                    "model": body["model"],
                    "response": f" t{i}" * int(b.get("repeat", 1)) if answer is None else answer[i],
                    "done": False,
                }
            )
            at += int((b["token_list_ms"][i] if "token_list_ms" in b else b["token_ms"]) * 1e6)
        wait_until(at + int((silent - 1) * b["token_ms"] * 1e6) if silent else 0)
        words = len(body["prompt"].split())
        counters = {
            "total_duration": time.perf_counter_ns() - entry["arrived"],
            "load_duration": load,
            "prompt_eval_count": int(b.get("template_tokens", 0) + words * b.get("tokens_a_word", 1)),
            "prompt_eval_duration": (decoded if held else entry["sent"][0]) - entry["arrived"] - load,
            "eval_count": tokens + silent,
            # As Ollama reckons it: the time for choosing a token is left out, on a GPU a fifth to more than half.
            "eval_duration": round(
                (1 - b.get("sampling", 0))
                * ((time.perf_counter_ns() if silent else entry["sent"][-1]) - (decoded if held else entry["sent"][0]))
            ),
        } | b.get("counters", {})
        counters = {k: v for k, v in counters.items() if v is not None}
        done = {"model": body["model"], "response": "", "done": True,
                "done_reason": "length" if tokens == body["options"]["num_predict"] else "stop"}  # fmt: skip
        self.line(done | counters)
        self.end()

    def start(self):
        self.send_response(200)
        self.send_header("content-type", "application/x-ndjson")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.wfile.flush()

    def line(self, data):
        self.raw(json.dumps(data).encode() + b"\n")

    def raw(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def end(self):
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()


if __name__ == "__main__":
    ThreadingHTTPServer.daemon_threads = True
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
