import { ArgumentError, formatValue, escapeXml } from '@convnet/tensor-core';

/** 'auto' is light, and dark where the reader's system is (in browsers). Default 'auto'. */
export type Theme = 'auto' | 'light' | 'dark';

/** What every picture accepts. */
export interface DrawingOptions {
  readonly theme?: Theme;
  /** Stands above the picture. */
  readonly title?: string;
}

/** The parts that change with the theme. Blue and vermilion are told apart by all eyes (Okabe and Ito 2008). */
const light = {
  ground: '#ffffff',
  ink: '#1f2328',
  soft: '#667079',
  rule: '#e3e6ea',
  first: '#0072b2',
  second: '#d55e00',
};
const dark: typeof light = {
  ground: '#14171c',
  ink: '#e8eaed',
  soft: '#9aa4ae',
  rule: '#2d333b',
  first: '#56b4e9',
  second: '#f0884a',
};

type Role = keyof typeof light;

export const margin = 20;

/** Writes a picture in the colours of a theme. */
export class Drawing {
  readonly #theme: Theme;
  readonly #title: string | undefined;
  /** Where the picture begins, below the title. */
  readonly top: number;

  /** @throws ArgumentError for a theme that is none or a title that is no text. */
  constructor(where: string, { theme = 'auto', title }: DrawingOptions) {
    requireOneOf(where, 'theme', theme, ['auto', 'light', 'dark']);
    if (title !== undefined && typeof title !== 'string') {
      throw new ArgumentError(`${where}: expected title as a text, got ${formatValue(title)}`);
    }
    this.#theme = theme;
    this.#title = title;
    this.top = title === undefined ? margin : margin + 30;
  }

  fill(role: Role): string {
    return `class="cn-fill-${role}" fill="${this.#colours[role]}"`;
  }

  stroke(role: Role): string {
    return `class="cn-stroke-${role}" stroke="${this.#colours[role]}" fill="none"`;
  }

  get #colours(): typeof light {
    return this.#theme === 'dark' ? dark : light;
  }

  text(
    x: number,
    y: number,
    content: string,
    options: {
      readonly role?: Role;
      readonly anchor?: 'start' | 'middle' | 'end';
      readonly size?: number;
      readonly bold?: boolean;
    } = {},
  ): string {
    const { role = 'ink', anchor = 'start', size = 12, bold = false } = options;
    return (
      `<text x="${round(x)}" y="${round(y)}" font-size="${size}" text-anchor="${anchor}"` +
      `${bold ? ' font-weight="600"' : ''} ${this.fill(role)}>${escapeXml(content)}</text>`
    );
  }

  /** The whole picture. */
  document(width: number, height: number, parts: readonly string[]): string {
    const [w, h] = [Math.ceil(width), Math.ceil(height)];
    const rules = (Object.keys(dark) as Role[]).map(
      (role) =>
        `.cn-auto .cn-fill-${role}{fill:${dark[role]}}.cn-auto .cn-stroke-${role}{stroke:${dark[role]}}`,
    );
    const isAuto = this.#theme === 'auto';
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}"` +
        `${isAuto ? ' class="cn-auto"' : ''} font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" role="img">`,
      this.#title === undefined ? '' : `<title>${escapeXml(this.#title)}</title>`,
      isAuto ? `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>` : '',
      `<rect width="${w}" height="${h}" ${this.fill('ground')}/>`,
      this.#title === undefined
        ? ''
        : this.text(margin, margin + 12, this.#title, { size: 16, bold: true }),
      ...parts,
      '</svg>',
    ].join('');
  }
}

/** A coordinate as short as it can be without being seen to move. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Text that fits into a width, at about 0.56 of the font's size a letter. */
export function fitted(text: string, width: number, size: number): string {
  const most = Math.max(1, Math.floor(width / (0.56 * size)));
  const letters = Array.from(text);
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`;
}

/** @throws ArgumentError. */
export function requireOneOf(
  where: string,
  name: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (choices.includes(value as string)) return;
  throw new ArgumentError(
    `${where}: expected ${name} as '${choices.join("' or '")}', got ${formatValue(value)}`,
  );
}
