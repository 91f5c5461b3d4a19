import { drawingKinds } from '../kinds.ts';
import {
  ArgumentError,
  aCount,
  anyNumbers,
  aString,
  checkOptions,
  listOf,
  numbers,
  optionKinds,
} from '@convnet/tensor-core';

import { readNumbers, sampleOf, type Drawable } from './numbers.ts';
import { drawImage, drawSignal, gridOf, type Box, type Brightness } from './picture.ts';
import { Drawing, fitted, margin, round, type DrawingOptions } from './svg.ts';

export interface SampleGridOptions extends DrawingOptions, Brightness {
  /** The true class of each sample. */
  readonly labels?: ArrayLike<number>;
  /** The class that was predicted for each. */
  readonly predicted?: ArrayLike<number>;
  /** Probability of the predicted class of each, 0 to 1. */
  readonly probabilities?: ArrayLike<number>;
  /** Names of the classes; else their numbers are shown. */
  readonly classes?: readonly string[];
  /** Samples side by side. Default 6 images, 3 signals. */
  readonly columns?: number;
}

const sampleGridOptions = optionKinds<SampleGridOptions>({
  ...drawingKinds,
  labels: anyNumbers,
  predicted: anyNumbers,
  probabilities: anyNumbers,
  classes: listOf(aString),
  columns: aCount,
  mean: numbers,
  std: numbers,
});

/**
 * Samples with their true and predicted classes, as SVG. A right prediction is blue with a tick, a wrong one vermilion
 * with a cross and both names.
 *
 * @param input [N, C, H, W] or [N, C, L]
 * @throws ArgumentError for lists of another length than N, and classes without a name; ShapeError.
 */
export async function sampleGrid(
  input: Drawable,
  options: SampleGridOptions = {},
): Promise<string> {
  const where = 'sampleGrid';
  checkOptions(where, options, sampleGridOptions);
  const drawing = new Drawing(options);
  const samples = await readNumbers(where, 'the input', input, [3, 4]);
  const count = samples.shape[0]!;
  for (const name of ['labels', 'predicted', 'probabilities'] as const) {
    const list = options[name];
    if (list === undefined || list.length === count) continue;
    throw new ArgumentError(
      `${where}: expected ${name} for each of ${count} samples, got ${list.length}`,
    );
  }
  const isSignal = samples.shape.length === 3;
  const columns = options.columns ?? (isSignal ? 3 : 6);
  const size = isSignal ? { width: 240, height: 80 } : imageSize(samples.shape);
  const hasCaption = options.labels !== undefined || options.predicted !== undefined;
  const cell = { width: size.width, height: size.height + (hasCaption ? 38 : 0) };
  const { boxes, width, height } = gridOf(count, columns, cell, { x: margin, y: drawing.top }, 14);
  const parts = boxes.flatMap((box, i) => {
    const at = { ...box, height: size.height };
    const sample = sampleOf(samples, i);
    const picture = isSignal ? drawSignal(drawing, sample, at) : drawImage(sample, at, options);
    const frame = `<rect x="${at.x}" y="${at.y}" width="${at.width}" height="${at.height}" ${drawing.stroke('rule')}/>`;
    return [picture, frame, ...captionOf(where, drawing, i, at, options)];
  });
  return drawing.document(width + 2 * margin, drawing.top + height + margin, parts);
}

function captionOf(
  where: string,
  drawing: Drawing,
  i: number,
  box: Box,
  { labels, predicted, probabilities, classes }: SampleGridOptions,
): string[] {
  const nameOf = (label: number): string => {
    const name = classes === undefined ? String(label) : classes[label];
    if (name !== undefined) return name;
    throw new ArgumentError(
      `${where}: sample ${i} is of class ${label}, but classes names 0 to ${classes!.length - 1}`,
    );
  };
  const y = box.y + box.height;
  const label = labels?.[i];
  const guess = predicted?.[i];
  const probability = probabilities?.[i];
  const sure = probability === undefined ? '' : ` ${(100 * probability).toFixed(0)} %`;
  const line = (row: number, text: string, options = {}): string =>
    drawing.text(box.x, y + 15 + 15 * row, fitted(text, box.width, 12), options);
  if (guess === undefined) return label === undefined ? [] : [line(0, nameOf(label))];
  const isKnown = label !== undefined;
  const isRight = label === guess;
  const role = !isKnown ? 'ink' : isRight ? 'first' : 'second';
  const sign = isKnown ? mark(drawing, box.x, y + 15, isRight) : '';
  const indent = isKnown ? 14 : 0;
  const text = fitted(`${nameOf(guess)}${sure}`, box.width - indent, 12);
  const said = drawing.text(box.x + indent, y + 15, text, { role, bold: true });
  const truth = isKnown && !isRight ? [line(1, `is ${nameOf(label)}`, { role: 'soft' })] : [];
  return [sign, said, ...truth];
}

/** A tick or a cross before a text, whose base line is at y. */
function mark(drawing: Drawing, x: number, y: number, isRight: boolean): string {
  const path = isRight ? 'm0 4 3.2 3.5 6-7.5' : 'm1 0 7 7.5m0-7.5-7 7.5';
  return (
    `<path transform="translate(${round(x)} ${round(y - 8)})" d="${path}" stroke-width="2" stroke-linecap="round" ` +
    `${drawing.stroke(isRight ? 'first' : 'second')}/>`
  );
}

function imageSize(shape: readonly number[]): { width: number; height: number } {
  const [rows, columns] = shape.slice(2) as [number, number];
  const scale = 110 / Math.max(rows, columns);
  return { width: Math.round(columns * scale), height: Math.round(rows * scale) };
}
