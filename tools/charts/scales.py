"""What the axes of a chart say of their scales, and that charts of one metric have one kind of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chimera_report.tools.charts.spec import scaled
from chimera_report.tools.schema import Chart, Json

_ESTIMATES = ("value", "low", "sample")  # fields of the axis of a metric


def told(spec: dict[str, Json]) -> dict[str, Json]:
    """The specification, whose logarithmic axes say that they are: "TTFT (ms, log scale)"."""

    def titled(channel: Json) -> Json:
        title = channel.get("title") if isinstance(channel, dict) else None
        if not title or (channel.get("scale") or {}).get("type") != "log" or "log scale" in title:
            return channel
        return {**channel, "title": f"{title[:-1]}, log scale)" if title.endswith(")") else f"{title} (log scale)"}

    return _channels(spec, titled)


def alike(charts: Sequence[Chart]) -> list[Chart]:
    """The charts; where one has a metric on a logarithmic axis, another chart of its kind has that metric on one too:
    two pictures of the same, one above the other, are read by one scale."""
    logs = {(c.kind, c.about.metrics) for c in charts if _is_log(c.spec)}
    return [
        c.model_copy(update={"spec": _to_log(c.spec)})
        if (c.kind, c.about.metrics) in logs and not _is_log(c.spec)
        else c
        for c in charts
    ]


def _is_log(spec: dict[str, Json]) -> bool:
    found: list[bool] = []

    def look(channel: Json) -> Json:
        if isinstance(channel, dict) and channel.get("field") in _ESTIMATES and "scale" in channel:
            found.append((channel["scale"] or {}).get("type") == "log")
        return channel

    _channels(spec, look)
    return any(found)


def _to_log(spec: dict[str, Json]) -> dict[str, Json]:
    """The specification with the axis of its metric made logarithmic, in every layer: one layer that kept another
    scale, such as the band of no difference, would give the axis a second title and take its marks."""
    titles: set[str] = set()

    def titled(channel: Json) -> Json:
        if isinstance(channel, dict) and channel.get("field") in _ESTIMATES and "scale" in channel:
            titles.add(str(channel.get("title")))
        return channel

    _channels(spec, titled)
    fields = {*_ESTIMATES, "high", "to"}

    def mine(channel: Json) -> bool:
        return isinstance(channel, dict) and "scale" in channel and str(channel.get("title")) in titles

    def noted(channel: Json) -> Json:
        fields.update([channel["field"]] if mine(channel) and "field" in channel else ())
        return channel

    _channels(spec, noted)
    data = [part.get("data", {}).get("values", []) for part in (spec, *spec.get("layer", ()))]
    seen = [float(r[k]) for rows in data for r in rows for k in fields if k in r]
    if not seen or min(seen) <= 0:
        return spec
    made = scaled(seen, log_from=1.0)
    return told(_channels(spec, lambda channel: {**channel, **made} if mine(channel) else channel))


def _channels(spec: dict[str, Json], change: Callable[[Json], Json]) -> dict[str, Json]:
    """The specification with each of its channels changed."""
    made = dict(spec)
    for key in ("layer", "vconcat"):
        if key in made:
            made[key] = [_channels(part, change) for part in made[key]]
    if "encoding" in made:
        made["encoding"] = {name: change(channel) for name, channel in made["encoding"].items()}
    return made
