"""Draws the last comparison: python3 bench/plot.py [COMPARISON.json [OUTPUT.svg]]

One bar a network: how many times faster qrun is than the fastest peer; below 1 it is slower, and the bar says so. The
colours read on light and dark pages, the background is transparent.
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
    models = [model for model in run["models"] if model["group"] == "network" and report.ratio(model["times"])]
    if not models:
        sys.exit("plot: no network in this comparison has both qrun and a peer; run ./dev bench-peers first")
    models.sort(key=lambda model: report.ratio(model["times"]))
    ratios = [report.ratio(model["times"]) for model in models]
    figure, axes = pyplot.subplots(figsize=(7.6, 0.9 + 0.29 * len(models)))
    axes.barh([model["name"] for model in models], ratios, height=0.62,
              color=[FASTER if ratio >= 1 else SLOWER for ratio in ratios])
    for row, (model, ratio) in enumerate(zip(models, ratios)):  # right of the bar, and of the line at 1
        axes.annotate(label(run, model), (max(ratio, 1), row), (4, 0), textcoords="offset points", va="center")
    axes.axvline(1, color=TEXT, linewidth=1)
    axes.set_xlim(0, max([1.0] + ratios) * 1.3)
    axes.set_xlabel(f"times faster than the fastest of {peers(run)}\n{run['cpu']}, {run['threads']} thread"
                    f"{'s' if run['threads'] > 1 else ''}, {run['date']}; geometric mean "
                    f"{report.geometric_mean(ratios):.2f}")
    axes.tick_params(length=0)
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})


def label(run, model):
    peer = report.fastest_peer(model["times"])
    return f"{report.ratio(model['times']):.2f}  ({run['titles'][peer]})"


def peers(run):
    titles = [f"{run['titles'][name]} {run['versions'][name]}" for name in run["contenders"]
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
