"""Headers in other languages are read as what they say, and those of English tables are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.ingest.languages import in_english

_HEADS = {
    "es": "Modelo,Energía (J),Latencia (s),Throughput Decode (tok/s),Precisión,TTFT Medio (s),Inferencia Media (s)"
    ",EDP (J*s)",
    "pt": "modelo,energia_j,tempo_resposta_s,tokens_por_segundo,acurácia",
    "fr": "Modèle,Énergie (J),Temps de réponse moyen (s),Vitesse (tok/s),Exactitude",
    "de": "Modell,Energieverbrauch (J),Durchschnittliche Antwortzeit (s),Tokens pro Sekunde,Genauigkeit",
    "ru": "Модель,Энергия (J),Время ответа (s),Скорость генерации (tok/s),Точность",
    "zh": "模型,能耗 (J),平均延迟 (s),生成速度 (tok/s),准确率",
}
_ROWS = ("a-3b,8500,2.7,24.2,0.71", "b-7b,25150,1.3,14.4,0.57")
TABLES = {
    f"{name}.csv": "\n".join([head, *(row + ",0.12,2.6,38888364.0" * (name == "es") for row in _ROWS)]) + "\n"
    for name, head in _HEADS.items()
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_in_another_language_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TABLES[name], encoding="utf-8")
    table = ingest(tmp_path).table
    assert set(table["subject"].astype(str)) == {"a-3b", "b-7b"}
    first = table[table["subject"].astype(str) == "a-3b"].set_index("metric")["value"].to_dict()
    assert first["decode_rate"] == 24.2
    assert first["energy"] == 8500
    assert round(first["accuracy"], 3) == 0.71
    assert first["e2e_latency"] == 2.7
    if name == "es.csv":  # and the product of an energy and a time is no time
        assert (first["ttft"], first["run_time"]) == (0.12, 2.6)
        assert table.loc[table["metric"] == "run_time", "value"].max() < 3


def test_english_tables_keep_their_names() -> None:
    assert in_english(["model", "media", "ttft_ms", "decode_tps", "total_tokens"]) == {}
    assert in_english(["Modelo", "notes about nothing"]) == {}
    assert "salida rara" not in in_english(["Modelo", "Motor", "salida rara"])


def test_energy_for_a_kind_of_token_is_energy_per_token(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("model,Energy (J/token gen),decode_tps\na-3b,8.1,24\nb-7b,22.0,14\n")
    table = ingest(tmp_path).table
    assert set(table["metric"]) == {"energy_per_token", "decode_rate"}
