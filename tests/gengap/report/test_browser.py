"""The page in a real browser: its charts are drawn and answer, nothing is cut off, and no error is told."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from samples import LONG_TITLE

from gengap.exhibits import learning_curves, test_error, threshold_curves
from gengap.render.exhibit import Table, write_figure, write_table
from gengap.render.style import figure_style
from gengap.report.content import read_content
from gengap.report.html import render

CHROMIUM = shutil.which("chromium")
# Loads the page in frames of several widths, one after the other, and writes what it finds as its own text.
_MEASURE = """<!doctype html><body><script>
const page = %s, found = {};
async function look(width) {
  const frame = document.body.appendChild(document.createElement("iframe"));
  frame.style = `width:${width}px;height:900px;border:0`;
  await new Promise((done) => { frame.onload = done; frame.srcdoc = page; });
  const inside = frame.contentDocument;
  while (inside.querySelectorAll(".chart svg").length < inside.querySelectorAll(".chart").length)
    await new Promise((done) => setTimeout(done, 50));
  const cut = [...inside.querySelectorAll(".scroll")].filter((one) => one.scrollWidth > one.clientWidth + 1);
  const marks = () => [...inside.querySelectorAll(".chart svg")].map((svg) => svg.innerHTML).join();
  const controls = [...inside.querySelectorAll(".chart :is(select, input)")], changed = [];
  for (const control of controls) {
    const before = marks();
    if (control.type === "range") control.value = control.max; else control.selectedIndex = control.length - 1;
    control.dispatchEvent(new Event(control.type === "range" ? "input" : "change"));
    await new Promise((done) => setTimeout(done, 100));
    changed.push(before !== marks());
  }
  found[width] = {
    beyond: inside.documentElement.scrollWidth - width,
    cut: cut.map((one) => one.parentElement.id + " " + (one.scrollWidth - one.clientWidth)),
    charts: inside.querySelectorAll(".chart svg").length,
    controls: controls.length, reachable: controls.filter((one) => one.tabIndex >= 0).length,
    changed,
    beyondChart: [...inside.querySelectorAll(".chart svg text")].filter((one) =>
      one.getBoundingClientRect().right > one.closest("svg").getBoundingClientRect().right + 1).length,
    dark: inside.defaultView.matchMedia("(prefers-color-scheme: dark)").matches,
    ink: inside.defaultView.getComputedStyle(inside.querySelector(".chart text") || inside.body).fill,
  };
  frame.remove();
}
(async () => { for (const width of %s) await look(width); document.body.textContent = JSON.stringify(found); })();
</script>"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
TITLES = {"a": LONG_TITLE, "b": "LeNet-5"}
SIZES = (128, 512, 8192)


def look_at(page: Path, widths: tuple[int, ...], scratch: Path, *options: str) -> tuple[dict, list[str]]:
    """What is found at each width, and what the console says.

    At each width: `beyond`, pixels that the page is wider; `cut`, tables that scroll; `charts`; `controls` and how many
    of them a keyboard finds `reachable`; whether each `changed` a chart; how many texts reach `beyondChart`; whether it is `dark`; `ink` of the charts.
    """
    text = json.dumps(page.read_text(encoding="utf-8")).replace("<", "\\u003c")
    wrapper = scratch / "measure.html"
    wrapper.write_text(_MEASURE % (text, json.dumps(widths)), encoding="utf-8")
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={scratch / 'chromium'}"]
    command += ["--enable-logging=stderr", "--virtual-time-budget=60000", "--window-size=1400,1000", *options]
    ran = subprocess.run(
        [*command, "--dump-dom", wrapper.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    body = re.search(r"<body>(.*)</body>", ran.stdout, re.DOTALL)[1]
    found = json.loads(body.replace("&amp;", "&"))
    console = [line for line in ran.stderr.splitlines() if "CONSOLE" in line]
    return {int(width): one for width, one in found.items()}, console


@pytest.fixture
def report(page, stages, tmp_path):
    """A page with every interactive chart, of two experiments, and a table as wide as the widest."""
    runs = {name: [(name, size, 0) for size in SIZES] for name in TITLES}
    columns = ("test_error_percent", "train_error_percent", "train_cross_entropy")
    histories = []
    for name, size, seed in [*runs["a"], *runs["b"]]:
        stages.metrics(size, seed, test_error_percent=ord(name) / 10, experiment=name)
        # Each curve is another one, so that every choice changes the chart.
        values = {column: (len(column), ord(name)) for column in columns}
        histories.append(stages.history(name, size, epoch=(1, 2), **values))
    curves = pd.DataFrame(
        {"experiment": name, "seed": 0, "state": "trained" if size else "untrained", "trained_batch_size": size,
         "fed_batch_size": 64, "convention": convention, "threshold": threshold, "count": round(1e6 * ord(name) * threshold),
         "shape_floor": 0, "rank_floor": 0}
        for name in TITLES for size in (None, *SIZES) for convention in ("literal", "thin", "full")
        for threshold in np.logspace(-8, 0, 33)
    )  # fmt: skip
    curves.to_csv(stages.path("curves.csv"), index=False)
    unprinted = {"table": "", "unswitched": {"runs": runs["b"]}}
    experiments = {"experiments": [{"title": title, "runs": runs[name], **unprinted} for name, title in TITLES.items()]}
    panels = {"panels": [{"experiment": name, "label": title} for name, title in TITLES.items()]}
    panels |= {"thresholds": [1e-4], "pictured": list(TITLES)}
    made = (
        (test_error, experiments, {}),
        (learning_curves, experiments, {"history": histories}),
        (threshold_curves, panels, {"threshold_curves": [str(stages.path("curves.csv"))]}),
    )
    files, subject = page()
    with figure_style({"dots_per_inch": 50}) as look:
        for module, about, paths in made:
            name = module.__name__.rpartition(".")[2]
            write_figure(module.make(about, stages.files(**paths), look), look, stages.path(f"audit/{name}"))
    header = ("Batch size", *(f"Test cross-entropy {number}" for number in range(8)))
    write_table(Table("Wide", "", header, [["4096 → 128", *["0.1234 ± 0.1234"] * 8]]), stages.path("audit/wide"))
    names = ("learning_curves", "threshold_curves", "wide")
    more = {name: {"module": name, "section": "All networks"} for name in names}
    files["exhibits"] += [str(stages.path(f"audit/{name}.json")) for name in names]
    html = tmp_path / "report.html"
    content = read_content(files, subject | {"exhibits": subject["exhibits"] | more})
    html.write_text(render(content), encoding="utf-8")
    return html


def test_charts_are_drawn_and_answer_nothing_is_cut_off_and_the_dark_page_has_light_letters(report, tmp_path):
    found, console = look_at(report, (390, 768, 1280), tmp_path)
    assert not console
    for width, seen in found.items():
        assert seen["beyond"] <= 0, width
        assert (seen["charts"], seen["controls"], seen["reachable"]) == (3, 5, 5)
        assert seen["changed"] == [True] * 5
        assert not seen["beyondChart"], width
        assert not seen["dark"]
    assert not found[1280]["cut"]
    found, _ = look_at(report, (768,), tmp_path, "--force-dark-mode")
    assert found[768]["dark"]
    assert min(json.loads(f"[{found[768]['ink'][4:-1]}]")) > 200, "light letters"
