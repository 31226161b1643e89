/** Tables: the answers of several queries, a row for each combination of labels. */
import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { type DynamicConfigValue, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { numeric, PROMETHEUS, refId, valueMappings } from './panel-parts.ts';
import type { Column, TableSpec } from './spec.ts';

/** Values of the first of several queries of a table. */
const FIRST_VALUE = 'Value #A';

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
export function table(spec: TableSpec): TableBuilder {
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
