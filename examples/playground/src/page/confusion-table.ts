import { element } from './dom.ts';

/** A table of how often samples of one class were taken for another: the darker, the greater the share of the row. */
export function confusionTable(
  rows: readonly (readonly number[])[],
  classes: readonly string[],
): HTMLTableElement {
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, element('span', { class: 'hidden' }, 'true class')),
    ...classes.map((name) => element('th', { scope: 'col', title: name }, short(name))),
  );
  const body = rows.map((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0) || 1;
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, classes[i]!),
      ...row.map((count) => cell(count, count / total)),
    );
  });
  return element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
}

function cell(count: number, share: number): HTMLTableCellElement {
  // A few mistakes among many right answers are to be seen, too.
  const shade = Math.sqrt(share);
  const kind = count === 0 ? 'is-none' : shade > 0.62 ? 'is-strong' : null;
  const made = element('td', { class: kind }, count === 0 ? '·' : String(count));
  made.style.setProperty('--share', shade.toFixed(3));
  return made;
}

function short(name: string): string {
  return name.length > 5 ? `${name.slice(0, 4)}…` : name;
}
