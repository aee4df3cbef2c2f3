"""Result lines of `go test -bench` within documents: read once, where they stand, and whose they are."""

from __future__ import annotations

from pathlib import Path

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset

HEAD = "goos: linux\ngoarch: amd64\npkg: example.org/llm\n"


def lines(*rates: float, name: str = "Inference", cpu: str = "", head: str = HEAD) -> str:
    said = f"cpu: {cpu}\n" if cpu else ""
    return head + said + "".join(f"Benchmark{name}-8   \t 12\t {30e9 / r:.0f} ns/op\t {r} tokens/s\n" for r in rates)


def read(tmp_path: Path, text: str, name: str = "BENCHMARKS.md") -> Dataset:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return ingest(tmp_path)


def told(found: Dataset, *factors: str) -> list[tuple[object, ...]]:
    table = found.table
    return list(zip(*(table[FACTOR + f] for f in factors), table["value"], strict=True))


def test_nested_headings_and_the_line_above_name_the_backend_the_machine_and_the_model(tmp_path: Path) -> None:
    text = f"""# Benchmarks

## Text

All use [nova-3b](https://example.org/nova-3b.Q4_K_M.gguf).

### Linux

#### CPU

```
$ go test -bench .
{lines(40.0, 41.0, cpu="AMD Ryzen 9 7950X 16-Core Processor")}```

##### arm64

Raspberry Pi 4 Model B

```
{lines(3.0)}```

### macOS

#### Metal

Apple M4 Max with 128 GB RAM

```
{lines(90.0, cpu="Apple M4 Max")}```
"""
    found = read(tmp_path, text)
    assert set(found.table["subject"]) == {"nova-3b.Q4_K_M"}
    assert set(found.table["origin"]) == {"reported"}
    assert told(found, "device", "backend") == [
        ("AMD Ryzen 9 7950X 16-Core Processor", "cpu", 40.0),
        ("AMD Ryzen 9 7950X 16-Core Processor", "cpu", 41.0),
        ("Raspberry Pi 4 Model B", "cpu", 3.0),
        ("Apple M4 Max", "metal", 90.0),
    ]
    shown = text.splitlines()
    assert all(f"{value} tokens/s" in shown[int(str(where).split()[1]) - 1] for where, value in zip(
        found.table["where"], found.table["value"], strict=True
    ))  # fmt: skip


def test_two_commands_under_one_heading_are_two_conditions_and_the_nearer_word_holds(tmp_path: Path) -> None:
    text = f"""# Runs of nova-3b.Q4_K_M.gguf

#### ROCm

```
GPU0:
        deviceName         = AMD Radeon(TM) Graphics
GPU1:
        deviceName         = NVIDIA GeForce RTX 3070
```

```
C:\\llm>go test -bench . -nctx=8192 -device="VULKAN0"
{lines(20.0, cpu="AMD Ryzen 9 7950X")}
C:\\llm>go test -bench . -nctx=4096 -device="VULKAN1"
{lines(80.0, cpu="AMD Ryzen 9 7950X")}```

Without a GPU:

```
me@box:~/llm$ go test -bench . -device="CPU"
{lines(10.0, cpu="AMD Ryzen 9 7950X")}```
"""
    assert [tuple(map(str, row)) for row in told(read(tmp_path, text), "device", "backend", "num_ctx")][:2] == [
        ("AMD Radeon(TM) Graphics", "vulkan", "8192", "20.0"),
        ("NVIDIA GeForce RTX 3070", "vulkan", "4096", "80.0"),
    ]
    assert told(read(tmp_path, text), "device", "backend")[2] == ("AMD Ryzen 9 7950X", "cpu", 10.0)


def test_an_example_of_usage_is_no_result(tmp_path: Path) -> None:
    text = f"""# nova-3b.Q4_K_M.gguf

Example output:

```
{lines(999.0)}```

## Results

```
{lines(40.0)}```
"""
    assert list(read(tmp_path, text).table["value"]) == [40.0]


def test_a_name_that_its_tool_cut_off_is_the_whole_one_and_an_indented_block_is_read(tmp_path: Path) -> None:
    indented = "".join(f"    {line}\n" for line in lines(70.0).splitlines())
    text = f"""# nova-3b.Q4_K_M.gguf

## CUDA

```
|   0  NVIDIA GeForce RTX 4070 ...    Off |   00000000:01:00.0 Off |                  N/A |
```

{indented}
## Vulkan

```
GPU0:
        deviceName         = NVIDIA GeForce RTX 4070 Laptop GPU
```

~~~text
{lines(60.0)}~~~
"""
    assert told(read(tmp_path, text), "device", "backend") == [
        ("NVIDIA GeForce RTX 4070 Laptop GPU", "cuda", 70.0),
        ("NVIDIA GeForce RTX 4070 Laptop GPU", "vulkan", 60.0),
    ]


def test_a_rate_that_counts_images_is_no_speed_of_generation(tmp_path: Path) -> None:
    text = f"""# Runs

## Text

With nova-3b.Q4_K_M.gguf:

```
{lines(40.0)}```

## Images

With nova-vl-2b.Q4_K_M.gguf and nova-vl-2b.mmproj-Q8_0.gguf:

```
{lines(90.0, name="MultimodalInference")}```
"""
    table = read(tmp_path, text).table
    assert dict(zip(table["subject"], table["metric"], strict=True)) == {
        "nova-3b.Q4_K_M": "decode_rate",
        "nova-vl-2b.Q4_K_M": "total_throughput",
    }


def test_a_table_beside_the_lines_and_another_tool_are_read_once(tmp_path: Path) -> None:
    text = f"""# Runs of nova-3b.Q4_K_M.gguf

| Model | tokens/s |
| --- | ---: |
| nova:3b | 50.0 |

```
{lines(40.0)}```

```
total duration:       2.1s
load duration:        100ms
prompt eval count:    20 token(s)
prompt eval duration: 200ms
prompt eval rate:     100.00 tokens/s
eval count:           90 token(s)
eval duration:        1.8s
eval rate:            50.00 tokens/s
```
"""
    table = read(tmp_path, text).table
    rates = table[table["metric"] == "decode_rate"]
    assert sorted(rates["value"]) == [40.0, 50.0, 50.0]


def test_lines_without_a_processor_do_not_take_that_of_the_run_before(tmp_path: Path) -> None:
    found = read(tmp_path, lines(40.0, cpu="AMD Ryzen 9 7950X") + "PASS\n" + lines(3.0), "runs.txt")
    assert told(found, "device")[0] == ("AMD Ryzen 9 7950X", 40.0)
    assert found.table[FACTOR + "device"].isna().tolist() == [False, True]


def test_what_another_tool_printed_is_of_the_machine_in_the_headings_above(tmp_path: Path) -> None:
    said = "prompt eval count:    20 token(s)\nprompt eval duration: 200ms\neval count:           90 token(s)\n"
    runs = {"RTX 3090": {"nova:3b": 50, "nova:7b": 30}, "Apple M4 Max, battery": {"nova:3b": 40}}
    text = "# Runs\n\n" + "".join(
        f"## {machine}\n\n"
        + "".join(
            f"### {model}\n\n```\ntotal duration:       9s\nload duration:        100ms\n{said}"
            f"eval duration:        {90 / rate}s\neval rate:            {rate}.00 tokens/s\n```\n\n"
            for model, rate in models.items()
        )
        for machine, models in runs.items()
    )
    found = read(tmp_path, text)
    rates = found.table[found.table["metric"] == "decode_rate"]
    assert set(zip(rates["subject"], rates[FACTOR + "device"], rates["value"], strict=True)) == {
        ("nova:3b", "RTX 3090", 50.0),
        ("nova:7b", "RTX 3090", 30.0),
        ("nova:3b", "Apple M4 Max", 40.0),
    }
