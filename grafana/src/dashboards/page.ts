/** docs/dashboards.md: how to have the dashboards, what they show, and every panel. */
import { code, reflow, table } from '../markdown.ts';
import { DASHBOARDS } from './index.ts';
import type { DashboardSpec } from './spec.ts';

const HEAD = `# Dashboards

<!-- Generated from grafana/src/dashboards. Regenerate:
     npm run generate -->

Five dashboards for Grafana, made from typed tables in \`grafana/src/dashboards\` by Grafana's own SDK. Tests ask every query
of every panel of a real Prometheus that scraped real calls, with all values of the variables and with single ones.

| You ask | Open |
| --- | --- |
| Is anything wrong now, and whose doing is it? | [overview](#callfate-overview) |
| Is it this trunk? What does it answer? Is it there at all? | [peers](#callfate-peers) |
| What does this reason mean, what do I do, is it more than yesterday? | [reasons](#callfate-reasons) |
| Why did this one call fail? | [one call](#callfate-one-call) |
| Can I believe these numbers? | [observer health](#callfate-observer-health) |

In an incident: overview, then a click on the reason or the peer that stands out, then a diamond or a log line for one of the
calls. While "Input lost a minute" is not 0, start with observer health: the rest is not sure.

## Have them

Grafana shows them at its first start when these files are where it looks. Paths are those of its packages and images:

| From here | To there | What for |
| --- | --- | --- |
| \`grafana/dashboards/*.json\` | \`/var/lib/grafana/dashboards/callfate/\` | the dashboards |
| \`grafana/provisioning/dashboards/callfate.yaml\` | \`/etc/grafana/provisioning/dashboards/\` | makes Grafana read them |
| \`grafana/provisioning/datasources/callfate.yaml\` | \`/etc/grafana/provisioning/datasources/\` | Prometheus and Loki; leave it out where you have data sources |
| \`grafana/prometheus/*.yaml\` | \`/etc/prometheus/\` | an example to begin with, and the [recording rules](ratios.md) that ratios come from |

Or import a JSON file by hand: Dashboards, New, Import. The data sources are asked for at the top of each dashboard.

Prometheus wants three things:

- the recording rules, \`callfate.rules.yaml\`: without them the ratios are empty, and all else is there;
- \`--enable-feature=exemplar-storage\`, for the Call-IDs of calls that failed;
- the scrape interval in the data source ("Scrape interval", \`timeInterval\`), because rates look back over four scrapes.

Data sources of your own want two links, which the provisioned ones have: in Prometheus under Exemplars the label
\`call_id\`, in Loki under Derived fields the label \`callId\`, both to
\`/d/callfate-call?var-call_id=\${__value.raw:percentencode}\`.

### A whole site at once

\`grafana/compose.yaml\` starts callfate, Prometheus, Alertmanager, Grafana, Loki and Alloy, which ships the log, on the
network of one Linux host and on loopback only. It wants a clone, since it builds callfate:

\`\`\`sh
docker compose -f grafana/compose.yaml up -d --build
\`\`\`

### Logs

Panels that show log lines ask Loki for callfate's standard output, one JSON line a call. "Log stream" above them has the
labels under which your shipper files it, \`job="callfate"\` at first. Without Loki those panels are empty.

A Call-ID that holds the number of a party stands in log lines with a hash in place of that number
([configuration.md](configuration.md#numbers-in-log-lines)), and in exemplars as it is. Then search for the rest of it.

## Read them

- Rates are per minute, over four scrapes at least. A counter that was reset by a restart is no fall.
- "About" stands above every number that Prometheus made with \`increase\`: it extrapolates, so two calls may show as 2.1. Where
  series appear with their first count, which are families marked "once counted" in [metrics.md](metrics.md), that first
  one is not in it. For exact counts ask the log.
- A *fault* is a reason that [reasons.md](reasons.md) marks as abnormal. Busy, no answer, a wrong number or a caller who gave
  up are none, and no panel on failures counts a losing leg (\`answered_elsewhere\`).
- Ratios are recorded for a job as a whole, for five minutes and for one hour ("Ratio over"). They do not know instances.
- Series of reasons carry no peer, and series of peers no reason: both together would be too many. What a peer answers is
  on the dashboard of peers.
- Thresholds are where to begin. What is usual differs from trunk to trunk: save a copy and set your own.
- Red marks on all panels are [alerts](alerts.md) that fire.
- Links keep the time range and the variables.

## What is not tried

- Grafana and Loki are no packages of Debian and could not be had where this was made. The JSON is what Grafana's SDK
  0.0.21 builds, in the classic model (schema version 42), and was not loaded into a Grafana. Its queries were run as
  Grafana would send them, by Prometheus 2.42.
- Grafana's own data library (13.2.3) made the tables out of answers of that Prometheus as intended, and knows every unit
  and colour, in the light and in the dark theme. That was done once, by hand.
- LogQL was read by Grafana's grammar of it, and the fields it names were found in real log lines. Loki did not run it.
- \`grafana/compose.yaml\` and the provisioning files were never started. \`promtool\` finds the Prometheus example sound, and
  tests hold their paths, ports and links together.

`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/ ?\$\{\w+\}/g, '');

function section({ title, description, uid, variables, sections }: DashboardSpec): string {
  const named = variables.filter(({ spec }) => spec.kind !== 'hidden');
  const heading = title.replace(': ', ' ');
  const parts = sections.map((part) => {
    const rows = part.panels.map((panel) => [cell(panel.title), cell(panel.description)]);
    return `${part.title}:\n\n${table(['Panel', 'What it says'], rows)}`;
  });
  return [
    `## ${heading}\n`,
    `${description} Address: ${code(`/d/${uid}`)}. Variables: ${named.map(({ label }) => label).join(', ')}.\n`,
    ...parts,
  ].join('\n');
}

export function dashboardsPage(): string {
  return reflow([HEAD, ...DASHBOARDS.map(section)].join('\n').replaceAll(/\n{3,}/g, '\n\n'));
}
