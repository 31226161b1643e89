/** What a dashboard says, as data. `build.ts` makes Grafana's JSON of it. */
import type * as units from '@grafana/grafana-foundation-sdk/units';

/** A unit that Grafana knows. */
export type Unit = Extract<(typeof units)[keyof typeof units], string>;

/** A colour of Grafana's palette: those are readable in the light and in the dark theme, which hex values are not. */
export type Colour =
  | `${'dark-' | 'semi-dark-' | '' | 'light-' | 'super-light-'}${'red' | 'orange' | 'yellow' | 'green' | 'blue' | 'purple'}`
  | 'text';

export interface Query {
  /** PromQL or LogQL, with variables of the dashboard. */
  readonly expr: string;
  /** Name of a series, `{{label}}` in it; empty in tables and logs. */
  readonly legend: string;
  /** True: exemplars are drawn, which carry the Call-ID. */
  readonly exemplars?: boolean;
}

/** From here on upwards this colour; the first has `at: null`, for all below the second. */
export interface Step {
  readonly at: number | null;
  readonly colour: Colour;
}

/** Where a click on a value leads. */
export interface DataLink {
  readonly title: string;
  readonly url: string;
}

interface Described {
  readonly title: string;
  /** What it means, and what to do. */
  readonly description: string;
  /** Of 24 columns. */
  readonly width: number;
  /** In rows of the grid. Absent: the usual one of its kind. */
  readonly height?: number;
}

interface Numeric extends Described {
  readonly unit: Unit;
  readonly queries: readonly Query[];
  readonly decimals?: number;
  readonly steps?: readonly Step[];
  readonly links?: readonly DataLink[];
}

export interface TimeseriesSpec extends Numeric {
  readonly kind: 'timeseries';
  /** Absent: lines that do not add up. */
  readonly stacked?: boolean;
  /** Highest value of the axis where it has one. */
  readonly max?: number;
  /** Colour of a series by its name; absent: by the palette. */
  readonly colours?: Readonly<Record<string, Colour>>;
}

export interface StatSpec extends Numeric {
  readonly kind: 'stat';
  /** Absent: the newest value; `max`: the highest one of the time range, where a peak that went by matters. */
  readonly reduce?: 'max';
  /** True: what counts is the name of the series, such as a version, and not its value. */
  readonly nameOnly?: boolean;
  /** Text in place of a value. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** One column of a table. Its name is a label, or `Value` and the letter of its query, as Grafana names it. */
export interface Column {
  readonly field: string;
  /** Absent: the field's own name. A data link names fields by their own name. */
  readonly title?: string;
  /** Absent: as wide as there is room. */
  readonly width?: number;
  readonly unit?: Unit;
  readonly decimals?: number;
  readonly steps?: readonly Step[];
  readonly links?: readonly DataLink[];
  /** Text in place of a value, of which this column shows more than one line. */
  readonly texts?: Readonly<Record<string, string>>;
}

export interface TableSpec extends Numeric {
  readonly kind: 'table';
  /** From left to right; no other field is shown. */
  readonly columns: readonly Column[];
  /** Title of the column that is sorted, the highest first. */
  readonly sortedBy: string;
}

/** Log lines out of Loki. */
export interface LogsSpec extends Described {
  readonly kind: 'logs';
  readonly queries: readonly Query[];
  /** True: JSON is laid out over lines. */
  readonly pretty?: boolean;
}

export interface TextSpec extends Described {
  readonly kind: 'text';
  readonly markdown: string;
}

export type PanelSpec = TimeseriesSpec | StatSpec | TableSpec | LogsSpec | TextSpec;

/** A row of the dashboard with its heading. */
export interface Section {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

export type VariableSpec =
  | { readonly kind: 'datasource'; readonly name: string; readonly plugin: 'prometheus' | 'loki' }
  | {
      readonly kind: 'label';
      readonly name: string;
      readonly series: string;
      readonly multi: boolean;
    }
  | { readonly kind: 'hidden'; readonly name: string; readonly value: string }
  | { readonly kind: 'choice'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'text'; readonly name: string; readonly initial: string };

export interface NamedVariable {
  readonly label: string;
  readonly description: string;
  readonly spec: VariableSpec;
}

export interface DashboardSpec {
  /** Stable: links and bookmarks hold it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly NamedVariable[];
  readonly sections: readonly Section[];
  /** Time range at first sight, such as `now-6h`. */
  readonly from: string;
}
