"""Draws the last comparison: python3 bench/plot.py [COMPARISON.json [OUTPUT.svg]]

One bar a network and number of threads: how many times faster qrun is than the fastest peer, which may use fewer threads;
below 1 it is slower, and the bar says so. The colours read on light and dark pages, the background is transparent.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peers import environment, report

TEXT, GRID, FASTER, SLOWER = "#7a838f", "#7a838f40", "#2f81f7", "#db6d28"


def draw(run, path):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "qrun", "text.color": TEXT, "axes.labelcolor": TEXT,
                                "xtick.color": TEXT, "ytick.color": TEXT, "font.size": 9})
    from matplotlib import pyplot
    counts = [str(threads) for threads in run["threads"]]
    models = [model for model in run["models"]
              if model["group"] == "network" and all(report.ratio(model["times"], count) for count in counts)]
    if not models:
        sys.exit("plot: no network in this comparison has both qrun and a peer; run ./dev bench-peers first")
    models.sort(key=lambda model: report.ratio(model["times"], counts[0]))
    figure, axes = pyplot.subplots(figsize=(7.6, 0.9 + 0.25 * len(models) * len(counts) + 0.06 * len(models)))
    height = 0.8 / len(counts)
    for index, count in enumerate(counts):  # the first is the upper one of a network's bars
        ratios = [report.ratio(model["times"], count) for model in models]
        rows = [row + height * ((len(counts) - 1) / 2 - index) for row in range(len(models))]
        axes.barh(rows, ratios, height=height * 0.9, alpha=0.6 ** index,
                  color=[FASTER if ratio >= 1 else SLOWER for ratio in ratios])
        for row, ratio, model in zip(rows, ratios, models):  # right of the bar, and of the line at 1
            axes.annotate(label(run, model, count), (max(ratio, 1), row), (4, 0), textcoords="offset points", va="center",
                          fontsize=8)
    axes.set_yticks(range(len(models)), [model["name"] for model in models])
    axes.axvline(1, color=TEXT, linewidth=1)
    axes.set_xlim(0, max([1.0] + [report.ratio(model["times"], count) for model in models for count in counts]) * 1.35)
    axes.set_xlabel(f"times faster than the fastest of {peers(run)}\n{run['cpu']}, {run['date']}; geometric mean "
                    + ", ".join(f"{report.geometric_mean([report.ratio(model['times'], count) for model in models]):.2f} "
                                f"on {report.threads_text(count)}" for count in counts))
    axes.tick_params(length=0)
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})


def label(run, model, count):
    text = report.ratio_text(run, model, count)
    return text if len(run["threads"]) == 1 else f"{report.threads_text(count)}: {text}"


def peers(run):
    titles = [f"{title} {run['versions'][name]}" for name, title in run["titles"].items()
              if not name.startswith("qrun") and not name.endswith("/no-amx") and name in run["versions"]]
    return ", ".join(titles) or "the peers"


def main():
    if len(sys.argv) > 3:
        sys.exit(__doc__.splitlines()[0])
    source = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else environment.BUILD / "peers" / "comparison.json"
    target = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else environment.ROOT / "docs" / "benchmarks.svg"
    if not source.exists():
        sys.exit(f"plot: {source} is missing; run ./dev bench-peers first")
    environment.enter()
    draw(json.loads(source.read_text()), target)
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
