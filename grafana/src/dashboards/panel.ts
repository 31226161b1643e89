/** Panels of Grafana out of their specs. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueTextMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  LogsSortOrder,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as LogsBuilder } from '@grafana/grafana-foundation-sdk/logs';
import { DataqueryBuilder as LokiQueryBuilder } from '@grafana/grafana-foundation-sdk/loki';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TextBuilder, TextMode } from '@grafana/grafana-foundation-sdk/text';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { PLAIN } from './colours.ts';
import type {
  Column,
  DataLink,
  LogsSpec,
  PanelSpec,
  Query,
  StatSpec,
  Step,
  TableSpec,
  TextSpec,
  TimeseriesSpec,
} from './spec.ts';

export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' } as const;
const LOKI = { type: 'loki', uid: '${loki}' } as const;
/** Lines that Grafana asks Loki for. */
const LOG_LINES_MAX = 200;

/** Values of the first of several queries of a table. */
const FIRST_VALUE = 'Value #A';

/** Rows of the grid, of 30 pixels and a gap of 8. */
const HEIGHTS = { timeseries: 8, stat: 4, table: 10, logs: 10, text: 4 } as const;

/** What every panel builder of the SDK can do; they share no type. */
interface AnyPanelBuilder extends Builder<Panel> {
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

const refId = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

function thresholds(steps: readonly Step[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(({ at, colour }) => ({ value: at, color: colour })));
}

function dataLink({ title, url }: DataLink): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);
}

function valueMappings(texts: Readonly<Record<string, string>>): ValueMapping[] {
  const entries = Object.entries(texts).map(([value, text], index) => [value, { text, index }]);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(entries) }];
}

/** What all panels with numbers share. */
function numeric<B extends NumericBuilder>(
  builder: B,
  spec: TimeseriesSpec | StatSpec | TableSpec,
): B {
  builder.datasource(PROMETHEUS).unit(spec.unit);
  if (spec.decimals !== undefined) builder.decimals(spec.decimals);
  if (spec.links) builder.dataLinks(spec.links.map(dataLink));
  return builder.thresholds(thresholds(spec.steps ?? PLAIN));
}

function rangeQuery(query: Query, index: number): DataqueryBuilder {
  const target = new DataqueryBuilder()
    .datasource(PROMETHEUS)
    .refId(refId(index))
    .expr(query.expr)
    .legendFormat(query.legend)
    .range();
  return query.exemplars ? target.exemplar(true) : target;
}

function timeseries(spec: TimeseriesSpec): TimeseriesBuilder {
  const builder = numeric(new TimeseriesBuilder(), spec)
    .targets(spec.queries.map(rangeQuery))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    )
    .lineWidth(1)
    .showPoints(VisibilityMode.Auto)
    .fillOpacity(spec.stacked ? 60 : 8)
    .min(0);
  if (spec.stacked) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (spec.max !== undefined) builder.max(spec.max);
  if (spec.steps) {
    const lines = new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
    builder.thresholdsStyle(lines);
  }
  for (const [name, colour] of Object.entries(spec.colours ?? {})) {
    const fixed = { mode: FieldColorModeId.Fixed, fixedColor: colour };
    builder.overrideByName(name, [{ id: 'color', value: fixed }]);
  }
  return builder;
}

function stat(spec: StatSpec): StatBuilder {
  const calcs = [spec.reduce ?? 'lastNotNull'];
  const builder = numeric(new StatBuilder(), spec)
    .targets(spec.queries.map(rangeQuery))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(calcs))
    .textMode(spec.nameOnly ? BigValueTextMode.Name : BigValueTextMode.Auto)
    .noValue('no data');
  return spec.texts ? builder.mappings(valueMappings(spec.texts)) : builder;
}

function columnProperties(column: Column): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [];
  const set = (id: string, value: unknown) => properties.push({ id, value });
  if (column.unit) set('unit', column.unit);
  if (column.decimals !== undefined) set('decimals', column.decimals);
  if (column.width !== undefined) set('custom.width', column.width);
  if (column.links) set('links', column.links);
  if (column.texts) {
    set('mappings', valueMappings(column.texts));
    set('custom.cellOptions', { type: 'auto', wrapText: true });
  }
  if (column.steps) {
    const steps = column.steps.map(({ at, colour }) => ({ value: at, color: colour }));
    set('thresholds', { mode: ThresholdsMode.Absolute, steps });
    set('custom.cellOptions', { type: 'color-text' });
  }
  return properties;
}

/** Grafana makes one row of the answers of several queries that agree in all labels. */
function table(spec: TableSpec): TableBuilder {
  const { columns } = spec;
  // When only the first of several queries has an answer, Grafana calls its values those of the only one.
  const fields = columns.flatMap(({ field, title = field }, index) =>
    (field === FIRST_VALUE ? [field, 'Value'] : [field]).map((name) => ({ name, title, index })),
  );
  const builder = numeric(new TableBuilder(), spec)
    .targets(
      spec.queries.map(({ expr }, index) =>
        new DataqueryBuilder()
          .datasource(PROMETHEUS)
          .refId(refId(index))
          .expr(expr)
          .format(PromQueryFormat.Table)
          .instant(),
      ),
    )
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names: fields.map(({ name }) => name) } },
    })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: {},
        indexByName: Object.fromEntries(fields.map(({ name, index }) => [name, index])),
        renameByName: Object.fromEntries(
          fields
            .filter(({ name, title }) => name !== title)
            .map(({ name, title }) => [name, title]),
        ),
      },
    })
    .sortBy([new TableSortByFieldStateBuilder().displayName(spec.sortedBy).desc(true)]);
  for (const column of columns) {
    const properties = columnProperties(column);
    if (properties.length > 0) builder.overrideByName(column.title ?? column.field, properties);
  }
  return builder;
}

function logs(spec: LogsSpec): LogsBuilder {
  return new LogsBuilder()
    .datasource(LOKI)
    .targets(
      spec.queries.map(({ expr }, index) =>
        new LokiQueryBuilder()
          .datasource(LOKI)
          .refId(refId(index))
          .expr(expr)
          .queryType('range')
          .maxLines(LOG_LINES_MAX),
      ),
    )
    .showTime(true)
    .wrapLogMessage(true)
    .prettifyLogMessage(spec.pretty ?? false)
    .enableLogDetails(true)
    .sortOrder(LogsSortOrder.Descending);
}

function text(spec: TextSpec): TextBuilder {
  return new TextBuilder().mode(TextMode.Markdown).content(spec.markdown);
}

function builderOf(spec: PanelSpec): AnyPanelBuilder {
  switch (spec.kind) {
    case 'timeseries':
      return timeseries(spec);
    case 'stat':
      return stat(spec);
    case 'table':
      return table(spec);
    case 'logs':
      return logs(spec);
    case 'text':
      return text(spec);
  }
}

/** Without its place: `layout` gives it one. */
export function panelOf(spec: PanelSpec): Panel {
  return builderOf(spec).title(spec.title).description(spec.description).build();
}

export function heightOf(spec: PanelSpec): number {
  return spec.height ?? HEIGHTS[spec.kind];
}
