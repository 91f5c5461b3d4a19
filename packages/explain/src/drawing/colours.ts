import {
  interpolateCividis,
  interpolateInferno,
  interpolateMagma,
  interpolateRdBu,
  interpolateViridis,
} from 'd3-scale-chromatic';

import type { Pixel } from './pixels.ts';

/** Perceptually uniform colour maps. Viridis and cividis are made to be read without seeing red or green. */
export type ColourMap = 'viridis' | 'cividis' | 'inferno' | 'magma';

export const colourMaps: readonly ColourMap[] = ['viridis', 'cividis', 'inferno', 'magma'];

const maps: Readonly<Record<ColourMap, (t: number) => string>> = {
  viridis: interpolateViridis,
  cividis: interpolateCividis,
  inferno: interpolateInferno,
  magma: interpolateMagma,
};

const tables = new Map<string, readonly Pixel[]>();

function tableOf(name: string, map: (t: number) => string): readonly Pixel[] {
  let table = tables.get(name);
  if (table === undefined) {
    table = Array.from({ length: 256 }, (_, i) => parse(map(i / 255)));
    tables.set(name, table);
  }
  return table;
}

/** The colour of a share from 0 to 1. */
export function sequential(map: ColourMap, t: number, opacity = 1): Pixel {
  return faded(tableOf(map, maps[map])[Math.round(t * 255)]!, opacity);
}

/** From blue (-1) over near white (0) to red (1). */
export function diverging(t: number, opacity = 1): Pixel {
  const table = tableOf('RdBu', (u) => interpolateRdBu(1 - u));
  return faded(table[Math.round((t + 1) * 127.5)]!, opacity);
}

function faded([red, green, blue]: Pixel, opacity: number): Pixel {
  return [red, green, blue, Math.round(opacity * 255)];
}

/** `#rrggbb` or `rgb(r, g, b)`. */
function parse(colour: string): Pixel {
  const numbers = colour.startsWith('#')
    ? [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
    : (colour.match(/\d+/g) ?? []).map(Number);
  return [numbers[0]!, numbers[1]!, numbers[2]!, 255];
}

/** Classes beside each other, told apart by all eyes (Okabe and Ito 2008); letters on them are black or white. */
const classColours = [
  { colour: '#e69f00', ink: '#000000' },
  { colour: '#56b4e9', ink: '#000000' },
  { colour: '#009e73', ink: '#ffffff' },
  { colour: '#f0e442', ink: '#000000' },
  { colour: '#0072b2', ink: '#ffffff' },
  { colour: '#d55e00', ink: '#ffffff' },
  { colour: '#cc79a7', ink: '#000000' },
] as const;

/** The colour of a class; there are seven, which come again. Label 1, the first class of detectors, has the first. */
export function categorical(label: number | undefined): { colour: string; ink: string } {
  const count = classColours.length;
  const at = Math.trunc(label ?? 1) - 1;
  return classColours[((at % count) + count) % count]!;
}

/** The colour of a class as a pixel. */
export function categoricalPixel(label: number | undefined, opacity: number): Pixel {
  return faded(parse(categorical(label).colour), opacity);
}
