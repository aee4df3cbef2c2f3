"""What the parts of a report say of small folders that were made for it."""

from __future__ import annotations

import json
from pathlib import Path

from chimera_report.tools.claims import render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import composed
from chimera_report.tools.schema import Bullets, Finding, Paragraph, Table
from chimera_report.tools.stats import analyse


def told(folder: Path, section: str = "") -> str:
    """The body of the report as a reader sees it, or one section of it."""
    dataset = ingest(folder)
    sheet, made = composed(analyse(dataset), dataset, title="Report")
    parts: list[str] = []
    for s in made.sections:
        if s.part == "appendix" or (section and s.key != section):
            continue
        for b in s.blocks:
            if isinstance(b, Finding):
                parts.append(b.title + ".")
            if isinstance(b, Finding | Paragraph):
                parts += [x.text for x in b.sentences]
            if isinstance(b, Bullets):
                parts += [x.text for item in b.items for x in item]
            if isinstance(b, Table):
                parts += [c for row in b.rows for c in row]
    return "\n".join(render_text(p, sheet) for p in parts)


def backends(folder: Path, providers: dict[str, list[str]], device: str = "cuda") -> None:
    """Two files of backends on two small networks, each with mean, deviation and runs."""
    for place, model in enumerate(("conv", "mlp")):
        document = {
            "model": {"name": model, "device": device, "batch_size": 2},
            "settings": {"runs": 10},
            "backends": {
                name: {
                    "backend": name,
                    "compilation": {"success": True, "metadata": {"providers": ran} if ran else {}},
                    "benchmark": {
                        "backend": name,
                        "mean_time_ms": 1.0 + i + place,
                        "std_time_ms": 0.01,
                        "min_time_ms": 0.9 + i + place,
                        "max_time_ms": 1.1 + i + place,
                    },
                }
                for i, (name, ran) in enumerate(providers.items())
            },
        }
        (folder / f"{model}_bench.json").write_text(json.dumps(document))


def test_a_gpu_that_ran_on_the_cpu_is_no_result_of_a_gpu(tmp_path: Path) -> None:
    backends(tmp_path, {"eager": [], "jit": [], "onnx": ["CPUExecutionProvider"]})
    text = told(tmp_path)
    assert "labelled device cuda (backend onnx) ran on the CPU" in text
    findings = told(tmp_path, "findings")
    assert "onnx" not in findings.replace("cuda (ran on the CPU)", "")


def test_a_session_on_the_gpu_is_not_doubted(tmp_path: Path) -> None:
    backends(tmp_path, {"eager": [], "jit": [], "onnx": ["CUDAExecutionProvider", "CPUExecutionProvider"]})
    assert "ran on the CPU" not in told(tmp_path)


def test_a_label_of_the_cpu_is_not_doubted(tmp_path: Path) -> None:
    backends(tmp_path, {"eager": [], "onnx": ["CPUExecutionProvider"]}, device="cpu")
    assert "ran on the CPU" not in told(tmp_path)


def test_values_are_put_in_order_under_equal_work(tmp_path: Path) -> None:
    rows = ["technique,batch_size,tok_s"]
    rows += [f"{t},{b},{v * b**0.1:.3f}" for t, v in (("awq", 80), ("gptq", 60), ("fp16", 30)) for b in (1, 4)]
    (tmp_path / "bench.csv").write_text("\n".join(rows) + "\n")
    text = told(tmp_path, "findings")
    assert "awq" in text and "fp16" in text
    assert "batch_size 4 with" not in text  # no order over different work
    assert "and not a test" in told(tmp_path, "limits")


def test_the_fastest_provider_leads(tmp_path: Path) -> None:
    rows = ["model,provider,run,tok_s"]
    for provider, rate in (("groq", 180.0), ("together", 60.0), ("anyscale", 25.0)):
        rows += [f"m:70b,{provider},{i},{rate * (1 + 0.01 * (i % 5)):.3f}" for i in range(12)]
    (tmp_path / "runs.csv").write_text("\n".join(rows) + "\n")
    assert "the provider groq generates fastest, with 183 tokens/s against 61 tokens/s for together" in told(
        tmp_path, "verdict"
    )
    assert "groq generates 3.0 times as fast as together (interval" in told(tmp_path, "findings")


def test_advice_without_a_command_of_its_own_has_none(tmp_path: Path) -> None:
    rows = ["model,provider,run,tok_s"]
    rows += [f"m,{p},{i},{r + i % 5}" for p, r in (("one", 100), ("two", 50)) for i in range(12)]
    (tmp_path / "runs.csv").write_text("\n".join(rows) + "\n")
    dataset = ingest(tmp_path)
    _, made = composed(analyse(dataset), dataset, title="Report")
    commands = [b.command for s in made.sections if s.key == "actions" for b in s.blocks if isinstance(b, Finding)]
    assert all(c == "" or c.startswith("chimera-report bench ") for c in commands)


def test_pieces_of_a_stream_are_no_tokens(tmp_path: Path) -> None:
    requests = [
        {
            "error_code": None,
            "ttft_s": 0.2,
            "inter_token_latency_s": 0.01,
            "end_to_end_latency_s": 1.5 + 0.01 * i,
            "request_output_throughput_token_per_s": 30.0,
            "number_output_tokens": 150,
            "number_input_tokens": 550,
        }
        for i in range(20)
    ]
    (tmp_path / "a_individual_responses.json").write_text(json.dumps(requests))
    assert "not the record's own output tokens over its time" in told(tmp_path, "doubts")
    for request in requests:
        request["request_output_throughput_token_per_s"] = 150 / float(request["end_to_end_latency_s"])  # type: ignore[arg-type]
    (tmp_path / "a_individual_responses.json").write_text(json.dumps(requests))
    assert "not the record's own" not in told(tmp_path, "doubts")


def test_a_terminal_leaves_no_marks_in_a_reason(tmp_path: Path) -> None:
    spinner = "[?2026h[?25l[1G⠙ [K[?25h[?2026l model not found"
    rows = ["model,tok_s,error", "a:1b,50,", "a:1b,51,", f"a:1b,,{spinner}", f"b:1b,,{spinner}"]
    (tmp_path / "runs.csv").write_text("\n".join(rows) + "\n")
    text = told(tmp_path)
    assert "model not found" in text and "[?25" not in text and "⠙" not in text


def test_a_run_of_bench_tells_its_machine(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "runs.csv").write_text("model,run,tok_s\n" + "\n".join(f"a:1b,{i},{50 + i}" for i in range(8)) + "\n")
    receipt = {
        "schema": "chimera-report/receipt/2",
        "host": {"cpu": "A Processor", "cores_logical": 8, "memory_mib": 16384, "os": "Linux 6"},
        "gpus": [{"name": "A GPU"}],
        "driver": {"version": "1.2.3"},
        "server": {"version": "0.17"},
    }
    (folder / "receipt.json").write_text(json.dumps(receipt))
    text = told(tmp_path, "measured")
    assert "A GPU" in text and "A Processor, 8 cores" in text and "memory 16 GiB" in text and "driver 1.2.3" in text
    (folder / "receipt.json").write_text('{"schema": "chimera-report/receipt/2", "host": []}')
    assert "Machine" not in told(tmp_path, "measured")


def test_answers_of_another_length_stand_beside_a_difference(tmp_path: Path) -> None:
    rows = ["model,run,throughput_tok_s,output_tokens"]
    for who, rate, tokens in (("a:1b", 100.0, 200), ("b:1b", 50.0, 60)):
        rows += [f"{who},{i},{rate + i % 5},{tokens + i % 3}" for i in range(12)]
    (tmp_path / "runs.csv").write_text("\n".join(rows) + "\n")
    text = told(tmp_path, "findings")
    assert "the answers differ in length: 201 tokens for a:1b against 61 tokens for b:1b" in text
    (tmp_path / "runs.csv").write_text(
        "\n".join(rows).replace(",60", ",190").replace(",61", ",191").replace(",62", ",192")
    )
    assert "differ in length" not in told(tmp_path, "findings")
