import { isPointwise, type Convolution } from '@convnet/tensor-core';

import type { CommandSink } from '../../commands/command-sink.ts';
import type { Memory } from '../../gpu-buffer.ts';
import { fewLines, multiplyFew, type FewProduct } from '../matmul-few.ts';
import { noEnding, type Ending } from '../tiled/epilogue.ts';

/** Whether a convolution is its weights by few vectors: 1 x 1, at few positions of one sample or at one of few samples. */
export function isByFew(c: Convolution): boolean {
  return (
    isPointwise(c) &&
    c.groups === 1 &&
    Math.min(c.batch, c.positions) === 1 &&
    c.batch * c.positions <= fewLines
  );
}

/** Strides of vectors with so many channels and of their elements: samples, or positions of the one sample. */
function stridesOf({ positions }: Convolution, channels: number): [number, number] {
  return positions === 1 ? [channels, 1] : [1, positions];
}

function productOf(
  c: Convolution,
  weight: Memory,
  inHalves: boolean,
  vectors: Memory,
  terms: number,
  lines: number,
): Omit<FewProduct, 'isInner'> {
  const [vector, line] = stridesOf(c, lines);
  return {
    matrix: weight,
    vectors,
    lines,
    terms,
    count: c.batch * c.positions,
    vectorStrides: stridesOf(c, terms),
    outStrides: [line, vector],
    channels: lines,
    inner: c.positions,
    inHalves: [inHalves, false],
  };
}

export function fewForward(
  sink: CommandSink,
  c: Convolution,
  x: Memory,
  weight: Memory,
  out: Memory,
  inHalves: boolean,
  ending: Ending,
): void {
  const product = { ...productOf(c, weight, inHalves, x, c.channels, c.outputs), isInner: true };
  multiplyFew(sink, product, out, ending);
}

export function fewInputGradient(
  sink: CommandSink,
  c: Convolution,
  dy: Memory,
  weight: Memory,
  out: Memory,
  inHalves: boolean,
): void {
  const product = { ...productOf(c, weight, inHalves, dy, c.outputs, c.channels), isInner: false };
  multiplyFew(sink, product, out, noEnding);
}
