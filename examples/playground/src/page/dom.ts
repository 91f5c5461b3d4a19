/** The element of the page with an id. @throws Error where there is none, or of another kind. */
export function byId<T extends Element = HTMLElement>(
  id: string,
  kind: new () => T = HTMLElement as unknown as new () => T,
): T {
  const found = document.querySelector(`#${id}`);
  if (found instanceof kind) return found;
  throw new Error(`the page has no #${id} of this kind`);
}

type Child = Node | string | null;

/** Makes an element; attributes that are null are left out. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | null>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  setAttributes(made, attributes);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Makes a part of an SVG. */
export function svgElement(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly Child[]
): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  const texts = Object.entries(attributes).map(([key, value]) => [key, String(value)]);
  setAttributes(made, Object.fromEntries(texts) as Record<string, string>);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function setAttributes(made: Element, attributes: Readonly<Record<string, string | null>>): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) made.setAttribute(key, value);
  }
}

/** A bar for a share from 0 to 1. What it shows stands beside it in numbers. */
export function bar(share: number): HTMLElement {
  const made = element('span', { class: 'bar', 'aria-hidden': 'true' });
  made.style.setProperty('--share', String(Math.min(1, Math.max(0, share))));
  return made;
}

/** Fills a list of choices. */
export function fillSelect(
  select: HTMLSelectElement,
  choices: readonly {
    readonly value: string;
    readonly text: string;
    readonly disabled?: boolean;
  }[],
  chosen: string,
): void {
  select.replaceChildren(
    ...choices.map(({ value, text, disabled = false }) => {
      const option = element('option', { value, disabled: disabled ? '' : null }, text);
      option.selected = value === chosen;
      return option;
    }),
  );
  select.disabled = false;
}

/** Pixels around what the pictures of `@convnet/explain` show. */
const margin = 20;

/**
 * Shows an SVG as a picture: as part of an address, which the page's policy allows.
 * @param scale how much larger than it is drawn
 */
export function showSvg(image: HTMLImageElement, svg: string, alt: string, scale = 1): void {
  const width = Number(/ width="(\d+)"/.exec(svg)?.[1] ?? 1);
  image.width = scale * width;
  // As a share, because it shrinks with the picture where there is little room.
  image.style.setProperty('--margin', String(margin / width));
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  image.alt = alt;
  image.hidden = false;
}
