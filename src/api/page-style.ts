/** How the live page looks: light and dark, on a desk and on a phone. */
export const PAGE_STYLE = `:root {
  color-scheme: light dark;
  --paper: #fbfcfc; --panel: #fff; --ink: #1a2226; --soft: #55636a; --line: #d5dcdf; --accent: #0f5f70;
  --good: #1d6b3a; --bad: #a8231c; --plain: #4c5a61; --good-paper: #e2f2e7; --bad-paper: #fbe5e3; --plain-paper: #eaeef0;
  --mark: #fff3c9; --focus: #b3560a;
  --mono: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12181b; --panel: #1a2226; --ink: #e6ecee; --soft: #a3b1b7; --line: #344047; --accent: #7cd0e0;
    --good: #86d9a2; --bad: #ff9b92; --plain: #b9c6cc; --good-paper: #173523; --bad-paper: #43201d; --plain-paper: #263137;
    --mark: #463a10; --focus: #ffb35c;
  }
}
* { box-sizing: border-box; }
html { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
body { margin: 0; background: var(--paper); color: var(--ink); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 2px; }
h1:focus, main:focus { outline: none; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
h1::first-letter { text-transform: uppercase; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; padding: .6rem 1rem;
  background: var(--panel); border-bottom: 1px solid var(--line); }
.brand { font-weight: 700; font-size: 1.15rem; text-decoration: none; color: var(--ink); }
nav { display: flex; flex-wrap: wrap; gap: .25rem; }
nav a { padding: .35rem .6rem; border-radius: 4px; text-decoration: none; }
nav a[aria-current] { background: var(--plain-paper); color: var(--ink); font-weight: 600; }
header form { display: flex; gap: .4rem; flex: 1 1 15rem; max-width: 30rem; }
header input { flex: 1; min-width: 0; }
.stream { margin: 0 0 0 auto; color: var(--soft); }
#status { font-weight: 600; color: var(--ink); }
#status::before { content: "● "; color: var(--soft); }
#status[data-state=live]::before { color: var(--good); }
#status[data-state=broken] { color: var(--bad); }
#status[data-state=broken]::before { content: "▲ "; color: var(--bad); }
input, select, button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--soft);
  border-radius: 4px; padding: .35rem .6rem; min-height: 2.3rem; }
button { cursor: pointer; background: var(--plain-paper); }
button:hover { border-color: var(--accent); }
#banner { margin: 0; padding: .6rem 1rem; background: var(--bad-paper); color: var(--bad); font-weight: 600; overflow-wrap: anywhere; }
#banner a { color: inherit; }
#notes p { margin: 0; padding: .4rem 1rem; background: var(--mark); }
main { padding: 1rem; max-width: 90rem; margin: 0 auto; }
section { margin: 0 0 1.5rem; min-width: 0; }
.title { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; margin-bottom: .75rem; }
.title h2 { margin: 0; }
.hint { color: var(--soft); margin: .35rem 0; }
.error { color: var(--bad); font-weight: 600; }
.totals { display: flex; flex-wrap: wrap; gap: .25rem 2rem; margin: 0 0 1rem; color: var(--soft); }
.totals b { font-size: 1.7rem; color: var(--ink); font-variant-numeric: tabular-nums; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); gap: 0 1.5rem; }
.columns.wide { grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); margin-top: 1rem; }
.bars { list-style: none; margin: 0; padding: 0; display: grid; gap: .3rem; }
.bars li { display: grid; grid-template-columns: 9.5rem 1fr 6rem; gap: .5rem; align-items: center; }
.track { background: var(--plain-paper); height: .9rem; border-radius: 2px; }
.bar { display: block; height: 100%; min-width: 2px; border-radius: 2px; background: var(--plain); }
.bar.good { background: var(--good); }
.bar.bad { background: var(--bad); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.scroll { overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 4px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
td time { white-space: nowrap; font-variant-numeric: tabular-nums; }
td code { overflow-wrap: break-word; }
td small { display: block; color: var(--soft); min-width: 10rem; }
.wire, code, pre { font-family: var(--mono); font-size: .87em; overflow-wrap: anywhere; }
td .wire { display: inline-block; max-width: 24rem; min-width: min(100%, 8rem); }
code.block { display: block; }
pre { background: var(--panel); border: 1px solid var(--line); padding: .75rem; overflow-x: auto; }
.chip { display: inline-block; white-space: nowrap; padding: 0 .45rem; border-radius: 3px; font-weight: 600; color: var(--plain); background: var(--plain-paper); }
.chip.good { color: var(--good); background: var(--good-paper); }
.chip.bad { color: var(--bad); background: var(--bad-paper); }
.filters { display: flex; flex-wrap: wrap; gap: .5rem; }
.filter { padding: .15rem .6rem; border: 1px solid var(--soft); border-radius: 1rem; text-decoration: none; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.codes { margin: 0; padding: 0 0 0 1rem; }
.match { border-top: 1px solid var(--line); padding-top: .75rem; }
.ask { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .75rem 0 1.25rem; }
.ask input { flex: 1; max-width: 30rem; min-width: 10rem; }
td:first-child:is([data-label='']) { white-space: nowrap; }
tr.decided td, li.decided { background: var(--mark); }
tr.bad-row td { background: var(--bad-paper); }
tr.new { animation: arrive 1.5s ease-out; }
@keyframes arrive { from { background: var(--mark); } }
.ladder-wide { min-width: calc(6.5rem + var(--hosts) * 9.5rem); --columns: 6.5rem repeat(calc(var(--hosts) * 2), 1fr); }
.hosts, .step { display: grid; grid-template-columns: var(--columns); align-items: center; }
.hosts { font: 600 .82rem var(--mono); border-bottom: 1px solid var(--line); padding: .5rem 0; }
.host { grid-column: span 2; text-align: center; overflow-wrap: anywhere; padding: 0 .25rem; }
.when { grid-column: 1; padding-left: .6rem; font: .82rem var(--mono); color: var(--soft); }
.ladder { list-style: none; margin: 0; padding: .25rem 0; }
.ladder li { padding: .1rem 0; border-left: 4px solid transparent; }
.ladder li.decided { border-color: var(--bad); }
.ladder li.weighed { border-color: var(--line); }
.arrow { position: relative; text-align: center; padding: .15rem .75rem .3rem; border-bottom: 2px solid var(--accent); }
.arrow::after { content: ""; position: absolute; bottom: -6px; border: 5px solid transparent; }
.arrow.right::after { right: -1px; border-left-color: var(--accent); border-right-width: 0; border-left-width: 9px; }
.arrow.left::after { left: -1px; border-right-color: var(--accent); border-left-width: 0; border-right-width: 9px; }
.arrow.self { border-bottom-style: dotted; }
.label { font-size: .9rem; }
.decided .label { font-weight: 700; }
.label small { color: var(--soft); }
.note { margin: .3rem .75rem .4rem 6.5rem; font-size: .88rem; color: var(--ink); max-width: 60rem; }
.weighed .note { color: var(--soft); }
summary { cursor: pointer; padding: .3rem 0; }
dialog { border: 1px solid var(--line); border-radius: 6px; background: var(--panel); color: var(--ink); max-width: 26rem; }
dialog form { display: grid; gap: .6rem; }
dialog p { margin: 0; }
.unseen, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { position: absolute; padding: .5rem 1rem; background: var(--panel); z-index: 1; }
[hidden] { display: none !important; }
@media (max-width: 40rem) {
  main { padding: .75rem; }
  header { padding: .5rem .75rem; }
  header form { flex-basis: 100%; max-width: none; order: 1; }
  .bars li { grid-template-columns: 7.5rem 1fr 5.5rem; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: .5rem; }
  .note { margin-left: .75rem; }
  td .wire { min-width: 0; }
  .ladder-wide { min-width: calc(5.8rem + var(--hosts) * 7.6rem); --columns: 5.8rem repeat(calc(var(--hosts) * 2), 1fr); }
  .hosts, .when { font-size: .72rem; }
  .when { padding-left: .3rem; }
  .arrow { padding-inline: .4rem; }
  .scroll:not(#now .scroll) thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .scroll:not(#now .scroll) :is(table, tbody) { display: block; }
  .scroll:not(#now .scroll) tr { display: flex; flex-wrap: wrap; gap: .1rem .9rem; padding: .45rem .6rem; border-bottom: 1px solid var(--line); }
  .scroll:not(#now .scroll) tr.decided { background: var(--mark); }
  .scroll:not(#now .scroll) td { display: block; border: 0; padding: 0; text-align: left; white-space: normal; max-width: 100%; }
  .scroll:not(#now .scroll) td:empty { display: none; }
  .scroll:not(#now .scroll) td::before { content: attr(data-label) " "; color: var(--soft); font-size: .85em; }
  .scroll:not(#now .scroll) td.bare::before { content: none; }
}
main.runbooks { max-width: 56rem; }
.runbooks > ul { columns: 17rem; padding-left: 1.2rem; }
.runbooks section { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid var(--line); }
.runbooks section:target h2 { background: var(--mark); }
.runbooks h3, .runbooks dt { font-size: 1rem; font-weight: 600; margin: .6rem 0 0; }
.runbooks dd { margin: 0; }
.runbooks code { overflow-wrap: anywhere; }
@media (prefers-reduced-motion: reduce) {
  tr.new { animation: none; }
}
`;
