/** Elements, made without any markup: whatever the wire says ends as text. */

export type Child = Node | string | number | null | undefined | false;

/** Attributes; `onclick` and the like are listeners, `false` and null are left out. */
export type Attributes = Readonly<
  Record<string, string | number | boolean | null | ((event: Event) => void)>
>;

export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  add(element, ...children);
  return element;
}

export function add(parent: Element, ...children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
}

export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren();
  add(parent, ...children);
}

/** An element of the document by id, which is there. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element ${id}`);
  return found;
}

export function link(href: string, ...children: readonly Child[]): HTMLAnchorElement {
  return el('a', { href }, ...children);
}

/** Goes to a view; to the one that is shown, once more. */
export function goTo(hash: string): void {
  if (location.hash === hash) dispatchEvent(new HashChangeEvent('hashchange'));
  else location.hash = hash;
}

/** Pairs of a term and what there is to say; a row whose value is null is left out. */
export function facts(rows: readonly (readonly [string, Child])[]): HTMLDListElement {
  const shown = rows.filter(([, value]) => value !== null && value !== '');
  return el(
    'dl',
    { class: 'facts' },
    ...shown.flatMap(([term, value]) => [el('dt', {}, term), el('dd', {}, value)]),
  );
}

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => Child;
  readonly class?: string;
}

/** A table that scrolls by itself where it is too wide. */
export function table<Row>(
  label: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  rowAttributes: (row: Row) => Attributes = () => ({}),
): HTMLElement {
  const head = columns.map(({ head: text, class: name = '' }) =>
    el('th', { scope: 'col', role: 'columnheader', class: name }, text),
  );
  const body = rows.map((row) => tableRow(columns, row, rowAttributes(row)));
  return el(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': label },
    // On a phone the rows are cards, and what is no table by its looks must say that it is one.
    el(
      'table',
      { role: 'table', 'aria-label': label },
      el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, ...head)),
      el('tbody', { role: 'rowgroup' }, ...body),
    ),
  );
}

export function tableRow<Row>(
  columns: readonly Column<Row>[],
  row: Row,
  attributes: Attributes = {},
): HTMLTableRowElement {
  const cells = columns.map(({ head, cell, class: name = '' }) =>
    el('td', { role: 'cell', class: name, 'data-label': head }, cell(row)),
  );
  return el('tr', { role: 'row', ...attributes }, ...cells);
}
