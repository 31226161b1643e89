/** Dashboards of Grafana out of their specs: panels in their places, variables, alerts as annotations, links. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  ConstantVariableBuilder,
  CustomVariableBuilder,
  // biome-ignore lint/suspicious/noDeprecatedImports: the newer model needs a newer Grafana, and this one all can read
  type Dashboard,
  // biome-ignore lint/suspicious/noDeprecatedImports: see above
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  type RowPanel,
  TextBoxVariableBuilder,
  TimePickerBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { heightOf, panelOf } from './panel.ts';
import { PROMETHEUS } from './panel-parts.ts';
import type { DashboardSpec, NamedVariable, Section } from './spec.ts';

const COLUMNS = 24;
const TAG = 'callfate';
const ALL = { text: 'All', value: '$__all' };

/** One panel beside the other; one that has no room any more begins a new line. */
function place(sections: readonly Section[]): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let [x, y, lineHeight] = [0, 0, 0];
  const newLine = () => {
    [x, y, lineHeight] = [0, y + lineHeight, 0];
  };
  for (const { title, panels } of sections) {
    newLine();
    const gridPos = { x: 0, y, w: COLUMNS, h: 1 };
    placed.push({
      type: 'row',
      id: placed.length + 1,
      title,
      collapsed: false,
      gridPos,
      panels: [],
    });
    y += 1;
    for (const spec of panels) {
      if (x + spec.width > COLUMNS) newLine();
      const h = heightOf(spec);
      const id = placed.length + 1;
      placed.push({ ...panelOf(spec), id, gridPos: { x, y, w: spec.width, h } });
      x += spec.width;
      lineHeight = Math.max(lineHeight, h);
    }
  }
  return placed;
}

function variable({ label, description, spec }: NamedVariable): Builder<VariableModel> {
  switch (spec.kind) {
    case 'datasource':
      return new DatasourceVariableBuilder(spec.name)
        .label(label)
        .description(description)
        .type(spec.plugin);
    case 'label':
      return (
        new QueryVariableBuilder(spec.name)
          .label(label)
          .description(description)
          .datasource(PROMETHEUS)
          .query({ query: `label_values(${spec.series}, ${spec.name})`, refId: spec.name })
          .definition(`label_values(${spec.series}, ${spec.name})`)
          .refresh(VariableRefresh.OnTimeRangeChanged)
          .sort(VariableSort.AlphabeticalAsc)
          .multi(spec.multi)
          .includeAll(true)
          // Short in the query, where a list of all values would be long.
          .allValue('.+')
          .current(ALL)
      );
    case 'choice': {
      const [first = ''] = spec.values;
      return new CustomVariableBuilder(spec.name)
        .label(label)
        .description(description)
        .values(spec.values.join(','))
        .options(spec.values.map((value) => ({ text: value, value, selected: value === first })))
        .current({ text: first, value: first });
    }
    case 'hidden': {
      const constant = new ConstantVariableBuilder(spec.name)
        .label(label)
        .description(description)
        .value(spec.value);
      // In every link it would be long, and after an update it would be the old one.
      return { build: () => ({ ...constant.build(), skipUrlSync: true }) };
    }
    case 'text':
      return new TextBoxVariableBuilder(spec.name)
        .label(label)
        .description(description)
        .defaultValue(spec.initial)
        .current({ text: spec.initial, value: spec.initial });
  }
}

/** Every alert of callfate that fires, as a mark on all panels. */
function alerts(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Alerts')
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor('red')
    .expr('ALERTS{alertname=~"Callfate.+",alertstate="firing",job=~"$job|"}')
    .step('60s')
    .titleFormat('{{alertname}}')
    .textFormat('{{peer}} {{reason}} {{source}} {{instance}}')
    .tagKeys('severity,kind');
}

/** To all other dashboards of callfate, with the time range and the variables. */
function others(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('callfate')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .includeVars(true)
    .keepTime(true);
}

export function dashboardOf(spec: DashboardSpec): Dashboard {
  const built = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([TAG])
    .timezone('browser')
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: spec.from, to: 'now' })
    .timepicker(new TimePickerBuilder().refreshIntervals(['10s', '30s', '1m', '5m', '15m']))
    .refresh('30s')
    .variables(spec.variables.map(variable))
    .annotations([alerts()])
    .links([others()])
    .build();
  return { ...built, id: null, panels: place(spec.sections) };
}
