import { scaleLinear } from 'd3-scale';

import { categorical, categoricalPixel } from '../colours.ts';
import type { Box } from '../picture.ts';
import { pixelImage, type Pixel } from '../pixels.ts';
import { round, type Drawing } from '../svg.ts';
import type { DrawnObject } from './objects.ts';
import { drawTag, tagHeight, tagText, tagWidth } from './tags.ts';

/** How the objects of a signal are drawn. */
export interface SignalObjectsStyle {
  /** Samples of the signal. */
  readonly length: number;
  readonly nameOf: (label: number) => string;
  /** A sample belongs to an object where its mask is greater. */
  readonly maskThreshold: number;
}

/** Tags lie in so many rows above the signal, at most. */
const mostLanes = 6;
const laneHeight = tagHeight + 2;
const stripHeight = 10;

/** A place in the signal as a place in the drawing. */
function across(sample: number, at: Box, length: number): number {
  return at.x + Math.min(Math.max(sample / length, 0), 1) * at.width;
}

/** Tags above a signal: of each object its row, and how many rows there are. */
export function tagLanes(
  found: readonly DrawnObject[],
  at: Pick<Box, 'x' | 'width'>,
  { length, nameOf }: SignalObjectsStyle,
): { readonly tags: (top: number) => string[]; readonly height: number } {
  const ends: number[] = [];
  const places = [...found.keys()]
    .sort((a, b) => found[a]!.box[0]! - found[b]!.box[0]!)
    .flatMap((i) => {
      const object = found[i]!;
      const text = tagText(object, nameOf);
      if (text === '') return [];
      const width = Math.min(tagWidth(text), at.width);
      const begin = across(object.box[0]!, { ...at, y: 0, height: 0 }, length);
      const x = Math.min(begin, at.x + at.width - width);
      let lane = ends.findIndex((end) => end <= x);
      if (lane < 0) lane = ends.length < mostLanes ? ends.length : ends.indexOf(Math.min(...ends));
      ends[lane] = x + width + 2;
      return [{ text, x, width, lane, label: object.label }];
    });
  const height = ends.length * laneHeight;
  return {
    height,
    // The first row is the lowest, next to the signal.
    tags: (top) =>
      places.map(({ text, x, width, lane, label }) => {
        const y = top + height - (lane + 1) * laneHeight;
        return drawTag(text, { x, y, width, height: tagHeight }, label);
      }),
  };
}

/** Intervals as coloured ground, and lines at fiducial points; to be drawn below the signal. */
export function intervalGrounds(
  found: readonly DrawnObject[],
  at: Box,
  { length }: SignalObjectsStyle,
): string[] {
  return found.map(({ box, label, keypoints }) => {
    const [begin, end] = box.map((sample) => across(sample, at, length)) as [number, number];
    const { colour } = categorical(label);
    const line = (x: number): string =>
      `<line x1="${round(x)}" y1="${at.y}" x2="${round(x)}" y2="${at.y + at.height}" stroke="${colour}"`;
    const points = keypoints
      .filter(([, visible]) => visible! > 0)
      .map(([sample]) => {
        const x = across(sample!, at, length);
        return (
          `${line(x)} stroke-width="1.5" stroke-dasharray="3 3"/>` +
          `<path d="M${round(x - 4)} ${at.y}h8l-4 7z" fill="${colour}"/>`
        );
      });
    const ground = `<rect x="${round(begin)}" y="${at.y}" width="${round(Math.max(end - begin, 0))}" height="${at.height}" fill="${colour}" fill-opacity="0.28"/>`;
    return [ground, ...[begin, end].map((x) => `${line(x)} stroke-width="1.2"/>`), ...points].join(
      '',
    );
  });
}

/** Rows below the signal: what is known of each sample from masks, and the true intervals. */
export function strips(
  drawing: Drawing,
  found: readonly DrawnObject[],
  truth: readonly DrawnObject[],
  at: Box,
  { length, maskThreshold }: SignalObjectsStyle,
): { readonly parts: string[]; readonly height: number } {
  const parts: string[] = [];
  let y = at.y + at.height + 6;
  const masked = (name: string, objects: readonly DrawnObject[]): void => {
    const own = objects.filter(({ mask }) => mask !== undefined);
    if (own.length === 0) return;
    const pixels: Pixel[] = Array.from({ length }, () => [0, 0, 0, 0]);
    for (const { mask, label } of own) {
      for (let i = 0; i < length; i++) {
        if (mask![i]! > maskThreshold) pixels[i] = categoricalPixel(label, 0.9);
      }
    }
    parts.push(pixelImage({ ...at, y, height: stripHeight }, length, 1, (i) => pixels[i]!));
    row(name);
  };
  const row = (name: string): void => {
    parts.push(
      `<rect x="${at.x}" y="${y}" width="${at.width}" height="${stripHeight}" ${drawing.stroke('rule')}/>`,
      drawing.text(at.x + at.width + 6, y + 9, name, { role: 'soft', size: 10 }),
    );
    y += stripHeight + 5;
  };
  masked('samples', found);
  if (truth.length > 0) {
    for (const { box, label, keypoints } of truth) {
      const [begin, end] = box.map((sample) => across(sample, at, length)) as [number, number];
      parts.push(
        `<rect x="${round(begin)}" y="${y}" width="${round(Math.max(end - begin, 0))}" height="${stripHeight}" fill="${categorical(label).colour}"/>`,
      );
      for (const [sample, visible] of keypoints) {
        if (visible! <= 0) continue;
        const x = round(across(sample!, at, length));
        parts.push(
          `<path d="M${x} ${y}v${stripHeight}" stroke-width="1.5" ${drawing.stroke('ink')}/>`,
        );
      }
    }
    row('truth');
  }
  masked('true samples', truth);
  const ticks = scaleLinear([0, length], [at.x, at.x + at.width]);
  for (const tick of ticks.ticks(8)) {
    const x = round(ticks(tick));
    parts.push(
      `<line x1="${x}" y1="${y - 2}" x2="${x}" y2="${y + 2}" stroke-width="1" ${drawing.stroke('soft')}/>`,
      drawing.text(x, y + 14, String(tick), { role: 'soft', size: 10, anchor: 'middle' }),
    );
  }
  return { parts, height: y + 18 - at.y - at.height };
}
