/** An explanation as text for a terminal. */
import { codeWords, type Explanation, type Match } from './explain.ts';

export function explanationText({ matches }: Explanation): string {
  const [first, ...others] = matches;
  if (first === undefined) return '';
  const also = others.length === 0 ? [] : ['', 'Also', ...others.map(lineOf)];
  return `${[...blockOf(first), ...also].join('\n')}\n`;
}

function blockOf(match: Match): readonly string[] {
  const { input, reason, outcome, attribution, advice, source, abnormal, vendor } = match;
  const facts: readonly (readonly [string, string])[] = [
    ['reason', `${reason} (${outcome})`],
    ['whose fault', attribution],
    ['what to do', advice],
    ['how sure', match.certainty === null ? match.why : `${match.certainty}: ${match.why}`],
    ['abnormal', abnormal ? 'yes' : 'no'],
    ['stands for', source],
    ...(vendor === null ? [] : vendorFacts(vendor)),
  ];
  const codes = Object.entries(match.vocabularies).flatMap(([vocabulary, fields]) =>
    Object.entries(fields).map(([field, { code, name }]) => ({ vocabulary, field, code, name })),
  );
  const names = codes.map((code) => `    ${codeWords(code)}`);
  const words = names.length === 0 ? ['    no vocabulary has a code for it'] : names;
  return [input, '', ...columns(facts), '', '  in every vocabulary', ...words];
}

function vendorFacts(vendor: NonNullable<Match['vendor']>): readonly (readonly [string, string])[] {
  const { title, attribution, connected, callType, note } = vendor;
  const said = [
    title,
    attribution,
    connected === null ? null : connected ? 'connected' : 'not connected',
    callType === 'any' ? null : `${callType} calls`,
  ].filter((one) => one !== null);
  return [
    ...(said.length === 0 ? [] : [['vendor says', said.join('; ')] as const]),
    ...(note === null ? [] : [['note', note] as const]),
  ];
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  return rows.map(([left, right]) => `  ${left.padEnd(13)}${right}`);
}

function lineOf({ input, reason, outcome }: Match): string {
  return `  ${input}: ${reason} (${outcome})`;
}
