/** Panels of Grafana out of their specs. */
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
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as LogsBuilder } from '@grafana/grafana-foundation-sdk/logs';
import { DataqueryBuilder as LokiQueryBuilder } from '@grafana/grafana-foundation-sdk/loki';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TextBuilder, TextMode } from '@grafana/grafana-foundation-sdk/text';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type AnyPanelBuilder, numeric, PROMETHEUS, refId, valueMappings } from './panel-parts.ts';
import type { LogsSpec, PanelSpec, Query, StatSpec, TextSpec, TimeseriesSpec } from './spec.ts';
import { table } from './table.ts';

const LOKI = { type: 'loki', uid: '${loki}' } as const;
/** Lines that Grafana asks Loki for. */
const LOG_LINES_MAX = 200;

/** Rows of the grid, of 30 pixels and a gap of 8. */
const HEIGHTS = { timeseries: 8, stat: 4, table: 10, logs: 10, text: 4 } as const;

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
