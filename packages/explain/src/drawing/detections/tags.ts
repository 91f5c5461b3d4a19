import { escapeXml } from '@convnet/tensor-core';

import { categorical } from '../colours.ts';
import type { Box } from '../picture.ts';
import { fitted, round } from '../svg.ts';
import type { DrawnObject } from './objects.ts';

export const tagHeight = 16;
const fontSize = 11;

/** What the tag of an object says: class and certainty, as far as they are known. */
export function tagText({ label, score }: DrawnObject, nameOf: (label: number) => string): string {
  const name = label === undefined ? '' : nameOf(label);
  const sure = score === undefined ? '' : `${(100 * score).toFixed(0)} %`;
  return [name, sure].filter((part) => part !== '').join(' ');
}

export function tagWidth(text: string): number {
  return Math.ceil(0.56 * fontSize * Array.from(text).length) + 8;
}

/** A text on a ground of the colour of its class. */
export function drawTag(text: string, at: Box, label: number | undefined): string {
  const { colour, ink } = categorical(label);
  const shown = fitted(text, at.width - 6, fontSize);
  return (
    `<rect x="${round(at.x)}" y="${round(at.y)}" width="${round(at.width)}" height="${at.height}" rx="2" fill="${colour}"/>` +
    `<text x="${round(at.x + 4)}" y="${round(at.y + 12)}" font-size="${fontSize}" font-weight="600" fill="${ink}">${escapeXml(shown)}</text>`
  );
}

/** The first of the places that is free of `taken`, or the first of all; it is taken from then on. */
export function freePlace(places: readonly Box[], taken: Box[]): Box {
  const free = places.find((place) => taken.every((other) => !areCommon(place, other)));
  const chosen = free ?? places[0]!;
  taken.push(chosen);
  return chosen;
}

function areCommon(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
