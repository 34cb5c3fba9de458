"""What a comparison comes to: minimum and median, ratios, geometric means, the table. Pure functions of its JSON.

A run is {"cpu", "date", "threads", "versions", "contenders": [names], "titles", "models": [model, ...], ...}; a model is
{"name", "group", "mmac", "times": {contender: {"min", "median"}} in seconds, "errors": {contender: message}, ...}.
"""

import math
import statistics

GROUPS = {"network": "Networks", "layer": "Layers (eight in a row)", "call": "The call itself"}


def summarize(samples):
    return {"min": min(samples), "median": statistics.median(samples)}


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def fastest_peer(times):
    """The name of the contender with the least time that is not qrun; None where there is none."""
    peers = [name for name in times if not name.startswith("qrun")]
    return min(peers, key=lambda name: times[name]["min"], default=None)


def ratio(times):
    """How many times qrun is faster than the fastest peer, by minimum; None without both."""
    peer = fastest_peer(times)
    if peer is None or "qrun" not in times:
        return None
    return times[peer]["min"] / times["qrun"]["min"]


def group_ratios(run, group):
    ratios = [ratio(model["times"]) for model in run["models"] if model["group"] == group]
    return [value for value in ratios if value is not None]


def geometric_means(run):
    """{group: geometric mean of its ratios}, of the groups that have any."""
    ratios = {group: group_ratios(run, group) for group in GROUPS}
    return {group: geometric_mean(values) for group, values in ratios.items() if values}


def table(run):
    """The run as Markdown, its columns aligned so that it reads in a terminal too."""
    versions = ", ".join(f"{title} {run['versions'].get(name, '?')}" for name, title in run["titles"].items())
    lines = [f"{run['cpu']}, {run['threads']} thread{'s' if run['threads'] > 1 else ''}, {run['date']}", "",
             f"{versions}. Microseconds a call, minimum (median) of {run['rounds']} interleaved rounds.", ""]
    means = geometric_means(run)
    for group, title in GROUPS.items():
        models = [model for model in run["models"] if model["group"] == group]
        if models:
            lines += align([header(run, title)] + [row(run, model) for model in models])
            if group in means:
                lines += ["", f"{title}: geometric mean of the ratios {means[group]:.2f}"]
            lines.append("")
    return "\n".join(lines + notes(run))


def header(run, title):
    return [title, "MMAC", *(run["titles"][name] for name in run["contenders"]), "fastest peer / qrun"]


def row(run, model):
    cells = [model["name"], f"{model['mmac']:.2f}"]
    for name in run["contenders"]:
        time = model["times"].get(name)
        cells.append(f"{digits(time['min'] * 1e6)} ({digits(time['median'] * 1e6)})" if time else "-")
    value = ratio(model["times"])
    return cells + ["-" if value is None else f"{value:.2f} {run['titles'][fastest_peer(model['times'])]}"]


def digits(microseconds):
    """Three significant digits or all before the point."""
    return f"{microseconds:.{max(0, 2 - math.floor(math.log10(microseconds)))}f}"


def align(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["| " + " | ".join([cells[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])])
             + " |" for cells in rows]
    rule = "|" + "|".join([":" + "-" * (widths[0] + 1)] + ["-" * (width + 1) + ":" for width in widths[1:]]) + "|"
    return [lines[0], rule, *lines[1:]]


def notes(run):
    lines = list(run["notes"])
    for model in run["models"]:
        lines += [f"{model['name']}: {run['titles'][name]}: {error}" for name, error in model["errors"].items()]
        for name, check in model["checks"].items():
            if not check["same_top"] or check["steps"] > run["step_limit"]:
                lines.append(f"{model['name']}: {run['titles'][name]}'s outputs differ from the reference by up to "
                             f"{check['steps']} steps{'' if check['same_top'] else ', the greatest one elsewhere'}")
    return lines
