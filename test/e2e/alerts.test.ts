/**
 * SIPp → Kamailio → callfate ← Prometheus → Alertmanager → webhook, with the rule files as the generator makes them but for
 * its one knob: a minute of theirs takes a second here.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ruleFiles } from '../../grafana/src/generate.ts';
import { kamailioIn } from './rig/kamailio.ts';
import { CONFIGURATION, Namespace, ROOT } from './rig/namespace.ts';
import { poll } from './rig/poll.ts';
import { Prometheus } from './rig/prometheus.ts';
import { placeCalls } from './rig/sipp.ts';
import { canRun } from './rig/suite.ts';

const MINUTE_SECONDS = 1;
const RECEIVER_PORT = 9095;
const HEP_UDP_PORT = 9060;
const HEP_TCP_PORT = 9061;
const PROXY = '127.0.0.1:5060';
const CARRIER = '127.0.0.11';
/** Seconds of good calls: longer than the ten "minutes" of the present, so that there is a past. */
const PAST_MS = 12_000;
const DEADLINE_MS = 90_000;
const BATCH = 10;

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** In Alertmanager's own answers. */
  readonly fingerprint?: string;
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}

/** What Alertmanager posts. */
interface Notice {
  readonly status: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly Alert[];
}

const answered = {
  caller: { template: 'uac-hangs-up', values: { user: 'trunk', bye: 'Subject: nothing to add' } },
  callees: [{ template: 'uas-answers', values: { ringMs: '100' }, address: CARRIER }],
};
/** Kamailio passes all on but 503, which becomes 500. */
const refused = (status: string, header: string, passedOn = status) => ({
  caller: { template: 'uac-is-refused', values: { user: 'trunk', status: passedOn } },
  callees: [
    { template: 'uas-refuses', values: { status, phrase: 'No', header }, address: CARRIER },
  ],
});
type Calls = typeof answered | ReturnType<typeof refused>;

describe.runIf(canRun('alerts', ['prometheus-alertmanager']))('alerts', () => {
  let namespace: Namespace;
  let prometheus: Prometheus;
  let batches = 0;

  const file = (name: string) => join(namespace.directory, name);
  const program = (name: string) => namespace.program(name);

  async function notices(): Promise<readonly Notice[]> {
    const text = await readFile(file('alerts.jsonl'), 'utf8');
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Notice]));
  }

  async function alertsOfAlertmanager(): Promise<readonly Alert[]> {
    const { body } = await namespace.fetch('http://127.0.0.1:9093/api/v2/alerts');
    return JSON.parse(body) as Alert[];
  }

  /** Calls that go on until this is so. */
  async function callUntil<T>(calls: Calls, probe: () => Promise<T | undefined>): Promise<T> {
    const call = async (): Promise<T | undefined> => {
      batches += 1;
      await placeCalls(namespace, { name: `b${batches}`, count: BATCH, target: PROXY, ...calls });
      return probe();
    };
    const state = async () => (await prometheus.query('ALERTS')).map(({ metric }) => metric);
    try {
      return await poll(call, DEADLINE_MS, () => 'see below');
    } catch (error) {
      throw new Error(
        `${error}: ${JSON.stringify(await state())} ${JSON.stringify(await notices())}`,
      );
    }
  }

  async function writeConfigurations(): Promise<void> {
    const { recording, alerts, alertmanager } = ruleFiles(
      MINUTE_SECONDS,
      `http://127.0.0.1:${RECEIVER_PORT}/`,
    );
    await writeFile(file('callfate.rules.yaml'), recording);
    await writeFile(file('callfate.alerts.yaml'), alerts);
    await writeFile(file('alertmanager.yaml'), alertmanager);
    const scraped = await readFile(join(CONFIGURATION, 'prometheus.yml'), 'utf8');
    const more = {
      rule_files: ['callfate.rules.yaml', 'callfate.alerts.yaml'],
      alerting: {
        alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:9093'] }] }],
      },
    };
    await writeFile(file('prometheus.yaml'), `${scraped}\n${stringify(more)}`);
  }

  beforeAll(async () => {
    namespace = await Namespace.open('alerts');
    prometheus = new Prometheus(namespace);
    await writeConfigurations();
    await namespace.start({
      name: 'receiver',
      command: process.execPath,
      args: [program('alert-receiver.js'), file('alerts.jsonl'), String(RECEIVER_PORT)],
      ready: [{ kind: 'tcp', address: '127.0.0.1', port: RECEIVER_PORT }],
    });
    await namespace.start({
      name: 'alertmanager',
      command: 'prometheus-alertmanager',
      args: [
        `--config.file=${file('alertmanager.yaml')}`,
        `--storage.path=${file('alertmanager-data')}`,
        '--web.listen-address=127.0.0.1:9093',
        // Alone: it would look for others, and there is no address but loopback.
        '--cluster.listen-address=',
      ],
      ready: [{ kind: 'http', url: 'http://127.0.0.1:9093/-/ready' }],
    });
    await namespace.start({
      name: 'callfate',
      command: process.execPath,
      args: [
        ...[join(ROOT, 'dist/main.js'), 'run'],
        ...['--config', join(CONFIGURATION, 'callfate-alerts.yml')],
      ],
      ready: [{ kind: 'http', url: 'http://127.0.0.1:9606/readyz' }],
    });
    await namespace.start({
      name: 'prometheus',
      command: 'prometheus',
      args: [
        `--config.file=${file('prometheus.yaml')}`,
        `--storage.tsdb.path=${file('prometheus-data')}`,
        '--web.listen-address=127.0.0.1:9090',
        '--log.level=warn',
      ],
      ready: [{ kind: 'http', url: 'http://127.0.0.1:9090/-/ready' }],
    });
    await namespace.start(kamailioIn(namespace.directory, { hep: true }));
  });
  afterAll(async () => {
    await namespace?.close();
    if (namespace) await rm(namespace.directory, { recursive: true, force: true });
  });

  test('good calls fire nothing', async () => {
    const until = Date.now() + PAST_MS;
    await callUntil(answered, async () => Date.now() > until || undefined);
    // On a machine that is busy otherwise a scrape may come late, and two seconds of that are two minutes here.
    expect(await prometheus.query('ALERTS{alertstate="firing",kind!="sidecar"}')).toEqual([]);
    const told = (await notices()).filter(({ groupLabels }) => groupLabels.kind !== 'sidecar');
    expect(told).toEqual([]);
  });

  test('a trunk that is full is told in one message, with cause and first step', async () => {
    const full = refused('503', 'Reason: Q.850;cause=34;text="No circuit"', '500');
    const names = ['CallfateFailureSpike', 'CallfateTrunkDown'];
    const notice = await callUntil(full, async () =>
      (await notices()).find(({ alerts }) =>
        names.every((name) => alerts.some(({ labels }) => labels.alertname === name)),
      ),
    );
    expect(notice.status).toBe('firing');
    expect(notice.groupLabels).toEqual({
      job: 'callfate',
      instance: '127.0.0.1:9606',
      kind: 'outcome',
    });
    const spike = notice.alerts.find(({ labels }) => labels.alertname === names[0]);
    expect(spike?.labels).toMatchObject({
      reason: 'no_circuit_available',
      outcome: 'failed',
      attribution: 'carrier',
      severity: 'critical',
    });
    expect(spike?.annotations).toMatchObject({
      cause: 'The trunk is full.',
      first_step: 'Add channels, spread the load or fail over.',
      runbook_url: 'http://127.0.0.1:9606/runbooks#callfatefailurespike',
    });
    const runbook = await namespace.fetch(spike?.annotations.runbook_url ?? '');
    expect(runbook.status).toBe(200);
    expect(runbook.body).toContain('<section id="callfatefailurespike">');
    expect(spike?.annotations.summary).toMatch(
      /^127\.0\.0\.1:9606: [\d.]+% of calls end with no_circuit_available$/,
    );
    const down = notice.alerts.find(({ labels }) => labels.alertname === names[1]);
    expect(down?.labels.peer).toBe('carrier-a');
  });

  test('a sender with a wrong key is told, and mutes nothing', async () => {
    await namespace.start({
      name: 'keyless',
      command: process.execPath,
      args: [program('keyless-hep.js'), String(HEP_TCP_PORT)],
      ready: [],
    });
    const refusal = await callUntil(answered, async () =>
      (await notices()).find(({ groupLabels }) => groupLabels.kind === 'input'),
    );
    expect(refusal.alerts.map(({ labels }) => [labels.alertname, labels.source])).toEqual([
      ['CallfateSenderRefused', 'hep_tcp'],
    ]);

    const wrong = refused('404', 'Reason: Q.850;cause=1;text="Unallocated number"');
    const spike = await callUntil(wrong, async () =>
      (await alertsOfAlertmanager()).find(({ labels }) => labels.reason === 'unallocated_number'),
    );
    expect(spike.status.inhibitedBy).toEqual([]);
  });

  test('a sidecar that loses packets is blind, which mutes what it says of outcomes', async () => {
    await namespace.start({
      name: 'flood',
      command: process.execPath,
      args: [program('flood-hep.js'), String(HEP_UDP_PORT)],
      ready: [{ kind: 'log', file: 'flood.out', text: 'dropped' }],
    });
    const blind = await callUntil(answered, async () =>
      (await notices()).find(({ groupLabels }) => groupLabels.kind === 'blind'),
    );
    expect(blind.alerts.map(({ labels }) => [labels.alertname, labels.source])).toEqual([
      ['CallfateObserverBlind', 'hep_udp'],
    ]);

    const reason = 'network_out_of_order';
    const outage = refused('480', 'Reason: Q.850;cause=38;text="Network out of order"');
    const muted = await callUntil(outage, async () =>
      (await alertsOfAlertmanager()).find(({ labels }) => labels.reason === reason),
    );
    const fingerprint = (await alertsOfAlertmanager()).find(
      ({ labels }) => labels.alertname === 'CallfateObserverBlind',
    )?.fingerprint;
    expect(muted.labels.kind).toBe('outcome');
    expect(muted.status.inhibitedBy).toEqual([fingerprint]);
    const told = (await notices()).flatMap(({ alerts }) => alerts.map(({ labels }) => labels));
    expect(told.filter((labels) => labels.reason === reason)).toEqual([]);
    expect(await namespace.stop('flood')).toEqual({ code: 0, signal: null });
  });
});
