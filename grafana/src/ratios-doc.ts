/** docs/ratios.md: what each ratio is, by which standard, and where it departs from it. */
import { Q850_CAUSES } from '../../src/classify/q850.ts';
import { isUserOutcome, RATIO_SETS, RATIOS } from '../../src/classify/ratios.ts';
import { REASONS, type ReasonRow } from '../../src/classify/reasons.ts';
import { code, reflow, table } from './markdown.ts';

const HEAD = `# Ratios and durations

<!-- Generated from grafana/src/ratios-doc.ts, src/classify/ratios.ts and the reason table. Regenerate:
     npm run generate -->

Ratios are counted by one table, in the sidecar for attempts (legs) and in [\`callfate analyze\`](analyze.md) for calls. Every
ratio divides two sets of the same attempts. An attempt that was \`answered_elsewhere\`, a losing fork or queue leg, and an
\`unsolicited\` one are in no set. One of which no end was seen (\`lost\`) is in none either, unless it was answered.

`;

const AFTER_SETS = `
\`callfate_ratio_attempts_total\` counts the attempts of each set by \`peer\`, \`direction\` and \`set\`. The peer is the one on the
carrier side.

"Reached the other side" stands in for the seizures of E.425, which SIP does not have: the attempt was answered, rang, or
got a final response that is not the doing of policy or platform.

## The ratios

`;

const DEPARTURES = `
Where they depart from the standards:

- RFC 6076 counts INVITE requests at the originating agent. Here digest retries, redirections that are followed, fail-over
  and forks make one attempt, whose final response is the one that the caller's hop saw. A 401 or 407 that nobody answered
  with credentials stays in the denominators.
- SER and SEER leave an attempt out whose last word was a 3xx. Redirections that were followed are part of their attempt.
- ISA counts an INVITE that nothing answered: RFC 3261 section 8.1.3.1 has a transaction time-out end like a 408.
- SCR counts an attempt as completed when a 2xx to its BYE was seen before it settled (\`calls.reorderWindowMs\`).
- E.425 speaks of circuits. ABR here is over all decided attempts, ASR and NER over those that reached the other side, so
  ABR is never above ASR.
- The text of E.425 was not at hand: the Q.850 set of NER is common practice, written out below.
- All are from 0 to 1, and there is no series where the denominator is 0.

## Q.850 causes in NER

NER goes by the verdict, not by the cause alone. An attempt whose verdict rests on one of these causes before the answer is
counted as effective, since the network did its part; other causes count against it. A cause that says nothing, such as 0,
16 or 31, is judged by what else was seen. Causes 4 and 15 tell of an announcement about the called party.

`;

const RECORDED = `
## Recorded series

\`grafana/prometheus/callfate.rules.yaml\` has the recording rules; [alerts.md](alerts.md) says how to load them. The
first part of a name is what the value is told by. \`asr\` stands for every ratio above:

| Series | Labels | Window |
| --- | --- | --- |
| \`job:callfate_asr:ratio_rate5m\`, \`…:ratio_rate1h\` | \`job\` | 5 minutes, 1 hour |
| \`job_direction:callfate_asr:ratio_rate5m\`, \`…:ratio_rate1h\` | \`job\`, \`direction\` | the same |
| \`job_peer_direction:callfate_asr:ratio_rate5m\`, \`…:ratio_rate1h\` | \`job\`, \`peer\`, \`direction\` | the same |

Durations are in seconds, as mean (\`:mean5m\`, \`:mean1h\`) and 95th percentile (\`:p95_5m\`, \`:p95_1h\`), by \`job\` and
\`direction\`:

| Series | What it is |
| --- | --- |
| \`job_direction:callfate_pdd_seconds:mean5m\` | PDD, post-dial delay: from INVITE to the first response that is not 100, whatever it says |
| \`job_direction:callfate_srd_seconds:mean5m\` | SRD of RFC 6076 section 4.3, the same delay with label \`connected\`: answered and not answered apart |
| \`job_direction:callfate_ring_seconds:mean5m\` | From 180 to the answer, or to the end of an attempt that was not answered |
| \`job_direction:callfate_acd_seconds:mean5m\` | ACD, average call duration: talk time of attempts that an agent or the final party answered |
| \`job_direction:callfate_sdt_seconds:mean5m\` | SDT of RFC 6076 section 4.5: from answer to end, with label \`completed\`: ended with BYE and 2xx, or not |

- By peer too, as mean alone: \`job_peer_direction:callfate_pdd_seconds:mean5m\` and
  \`job_peer_direction:callfate_acd_seconds:mean5m\`.
- E.721 ends the post-dial delay at the first sign that the caller hears. A 183 may bring that or not, so PDD is measured as
  SRD. Not answered includes what the caller gave up, and 401 and 407 that ended an attempt, which RFC 6076 leaves out.
- ACD leaves time in an IVR, a queue or a mailbox out; SDT does not. Attempts whose end was not seen are in neither.
- A percentile is interpolated between the bounds of the histogram ([metrics.md](metrics.md#durations)), and never above the
  last bound.
`;

function sets(): string {
  const rows = RATIO_SETS.map(({ id, definition }) => [code(id), definition]);
  return table(['Set', 'It holds'], rows);
}

function ratios(): string {
  const rows = RATIOS.map(({ name, counts, of, definition }) => {
    return [name, code(counts), code(of), definition];
  });
  return table(['Ratio', 'Numerator', 'Denominator', 'In words'], rows);
}

/** Causes that stand for what the called party did. */
function causes(): string {
  const reasons = new Map<string, ReasonRow>(REASONS.map((row) => [row.id, row]));
  const good = Q850_CAUSES.flatMap(({ cause, name, setup, generic }) => {
    const reason = reasons.get(setup);
    const counts = !generic && reason && isUserOutcome({ ...reason, ringingAt: null });
    return counts ? [[String(cause), name, code(setup)]] : [];
  });
  return table(['Cause', 'Name', 'Reason'], good);
}

export function ratiosPage(): string {
  const parts = ['## The sets\n\n', sets(), AFTER_SETS, ratios(), DEPARTURES, causes(), RECORDED];
  return reflow(HEAD + parts.join(''));
}
