/** The files that show the dashboards at Grafana's first start, and the example of a whole site, fit together. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { keyRows } from '../../src/config/keys.ts';
import { GRAFANA, readBoards } from './boards.ts';

interface DataSource {
  readonly uid: string;
  readonly type: string;
  readonly url: string;
  readonly isDefault?: boolean;
  readonly jsonData: {
    readonly timeInterval?: string;
    readonly exemplarTraceIdDestinations?: readonly {
      readonly name: string;
      readonly url: string;
    }[];
    readonly derivedFields?: readonly Readonly<Record<string, string>>[];
  };
}

const read = (path: string): string => readFileSync(join(GRAFANA, path), 'utf8');
const yaml = <T>(path: string): T => parse(read(path), { merge: true });

const { datasources } = yaml<{ readonly datasources: readonly DataSource[] }>(
  'provisioning/datasources/callfate.yaml',
);
const [provider] = yaml<{
  readonly providers: readonly {
    readonly folder: string;
    readonly options: { readonly path: string };
  }[];
}>('provisioning/dashboards/callfate.yaml').providers;
const alerts = yaml<{
  readonly groups: readonly {
    readonly folder: string;
    readonly rules: readonly { readonly data: readonly { readonly datasourceUid: string }[] }[];
  }[];
}>('provisioning/alerting/callfate.yaml').groups;
const scraping = yaml<{
  readonly global: { readonly scrape_interval: string };
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}>('prometheus/prometheus.yaml');
const { services } = yaml<{
  readonly services: Readonly<
    Record<string, { readonly command?: readonly string[]; readonly volumes?: readonly string[] }>
  >;
}>('compose.yaml');

/** The one data source of a kind. */
function source(type: string): DataSource {
  const found = datasources.filter((one) => one.type === type);
  expect(found).toHaveLength(1);
  const [only] = found;
  if (!only) throw new Error(`no data source ${type}`);
  return only;
}

describe('data sources', () => {
  test('are those that dashboards and alerts ask', () => {
    const plugins = readBoards().flatMap(({ variables }) =>
      variables.filter(({ type }) => type === 'datasource').map(({ query }) => query),
    );
    expect(new Set(datasources.map(({ type }) => type))).toEqual(new Set(plugins));
    const asked = alerts.flatMap(({ rules }) => rules.flatMap(({ data }) => data));
    const uids = new Set(asked.map(({ datasourceUid }) => datasourceUid));
    expect(uids).toEqual(new Set([source('prometheus').uid, '__expr__']));
  });

  test('do not claim to be the default, of which Grafana starts with one only', () => {
    expect(datasources.filter(({ isDefault }) => isDefault)).toEqual([]);
  });

  test('rate over the interval that is scraped', () => {
    const { timeInterval } = source('prometheus').jsonData;
    expect(timeInterval).toBe(scraping.global.scrape_interval);
  });

  test('lead from a Call-ID to the dashboard of one call', () => {
    const call = readBoards().find(({ json }) => json.uid === 'callfate-call');
    expect(call?.variables.map(({ name }) => name)).toContain('call_id');
    // Grafana takes $ for a variable of its environment, unless it is doubled.
    const url = '/d/callfate-call?var-call_id=$${__value.raw:percentencode}';
    const [exemplar] = source('prometheus').jsonData.exemplarTraceIdDestinations ?? [];
    expect(exemplar).toMatchObject({ name: 'call_id', url });
    const [field] = source('loki').jsonData.derivedFields ?? [];
    expect(field).toMatchObject({ matcherType: 'label', matcherRegex: 'callId', url });
  });
});

test('dashboards and alerts share a folder', () => {
  expect(new Set(alerts.map(({ folder }) => folder))).toEqual(new Set([provider?.folder]));
});

describe('the example of a site', () => {
  test('scrapes callfate at its usual port, under the name that its alerts know', () => {
    const port = keyRows().find(({ path }) => path === 'http.port')?.fallback;
    expect(scraping.scrape_configs).toMatchObject([
      { job_name: 'callfate', static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
    ]);
    expect(read('prometheus/callfate.alerts.yaml')).toContain('job="callfate"');
  });

  test.each(Object.entries(services))('%s gets files that are there', (_, service) => {
    const files = (service.volumes ?? []).filter((volume) => volume.startsWith('./'));
    for (const volume of files)
      expect(existsSync(join(GRAFANA, volume.split(':')[0] ?? ''))).toBe(true);
  });

  test('puts the dashboards where Grafana looks for them', () => {
    expect(services.grafana?.volumes).toContain(`./dashboards:${provider?.options.path}:ro`);
  });

  test('keeps exemplars, and listens on loopback only', () => {
    expect(services.prometheus?.command).toContain('--enable-feature=exemplar-storage');
    for (const { url } of datasources) expect(new URL(url).hostname).toBe('127.0.0.1');
    const addresses = read('compose.yaml').matchAll(/(?:address|addr|ADDR)[=:] ?([\d.]*)/g);
    const open = [...addresses].map(([, address = '']) => address).filter((one) => one !== '');
    expect(open.length).toBeGreaterThan(4);
    expect(new Set(open)).toEqual(new Set(['127.0.0.1']));
  });

  test('labels log lines as the dashboards look for them', () => {
    const logs = readBoards()
      .flatMap(({ variables }) => variables)
      .find(({ name }) => name === 'logs');
    const [, job] = /^job="(\w+)"$/.exec(String(logs?.query)) ?? [];
    expect(read('alloy/config.alloy')).toContain(`labels     = { job = "${job}" }`);
  });
});
