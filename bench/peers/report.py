"""What a comparison comes to: minimum and median, ratios, geometric means, the table. Pure functions of its JSON.

A run is {"cpu", "date", "threads": [counts], "versions", "titles": {runtime: title}, "models": [model, ...], ...}; a model is
{"name", "group", "mmac", "times": {threads: {runtime: {"min", "median"}}} in seconds, "errors": {contender: message}, ...}.
As JSON has it, the threads that times are kept by are strings.
"""

import math
import statistics

GROUPS = {"network": "Networks", "layer": "Layers (eight in a row)", "call": "The call itself"}


def summarize(samples):
    return {"min": min(samples), "median": statistics.median(samples)}


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def fastest_peer(times, threads, statistic="min"):
    """Who of the others takes the least time on `threads` threads or on fewer, if that is faster: (runtime, threads)."""
    peers = [(name, count) for count in times if int(count) <= int(threads) for name in times[count]
             if not name.startswith("qrun")]
    return min(peers, key=lambda peer: times[peer[1]][peer[0]][statistic], default=None)


def ratio(times, threads, statistic="min"):
    """How many times qrun on `threads` threads is faster than the fastest peer; None without both."""
    peer = fastest_peer(times, threads, statistic)
    if peer is None or "qrun" not in times[str(threads)]:
        return None
    return times[peer[1]][peer[0]][statistic] / times[str(threads)]["qrun"][statistic]


def geometric_means(run, statistic="min"):
    """{group: {threads: geometric mean of its ratios}}, of those that have any."""
    means = {}
    for group in GROUPS:
        for threads in map(str, run["threads"]):
            ratios = [ratio(model["times"], threads, statistic) for model in run["models"] if model["group"] == group]
            ratios = [value for value in ratios if value is not None]
            if ratios:
                means.setdefault(group, {})[threads] = geometric_mean(ratios)
    return means


def table(run):
    """The run as Markdown, its columns aligned so that it reads in a terminal too."""
    versions = ", ".join(f"{title} {run['versions'].get(name, '?')}" for name, title in run["titles"].items())
    lines = [f"{run['cpu']}, {run['date']}", "",
             f"{versions}. Microseconds a call on {' / '.join(map(str, run['threads']))} threads, the minimum of "
             f"{run['rounds']} interleaved rounds. Ratio: the fastest peer's time / qrun's; a peer that is faster on fewer "
             "threads counts with those.", ""]
    means, medians = geometric_means(run), geometric_means(run, "median")
    for group, title in GROUPS.items():
        models = [model for model in run["models"] if model["group"] == group]
        if models:
            lines += align([header(run, title)] + [row(run, model) for model in models]) + [""]
        lines += [f"{title}, {threads_text(threads)}: geometric mean of the ratios {mean:.2f} "
                  f"(by medians {medians[group][threads]:.2f})" for threads, mean in means.get(group, {}).items()]
        if models:
            lines.append("")
    return "\n".join(lines + notes(run))


def threads_text(threads):
    return f"{threads} thread{'s' if int(threads) > 1 else ''}"


def header(run, title):
    return [title, "MMAC", *run["titles"].values(), *(f"ratio, {threads_text(count)}" for count in run["threads"])]


def row(run, model):
    cells = [model["name"], f"{model['mmac']:.2f}"]
    for name in run["titles"]:
        times = [model["times"][str(threads)].get(name) for threads in run["threads"]]
        cells.append(" / ".join(digits(time["min"] * 1e6) if time else "-" for time in times))
    return cells + [ratio_text(run, model, str(threads)) for threads in run["threads"]]


def ratio_text(run, model, threads):
    """"1.25 LiteRT", or "1.25 LiteRT on 1" where that is faster on fewer threads."""
    value = ratio(model["times"], threads)
    if value is None:
        return "-"
    name, count = fastest_peer(model["times"], threads)
    return f"{value:.2f} {run['titles'][name]}" + (f" on {count}" if count != threads else "")


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
        lines += [f"{model['name']}: {contender}: {error}" for contender, error in model["errors"].items()]
        for contender, check in model["checks"].items():
            if not check["same_top"] or check["steps"] > run["step_limit"]:
                lines.append(f"{model['name']}: {contender}: outputs differ from the reference by up to {check['steps']} "
                             f"steps{'' if check['same_top'] else ', the greatest one elsewhere'}")
    return lines
