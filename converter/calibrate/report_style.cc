#include "converter/calibrate/report_style.h"

namespace qrun::converter::calibrate {

const char* grade_class(Grade grade) {
  switch (grade) {
    case Grade::kWeak:
      return "weak";
    case Grade::kFair:
      return "fair";
    case Grade::kGood:
      return "good";
    case Grade::kUnmeasured:
      break;
  }
  return "unmeasured";
}

// Every colour of text has a contrast of 4.5 or more on both backgrounds, in both schemes: a test computes it.
const char* const kStyle = R"css(
:root { color-scheme: light;
  --page: #ffffff; --card: #f6f8fa; --line: #d5dbe1; --text: #1c2128; --muted: #56606b; --link: #0a58ad;
  --inside: #3f7fc4; --clip: #c2410c; --weak: #b42318; --fair: #8a5a00; --good: #1a7337; --was: #b3bcc6; }
@media screen and (prefers-color-scheme: dark) { :root { color-scheme: dark;
  --page: #0f1317; --card: #171c22; --line: #303944; --text: #e4e8ec; --muted: #9eabb8; --link: #79b8ff;
  --inside: #5b9fe3; --clip: #ff9d5c; --weak: #ff8f85; --fair: #e3b341; --good: #56c271; --was: #55606c; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0 auto; padding: 1.5rem 1.25rem 4rem; max-width: 76rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1, h2, h3, code, td, dd, li, p { overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 2.75rem 0 .25rem; font-size: 1.25rem; }
h3 { margin: 0; font-size: 1rem; line-height: 1.35; font-weight: 600; }
p { margin: .35rem 0; }
.note, .about { color: var(--muted); }
.about { margin: 0 0 1rem; max-width: 52rem; font-size: .92rem; }
code, .name { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: .92em; unicode-bidi: isolate; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, button:focus-visible, input:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
svg { display: block; width: 100%; }
svg path { vector-effect: non-scaling-stroke; }
.num { font-variant-numeric: tabular-nums; white-space: nowrap; }

h1.name { font-size: 1.5rem; }
.kicker { margin: 0 0 .1rem; color: var(--muted); font-size: .85rem; }
.verdict { margin: 1rem 0 0; padding: .9rem 1.1rem; background: var(--card); border-left: .3rem solid var(--was);
  border-radius: .25rem; font-size: 1.2rem; line-height: 1.45; }
.verdict.weak { border-color: var(--weak); } .verdict.fair { border-color: var(--fair); }
.verdict.good { border-color: var(--good); }
nav { margin: 1rem 0 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 11rem), 1fr)); gap: .7rem 1.5rem;
  margin: 1.25rem 0 0; }
.facts dt, .stats dt { color: var(--muted); font-size: .8rem; }
.facts dd, .stats dd { margin: 0; }
.facts .wide { grid-column: 1 / -1; }
.warnings { margin: 1.25rem 0 0; padding: .7rem 1.1rem; border: 1px solid var(--fair); border-radius: .25rem; }
.warnings ul, .notes ul { margin: .2rem 0 0; padding-left: 1.2rem; }
.warnings strong { color: var(--fair); }
.notes { margin: .8rem 0 0; color: var(--muted); }

.weak-text { color: var(--weak); } .fair-text { color: var(--fair); } .good-text { color: var(--good); }
.clip-text { color: var(--clip); }
rect.weak { fill: var(--weak); } rect.fair { fill: var(--fair); } rect.good { fill: var(--good); }
rect.was { fill: var(--was); } rect.gain { fill: var(--good); } rect.loss { fill: var(--weak); }
.inside { fill: var(--inside); } .outside { fill: var(--clip); }
.zero { stroke: var(--text); stroke-width: 1; stroke-dasharray: 2 2; fill: none; }
.chosen { stroke: var(--text); stroke-width: 1.5; fill: none; }
.limit { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 4 4; fill: none; }
.bar { height: .6rem; background: var(--line); border-radius: .15rem; overflow: hidden; }

.profile { margin: 1rem 0 0; display: grid; grid-template-columns: auto 1fr; column-gap: .6rem; }
.profile svg { height: 11rem; border-bottom: 1px solid var(--muted); }
.profile .scale { position: relative; width: 3.2rem; color: var(--muted); font-size: .78rem; text-align: right; }
.profile .scale span { position: absolute; right: 0; transform: translateY(-50%); white-space: nowrap; }
.profile figcaption, .ends { grid-column: 2; color: var(--muted); font-size: .8rem; }
.ends { display: flex; justify-content: space-between; }
.profile a:hover rect { opacity: .65; }
.plot { position: relative; }
.plot > a { position: absolute; transform: translateX(-50%); font-size: .8rem; font-weight: 700; line-height: 1.3;
  padding: 0 .2rem; color: var(--text); text-decoration: none; text-shadow: 0 0 3px var(--page), 0 0 3px var(--page); }
.card h3 { display: grid; grid-template-columns: auto 1fr; gap: .6rem; }
.rank { color: var(--muted); }

.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: .9rem; }
.card { padding: .95rem 1.1rem 1.05rem; background: var(--card); border: 1px solid var(--line); border-radius: .4rem;
  break-inside: avoid; }
.card header { display: grid; grid-template-columns: 1fr auto; gap: .1rem 1rem; align-items: baseline; }
.card header .value { font-size: 1.15rem; font-weight: 600; }
.card header .bar { grid-column: 1 / -1; margin-top: .35rem; }
.kind { color: var(--muted); font-weight: 400; font-size: .88em; }
.card .origin { margin: .55rem 0 0; }
.evidence { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); gap: .8rem 1.5rem;
  margin: .8rem 0 0; }
.evidence figure { margin: 0; }
.evidence figcaption { font-size: .85rem; color: var(--muted); }
.evidence svg { height: 3.2rem; border-bottom: 1px solid var(--line); }
.evidence svg.channels { border-bottom: 0; }

table { width: 100%; margin: .9rem 0 0; border-collapse: collapse; font-size: .92rem; }
caption { text-align: left; color: var(--muted); font-size: .85rem; padding-bottom: .2rem; }
th { text-align: left; font-weight: 600; font-size: .82rem; color: var(--muted); vertical-align: bottom; }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
td { vertical-align: top; }
tr { break-inside: avoid; }
.remedies td:first-child { width: 38%; } .remedies td:nth-child(2) { min-width: 9rem; }
.remedies .bar { min-width: 7rem; margin-top: .4rem; }
.layers td:nth-child(2) { min-width: 13rem; } .layers td:nth-child(4) { min-width: 7.5rem; }
.layers svg.histogram, .layers svg.channels { width: 7.5rem; height: 1.5rem; }
.layers td:nth-child(3) { font-size: .84rem; }
.layers .bar { width: 7.5rem; height: .4rem; margin-top: .25rem; }
.layers tr:target, .tensor:target { outline: 2px solid var(--link); outline-offset: 2px; }
.adopted { color: var(--good); font-weight: 600; }
th button { padding: 0; border: 0; background: none; font: inherit; color: inherit; text-align: left; cursor: pointer;
  text-decoration: underline dotted; text-underline-offset: .2em; }
th[aria-sort=ascending] button::after { content: " \2191"; }
th[aria-sort=descending] button::after { content: " \2193"; }
.filter { margin: .5rem 0 1rem; }
.filter input { font: inherit; width: min(100%, 22rem); margin-left: .5rem; padding: .3rem .6rem; color: var(--text);
  background: var(--page); border: 1px solid var(--muted); border-radius: .25rem; }

.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: 0 0 1rem; padding: 0; list-style: none;
  font-size: .85rem; color: var(--muted); }
.legend svg { display: inline-block; width: 1rem; height: .8rem; margin-right: .4rem; vertical-align: -.05rem; }
.tensors { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 1.1rem; }
.tensor { margin: 0; padding: .85rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .4rem;
  break-inside: avoid; display: flex; flex-direction: column; gap: .45rem; }
.tensor h3 { font-size: .92rem; }
.tensor figcaption p { margin: 0; font-size: .85rem; color: var(--muted); }
.tensor svg { height: 5.5rem; border-bottom: 1px solid var(--muted); }
.tensor .ends { margin-top: -.3rem; }
.stats { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: .35rem .8rem;
  margin: auto 0 0; font-size: .88rem; }
footer { margin-top: 3rem; color: var(--muted); font-size: .85rem; }

@media screen and (max-width: 52rem) {
  body { padding: 1rem .9rem 3rem; }
  h1 { font-size: 1.35rem; } .verdict { font-size: 1.08rem; }
  table, tbody, tr, td { display: block; } thead { display: none; }
  tr { padding: .6rem 0; border-bottom: 1px solid var(--line); display: grid; gap: .3rem 1rem;
    grid-template-columns: repeat(2, minmax(0, 1fr)); }
  td { padding: 0; border: 0; } td:empty { display: none; }
  td[data-l]::before { content: attr(data-l); display: block; color: var(--muted); font-size: .78rem; }
  .remedies td:nth-child(-n+2), .layers td:nth-child(2), .outputs td:first-child { width: auto; grid-column: 1 / -1; }
  .layers td:first-child { display: none; }
  .filter label { display: block; } .filter input { display: block; width: 100%; margin: .2rem 0 0; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 9.5pt; } nav, .filter { display: none; }
  a { color: inherit; text-decoration: none; } h2 { margin-top: 1.6rem; }
  h2, .about { break-after: avoid; } p { break-inside: avoid; } .card { break-inside: auto; }
  .card header, .evidence { break-inside: avoid; break-after: avoid; } .profile { break-inside: avoid; }
  .tensors { grid-template-columns: repeat(2, 1fr); } .tensor svg { height: 4rem; }
  table.layers { font-size: 8pt; } .layers thead { display: table-row-group; }
  .layers td:nth-child(2) { min-width: 9rem; } .layers td:nth-child(3) { font-size: 7.5pt; }
  .layers td:nth-child(4) { min-width: 4.5rem; } .layers .bar { width: 4.5rem; }
  .layers svg.histogram, .layers svg.channels { width: 5rem; height: 1.1rem; }
}
)css";

const char* const kScript = R"js(
'use strict';
const table = document.querySelector('table.layers');
if (table) {
  const body = table.tBodies[0];
  const key = (row, column) => {
    const cell = row.cells[column];
    if (!('v' in cell.dataset)) return cell.textContent.trim();
    return cell.dataset.v === '' ? null : Number(cell.dataset.v);
  };
  const compare = (a, b) => typeof a === 'string' ? a.localeCompare(b) : a === b ? 0 : a > b ? 1 : -1;
  Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
    const button = document.createElement('button');
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const rows = Array.from(body.rows);
      rows.sort((a, b) => {
        const x = key(a, column), y = key(b, column);
        if (x === null || y === null) return (x === null) - (y === null);
        return (down ? -1 : 1) * compare(x, y);
      });
      body.append(...rows);
    });
  });
}
for (const place of document.querySelectorAll('.filter')) {
  const label = document.createElement('label');
  const input = document.createElement('input');
  input.type = 'search';
  label.append(place.dataset.label, input);
  place.append(label);
  const items = document.querySelectorAll(place.dataset.items);
  input.addEventListener('input', () => {
    const wanted = input.value.toLowerCase();
    for (const item of items) {
      item.hidden = !item.querySelector('.name').textContent.toLowerCase().includes(wanted);
    }
  });
}
)js";

const char* const kScriptDigest = "uIS58ay+vaplKs2znGbEJc23Wq+LgxEhCNvvShbhvZM=";

}  // namespace qrun::converter::calibrate
