/** The first page: how calls end now, which faults rise, whose doing they are, and where to look next. */
import { ATTRIBUTION_COLOURS, littleIsGood, NONE_IS_GOOD, OUTCOME_COLOURS } from './colours.ts';
import { TO_HEALTH, TO_REASON, UIDS } from './links.ts';
import { HOW_LONG, MORE, WHERE } from './overview-detail.ts';
import { COUNTED, FAULTS, perMinute, series } from './queries.ts';
import { jobRatio, RECORDED, ratio } from './ratios.ts';
import type { DashboardSpec, Section, StatSpec } from './spec.ts';
import { DIRECTION, NORMAL, SCOPE_VARIABLES, WINDOW } from './variables.ts';

const ENDED = 'callfate_attempts_ended_total';
const WAYS = 'direction=~"$direction"';
const ended = (matchers: string) => series(ENDED, matchers, WAYS);

const ratioStat = (id: 'asr' | 'ner'): StatSpec => ({
  kind: 'stat',
  ...ratio(id),
  width: 4,
  unit: 'percentunit',
  decimals: 1,
  queries: [jobRatio(id)],
});

const NOW: Section = {
  title: 'Now',
  panels: [
    {
      kind: 'stat',
      title: 'Calls in progress',
      description:
        'Calls with at least one leg that has not ended. A fall to 0 at a busy hour means that nobody calls, or that callfate sees nothing: look at Observer health.',
      width: 4,
      unit: 'short',
      queries: [{ expr: `sum(${series('callfate_calls_open')})`, legend: 'open' }],
    },
    {
      kind: 'stat',
      title: 'Endings a minute',
      description:
        'Attempts that ended, a minute. Losing fork legs and refused strangers are left out, as in the ratios.',
      width: 4,
      unit: 'cpm',
      queries: [{ expr: perMinute('', ENDED, COUNTED, WAYS), legend: 'ended' }],
    },
    ratioStat('asr'),
    ratioStat('ner'),
    {
      kind: 'stat',
      title: 'Share of faults',
      description:
        'Of the attempts that ended, those that ended by a fault: any reason that the table marks as abnormal. Busy, no answer, a wrong number or a caller who gave up are none. When it rises, the panels below say which and whose.',
      width: 4,
      unit: 'percentunit',
      decimals: 1,
      queries: [
        {
          expr: `sum(rate(${ended(FAULTS)}[$window])) / (sum(rate(${ended(COUNTED)}[$window])) > 0)`,
          legend: 'faults',
        },
      ],
      steps: littleIsGood(0.05, 0.15),
    },
    {
      kind: 'stat',
      title: 'Input lost a minute',
      description:
        'Signalling that was sent to callfate and dropped before it was read; the highest value of the time range. While it is not 0 no other number here is sure: mend the input first, see Observer health.',
      width: 4,
      unit: 'cpm',
      reduce: 'max',
      queries: [{ expr: perMinute('', 'callfate_input_lost_total'), legend: 'lost' }],
      steps: NONE_IS_GOOD,
      links: [TO_HEALTH],
    },
  ],
};

const ENDINGS: Section = {
  title: 'How calls end',
  panels: [
    {
      kind: 'timeseries',
      title: 'Endings a minute, by outcome',
      description:
        'Every attempt that counts, by how it ended. Green and blue went as they should, yellow and purple are people, orange and red are faults.',
      width: 12,
      unit: 'cpm',
      stacked: true,
      queries: [{ expr: perMinute('outcome', ENDED, COUNTED, WAYS), legend: '{{outcome}}' }],
      colours: OUTCOME_COLOURS,
    },
    {
      kind: 'timeseries',
      title: 'Faults a minute, by whose doing',
      description:
        'Only what the reason table calls a fault. Carrier: move traffic or call them. Network: look at media path, NAT and trunk. Platform: your own PBX. Policy: a rule of yours.',
      width: 12,
      unit: 'cpm',
      stacked: true,
      queries: [{ expr: perMinute('attribution', ENDED, FAULTS, WAYS), legend: '{{attribution}}' }],
      colours: ATTRIBUTION_COLOURS,
    },
    {
      kind: 'timeseries',
      title: 'Faults a minute, by reason',
      description:
        'The ten most frequent reasons of a fault at each moment. A diamond is a call: point at it for its Call-ID and a way to that call. Click on a line for what to do about the reason.',
      width: 12,
      unit: 'cpm',
      queries: [
        {
          expr: `topk(10, ${perMinute('reason', ENDED, FAULTS, WAYS)} > 0)`,
          legend: '{{reason}}',
          exemplars: true,
        },
      ],
      links: [TO_REASON.series],
    },
    {
      kind: 'timeseries',
      title: 'Ratios',
      description: `What the ratios of E.425 and RFC 6076 say; docs/ratios.md defines each. ASR falls when people do not answer, NER and SEER only when set-up fails. ${RECORDED}`,
      width: 12,
      unit: 'percentunit',
      max: 1,
      queries: [
        jobRatio('asr', 'ASR {{job}}'),
        jobRatio('abr', 'ABR {{job}}'),
        jobRatio('ner', 'NER {{job}}'),
        jobRatio('seer', 'SEER {{job}}'),
        jobRatio('scr', 'SCR {{job}}'),
      ],
    },
  ],
};

export const OVERVIEW: DashboardSpec = {
  uid: UIDS.overview,
  title: 'callfate: overview',
  description: 'How calls end now, which faults rise, and whose doing they are.',
  variables: [...SCOPE_VARIABLES, DIRECTION, WINDOW, NORMAL],
  sections: [NOW, ENDINGS, WHERE, HOW_LONG, MORE],
  from: 'now-3h',
};
