/** The generated dashboards as Grafana reads them, and what it puts in place of their variables. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type {
  // biome-ignore lint/suspicious/noDeprecatedImports: the model that the dashboards are written in
  Dashboard,
  Panel,
  VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';

export const GRAFANA = resolve(import.meta.dirname, '../../grafana');

/** What is asked of Prometheus or Loki. */
export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly instant?: boolean;
  readonly exemplar?: boolean;
  readonly legendFormat?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
}

export interface Board {
  readonly file: string;
  readonly text: string;
  readonly json: Dashboard;
  /** Without rows. */
  readonly panels: readonly Panel[];
  readonly variables: readonly VariableModel[];
}

export function readBoards(): readonly Board[] {
  const directory = join(GRAFANA, 'dashboards');
  return readdirSync(directory).map((file) => {
    const text = readFileSync(join(directory, file), 'utf8');
    const json: Dashboard = JSON.parse(text);
    const all = json.panels ?? [];
    const panels = all.filter((panel): panel is Panel => panel.type !== 'row');
    return { file, text, json, panels, variables: json.templating.list ?? [] };
  });
}

export function targetsOf(panel: Panel): readonly Target[] {
  // The SDK knows no more of a query than its name; what they are is checked by the tests.
  return (panel.targets ?? []) as unknown as Target[];
}

/** Queries of panels that go to Prometheus. */
export function prometheusTargets(panel: Panel): readonly Target[] {
  return targetsOf(panel).filter(({ datasource }) => datasource?.type === 'prometheus');
}

/** The query of a variable that asks for label values: `label_values(series, label)`. */
export function labelQuery({
  definition,
}: VariableModel): { readonly series: string; readonly label: string } | null {
  const [, series, label] = /^label_values\((.*), (\w+)\)$/.exec(definition ?? '') ?? [];
  return series === undefined || label === undefined ? null : { series, label };
}

/** What Grafana knows by itself. */
export const BUILT_IN: ReadonlySet<string> = new Set([
  '__all',
  '__rate_interval',
  '__range',
  '__url_time_range',
  '__data',
  '__field',
]);

/** Every variable that a text uses, as `$name`, `${name}` or `${name:format}`; `$1` is none. */
export function variablesIn(text: string): readonly string[] {
  const found = text.matchAll(/\$(?:\{([a-zA-Z_]\w*)[^}]*\}|([a-zA-Z_]\w*))/g);
  return [...found].map(([, braced, bare]) => braced ?? bare ?? '');
}

/** The text with these values in place of variables; one without a value stays. */
export function substitute(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$(?:\{([a-zA-Z_]\w*)(?::\w+)?\}|([a-zA-Z_]\w*))/g,
    (whole, braced: string | undefined, bare: string | undefined) =>
      values[braced ?? bare ?? ''] ?? whole,
  );
}

/** What every variable of a dashboard is when nobody has chosen anything. */
export function defaultValues({ variables }: Board): Record<string, string> {
  const value = (variable: VariableModel): string => {
    if (variable.includeAll) return variable.allValue ?? '';
    if (variable.type === 'datasource') return variable.name;
    if (variable.type === 'custom') return String(variable.current?.value ?? '');
    return typeof variable.query === 'string' ? variable.query : '';
  };
  return Object.fromEntries(variables.map((variable) => [variable.name, value(variable)]));
}
