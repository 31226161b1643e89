/** What panels of several kinds have in common. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type FieldColorBuilder,
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PLAIN } from './colours.ts';
import type { DataLink, StatSpec, Step, TableSpec, TimeseriesSpec } from './spec.ts';

export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' } as const;

/** What every panel builder of the SDK can do; they share no type. */
export interface AnyPanelBuilder extends Builder<Panel> {
  title(title: string): this;
  description(description: string): this;
}

interface NumericBuilder extends AnyPanelBuilder {
  datasource(source: typeof PROMETHEUS): this;
  unit(unit: string): this;
  decimals(decimals: number): this;
  thresholds(thresholds: ThresholdsConfigBuilder): this;
  colorScheme(color: FieldColorBuilder): this;
  dataLinks(links: DashboardLinkBuilder[]): this;
}

/** The name of a query in its panel. */
export const refId = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

function thresholds(steps: readonly Step[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(({ at, colour }) => ({ value: at, color: colour })));
}

function dataLink({ title, url }: DataLink): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);
}

export function valueMappings(texts: Readonly<Record<string, string>>): ValueMapping[] {
  const entries = Object.entries(texts).map(([value, text], index) => [value, { text, index }]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(entries) }];
}

/** What all panels with numbers share. */
export function numeric<B extends NumericBuilder>(
  builder: B,
  spec: TimeseriesSpec | StatSpec | TableSpec,
): B {
  builder.datasource(PROMETHEUS).unit(spec.unit);
  if (spec.decimals !== undefined) builder.decimals(spec.decimals);
  if (spec.links) builder.dataLinks(spec.links.map(dataLink));
  return builder.thresholds(thresholds(spec.steps ?? PLAIN));
}
