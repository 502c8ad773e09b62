# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the page of a retention looks: as that of a migration does (roles/report/templates/report.css.j2)."""

from __future__ import annotations

STYLE = """:root {
  --ink: #1b2230; --soft: #5f6b7c; --line: #e2e6ec; --bg: #f5f6f8; --card: #ffffff;
  --last: #2563eb; --hourly: #0891b2; --within: #64748b; --daily: #15803d; --weekly: #ca8a04; --monthly: #b45309;
  --yearly: #7c3aed; --other: #c01830;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ef; --soft: #98a3b3; --line: #2b3240; --bg: #11151c; --card: #191f29;
    --last: #60a5fa; --hourly: #22d3ee; --within: #94a3b8; --daily: #4ade80; --weekly: #facc15; --monthly: #f0a04b;
    --yearly: #a78bfa; --other: #fb7185;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 72rem; background: var(--bg); color: var(--ink);
  font: .94rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; overflow-wrap: anywhere; }
h1 { margin: .1em 0 .3em; font-size: 1.9rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 0 0 .7em; font-size: 1.15rem; }
h3 { margin: 1em 0 .3em; font-size: 1rem; font-weight: 600; }
p, dl { margin: 0; }
.soft, small { color: var(--soft); }
section, .figures { margin-top: 1.25rem; padding: 1.25rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; }
.figures dt { color: var(--soft); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.4rem; font-weight: 650; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; }
.stairs { height: 120px; border-bottom: 1px solid var(--line); }
.stairs path { fill: var(--last); opacity: .55; }
.most { color: var(--soft); font-size: .8rem; font-variant-numeric: tabular-nums; }
.lives { border-bottom: 1px solid var(--line); }
.axis { position: relative; height: 1.4rem; color: var(--soft); font-size: .74rem; font-variant-numeric: tabular-nums; }
.axis span { position: absolute; padding-left: 3px; border-left: 1px solid var(--line); white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin-bottom: .6rem; color: var(--soft);
  font-size: .85rem; }
.legend span { display: inline-flex; align-items: center; gap: .4em; }
.legend i { width: 20px; height: 9px; border-radius: 2px; }
.keep_last { fill: var(--last); background: var(--last); }
.keep_hourly { fill: var(--hourly); background: var(--hourly); }
.keep_within { fill: var(--within); background: var(--within); }
.keep_daily { fill: var(--daily); background: var(--daily); }
.keep_weekly { fill: var(--weekly); background: var(--weekly); }
.keep_monthly { fill: var(--monthly); background: var(--monthly); }
.keep_yearly { fill: var(--yearly); background: var(--yearly); }
.other { fill: var(--other); background: var(--other); }
.none { fill: var(--line); }
table { width: 100%; border-collapse: collapse; font-size: .87rem; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .3em .8em .3em 0; border-top: 1px solid var(--line); vertical-align: top; }
tr td:first-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
thead th { border-top: 0; }
@media (max-width: 44rem) {
  body { padding: 1rem .75rem 3rem; }
  h1 { font-size: 1.45rem; }
  section, .figures { padding: .9rem .75rem; }
  .figures { grid-template-columns: 1fr 1fr; gap: .7rem; }
  .axis span:nth-child(even) { display: none; }
}
"""
