import { escapeXml } from '@convnet/tensor-core';

/** What the scripts of all pages of reports do: places for charts, buttons, and what a pointer shows. */

export const find = (selector: string): HTMLElement =>
  document.querySelector<HTMLElement>(selector)!;

/** Puts a chart into its place. @param svg what is drawn; '' where there is nothing. */
export function put(
  selector: string,
  width: number,
  height: number,
  svg: string,
  label: string,
): void {
  find(selector).innerHTML =
    svg === ''
      ? '<p class="empty">Nothing was measured for this choice.</p>'
      : `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(label)}">${svg}</svg>`;
}

/** Buttons of which one is pressed. @param set is told what the reader chose. */
export function choice<Value extends string>(
  selector: string,
  values: readonly (readonly [Value, string])[],
  get: () => Value,
  set: (value: Value) => void,
): void {
  const group = find(selector);
  if (values.length < 2) {
    group.closest<HTMLElement>('.control')!.hidden = true;
    return;
  }
  for (const [value, text] of values) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = text;
    button.addEventListener('click', () => {
      set(value);
      press();
    });
    button.dataset['value'] = value;
    group.append(button);
  }
  const press = (): void => {
    for (const button of group.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(button.dataset['value'] === get()));
    }
  };
  press();
}

/**
 * Shows the facts about what the pointer is over, and lifts it out of the others.
 * @param factsOf the facts about what has this `data-index`, as HTML; null where there are none.
 */
export function followPointer(factsOf: (index: number) => string | null): void {
  const tooltip = find('#tooltip');
  const indexAt = (target: EventTarget | null): string | undefined =>
    target instanceof Element
      ? target.closest<SVGElement>('[data-index]')?.dataset['index']
      : undefined;
  document.addEventListener('pointermove', (event) => {
    const index = indexAt(event.target);
    document.body.classList.toggle('pointing', index !== undefined);
    for (const marked of document.querySelectorAll('.pointed')) marked.classList.remove('pointed');
    tooltip.hidden = index === undefined;
    if (index === undefined) return;
    for (const same of document.querySelectorAll(`[data-index="${index}"]`)) {
      same.classList.add('pointed');
    }
    const facts = factsOf(Number(index));
    if (facts === null) return;
    tooltip.innerHTML = facts;
    const { offsetWidth, offsetHeight } = tooltip;
    const left = Math.min(event.clientX + 16, innerWidth - offsetWidth - 8);
    const fits = event.clientY + 16 + offsetHeight < innerHeight - 8;
    const top = fits ? event.clientY + 16 : Math.max(8, event.clientY - offsetHeight - 12);
    tooltip.style.translate = `${Math.max(8, left)}px ${top}px`;
  });
}
