import { categorical, categoricalPixel } from '../colours.ts';
import type { Box } from '../picture.ts';
import { pixelImage, type Pixel } from '../pixels.ts';
import { round } from '../svg.ts';
import type { DrawnObject } from './objects.ts';
import { drawTag, freePlace, tagHeight, tagText, tagWidth } from './tags.ts';

/** How the objects of an image are drawn. */
export interface ImageObjectsStyle {
  /** [H, W] of the image. */
  readonly size: readonly [height: number, width: number];
  /** Where the image is drawn. */
  readonly at: Box;
  readonly nameOf: (label: number) => string;
  /** A pixel belongs to an object where its mask is greater. */
  readonly maskThreshold: number;
  /** Pairs of keypoints that lines join. */
  readonly skeleton: readonly (readonly number[])[];
}

/** Masks below boxes, then keypoints, then tags, so that each is seen. */
export function imageObjects(
  found: readonly DrawnObject[],
  truth: readonly DrawnObject[],
  style: ImageObjectsStyle,
): string[] {
  const { at, nameOf } = style;
  const taken: Box[] = [];
  const tags = found.map((object) => {
    const text = tagText(object, nameOf);
    const place = placed(object, style);
    if (text === '' || place === null) return '';
    const width = Math.min(tagWidth(text), at.width);
    const x = Math.min(place.x, at.x + at.width - width);
    const bottom = place.y + place.height;
    const tops = [place.y - tagHeight, bottom, place.y, bottom - tagHeight];
    const inside = tops.filter((y) => y >= at.y && y + tagHeight <= at.y + at.height);
    const places = (inside.length > 0 ? inside : [at.y]).map((y) => ({
      x,
      y,
      width,
      height: tagHeight,
    }));
    return drawTag(text, freePlace(places, taken), object.label);
  });
  return [
    masksOf(found, truth, style),
    ...truth.map((object) => drawBox(object, style, true)),
    ...found.map((object) => drawBox(object, style, false)),
    ...truth.map((object) => drawKeypoints(object, style, true)),
    ...found.map((object) => drawKeypoints(object, style, false)),
    ...tags,
  ];
}

/** The part of a box within the image, in units of the drawing; null where there is none. */
function placed({ box }: DrawnObject, { at, size }: ImageObjectsStyle): Box | null {
  const [x1, y1, x2, y2] = box as [number, number, number, number];
  const across = (x: number): number => at.x + Math.min(Math.max(x / size[1], 0), 1) * at.width;
  const down = (y: number): number => at.y + Math.min(Math.max(y / size[0], 0), 1) * at.height;
  const [x, y] = [across(x1), down(y1)];
  const [width, height] = [across(x2) - x, down(y2) - y];
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

function drawBox(object: DrawnObject, style: ImageObjectsStyle, isTruth: boolean): string {
  const place = placed(object, style);
  if (place === null) return '';
  const { x, y, width, height } = place;
  const rect = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="none"`;
  const { colour } = categorical(object.label);
  const dashes = isTruth ? ' stroke-dasharray="5 4"' : '';
  // Dark below the colour, so that neither light nor dark ground hides it.
  return (
    `${rect} stroke="#000000" stroke-opacity="0.55" stroke-width="${isTruth ? 2.5 : 3.5}"/>` +
    `${rect} stroke="${colour}" stroke-width="${isTruth ? 1.5 : 2}"${dashes}/>`
  );
}

function drawKeypoints(
  { keypoints, label }: DrawnObject,
  style: ImageObjectsStyle,
  isTruth: boolean,
): string {
  const { at, size, skeleton } = style;
  const { colour } = categorical(label);
  const points = keypoints.map(([x, y, visible]) =>
    visible! > 0
      ? [round(at.x + (x! / size[1]) * at.width), round(at.y + (y! / size[0]) * at.height)]
      : null,
  );
  const lines = skeleton.map(([from, to]) => {
    const [a, b] = [points[from!], points[to!]];
    if (!a || !b) return '';
    const line = `<line x1="${a[0]}" y1="${a[1]}" x2="${b[0]}" y2="${b[1]}" stroke-linecap="round"`;
    return (
      `${line} stroke="#000000" stroke-opacity="0.55" stroke-width="4"/>` +
      `${line} stroke="${colour}" stroke-width="2.5"${isTruth ? ' stroke-dasharray="5 4"' : ''}/>`
    );
  });
  const ends = isTruth
    ? `fill="#ffffff" stroke="${colour}" stroke-width="1.5"`
    : `fill="${colour}" stroke="#ffffff" stroke-width="1.2"`;
  const dots = points.map((point) =>
    point === null ? '' : `<circle cx="${point[0]}" cy="${point[1]}" r="3.5" ${ends}/>`,
  );
  return [...lines, ...dots].join('');
}

/** All masks as one layer: each with an edge, so that two of a class that touch are two. True ones have nothing else. */
function masksOf(
  found: readonly DrawnObject[],
  truth: readonly DrawnObject[],
  style: ImageObjectsStyle,
): string {
  if ([...found, ...truth].every(({ mask }) => mask === undefined)) return '';
  const [height, width] = style.size;
  const layer: Pixel[] = Array.from({ length: height * width }, () => [0, 0, 0, 0]);
  const paint = ({ mask, label }: DrawnObject, inside: Pixel | null): void => {
    const isIn = (y: number, x: number): boolean =>
      y >= 0 && x >= 0 && y < height && x < width && mask![y * width + x]! > style.maskThreshold;
    const edge = categoricalPixel(label, 1);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (!isIn(y, x)) continue;
        const isEdge = !(isIn(y - 1, x) && isIn(y + 1, x) && isIn(y, x - 1) && isIn(y, x + 1));
        const pixel = isEdge ? edge : inside;
        if (pixel !== null) layer[y * width + x] = pixel;
      }
    }
  };
  for (const object of found) {
    if (object.mask !== undefined) paint(object, categoricalPixel(object.label, 0.45));
  }
  for (const object of truth) if (object.mask !== undefined) paint(object, null);
  return pixelImage(style.at, width, height, (i) => layer[i]!);
}
