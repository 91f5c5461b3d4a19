import { escapeXml } from '@convnet/tensor-core';

/** An element with attributes, whose numbers are rounded to a tenth of a pixel. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content = '',
): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeXml(value!)}"`,
    );
  return `<${name}${list.join('')}${content === '' ? '/>' : `>${content}</${name}>`}`;
}

/** Text; `attributes` as of `element`. */
export const label = (
  text: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
): string => element('text', attributes, escapeXml(text));

const round = (value: number): string => String(Math.round(value * 10) / 10);
