import type { CommandSink } from '../commands/command-sink.ts';
import type { Memory } from '../gpu-buffer.ts';
import { asFloat, asVector, elementShader, floatType, shaderCache, vectorOf } from '../shader.ts';
import { quietNaN } from './kernel-support.ts';
import { addParts } from './tiled/add-parts.ts';
import {
  endingClass,
  endingMemories,
  endingParameters,
  endingText,
  noEnding,
  type Ending,
} from './tiled/epilogue.ts';

/** Rows, or columns, up to which a product is one of few: a tile would be nearly empty. */
export const fewLines = 4;

/** Invocations that fill a device; more parts of a sum than make so many gain nothing. */
const enoughInvocations = 8192;

/** Terms that a part of a sum should have at least, and of which it has a multiple. */
const leastTerms = 128;

/**
 * A matrix by few vectors, in one matrix of the output: element (line, vector) is the sum over k of the matrix at (line, k) by
 * vector k. Either factor of a product may be the few.
 */
export interface FewProduct {
  readonly matrix: Memory;
  readonly vectors: Memory;
  readonly lines: number;
  readonly terms: number;
  readonly count: number;
  /** Whether a line of the matrix stands one element behind the other along the sum. */
  readonly isInner: boolean;
  /** Elements between vectors, and between the terms of one. */
  readonly vectorStrides: readonly [vector: number, term: number];
  /** Elements between results of neighbouring lines, and of neighbouring vectors. */
  readonly outStrides: readonly [line: number, vector: number];
  /** Channels of the bias, and elements of one that stand together in the output. */
  readonly channels: number;
  readonly inner: number;
  /** Whether matrix and vectors are read in halves. */
  readonly inHalves: FactorsInHalves;
}

/** Whether the first and the second factor are weights in halves. */
export type FactorsInHalves = readonly [boolean, boolean];

/** What the name of a shader says of it. */
export function nameOfHalves([first, second]: FactorsInHalves): string {
  if (first && second) return ' in halves';
  return first ? ', first in halves' : second ? ', second in halves' : '';
}

const four = [0, 1, 2, 3] as const;

/**
 * An invocation takes four lines of a matrix that stands in columns, so that what neighbours read is together, or one line of a
 * matrix that stands in lines, four terms at a time; each element of the matrix is read once for all vectors. Parameters: count,
 * bits of NaN, lines, terms, terms of a part, lines that are walked, the strides of vectors and results, elements of the output,
 * channels and elements of one, the ending's.
 */
const fewShader = shaderCache(
  (
    count: number,
    isInner: boolean,
    isVector: boolean,
    ending: string,
    ...halves: FactorsInHalves
  ) => {
    const { bindings, functions, statements } = endingText(ending);
    const vectors = Array.from({ length: count }, (_, v) => v);
    const [ofMatrix, ofVectors] = halves;
    const matrix = (at: string): string =>
      isVector
        ? asVector(`matrix[(${at}) / 4]`, ofMatrix)
        : vectorOf(
            four.map((i) => `matrix[min(${at} + ${i}, last)]`),
            ofMatrix,
          );
    const element = (v: number, k: string): string => `vectors[${v} * p[6] + ${k} * p[7]]`;
    const termsOf = (v: number): string =>
      vectorOf(
        four.map((i) => element(v, `min(k + ${i}, end - 1)`)),
        ofVectors,
      );
    const body = isInner
      ? `  for (var k = begin; k < end; k += 4) {
    let inside = vec4i(k, k + 1, k + 2, k + 3) < vec4i(end);
    let m = select(vec4f(0.0), ${matrix('line * p[3] + k')}, inside);
${vectors.map((v) => `    sum${v} += m * select(vec4f(0.0), ${termsOf(v)}, inside);`).join('\n')}
  }`
      : `  for (var k = begin; k < end; k++) {
    let m = ${matrix('k * p[2] + line')};
${vectors.map((v) => `    sum${v} += m * ${asFloat(element(v, 'k'), ofVectors)};`).join('\n')}
  }`;
    const stored = (v: number, value: string, line: string): string =>
      `{ let at = (${line}) * p[8] + ${v} * p[9]; var v = ${value}; ${statements('at / p[12] % p[11]', 'at', '13')} y[part * p[10] + at] = v; }`;
    const stores = vectors.flatMap((v) =>
      isInner
        ? [`  ${stored(v, `(sum${v}.x + sum${v}.y) + (sum${v}.z + sum${v}.w)`, 'line')}`]
        : four.map((i) => `  if (line + ${i} < p[2]) ${stored(v, `sum${v}[${i}]`, `line + ${i}`)}`),
    );
    return elementShader(
      `matmul by ${count} of ${isInner ? 'lines' : 'columns'}${isVector ? ' in vectors' : ''} ${ending}${nameOfHalves(halves)}`.trim(),
      [
        { name: 'matrix', type: floatType(isVector, ofMatrix) },
        { name: 'vectors', type: floatType(false, ofVectors) },
        ...bindings,
        { name: 'y', type: 'f32', writes: true },
      ],
      `  let line = i % p[5]${isInner ? '' : ' * 4'};
  let part = i / p[5];
  let begin = part * p[4];
  let end = min(begin + p[4], p[3]);
  let last = p[2] * p[3] - 1;
${vectors.map((v) => `  var sum${v} = vec4f(0.0);`).join('\n')}
${body}
${stores.join('\n')}`,
      functions,
    );
  },
);

/** A matrix by at most `fewLines` vectors, with what follows it. */
export function multiplyFew(
  sink: CommandSink,
  product: FewProduct,
  out: Memory,
  ending: Ending,
): void {
  const { lines, terms, count, isInner, channels, inner } = product;
  const walked = isInner ? lines : Math.ceil(lines / 4);
  const wanted = Math.min(Math.floor(enoughInvocations / walked), Math.floor(terms / leastTerms));
  const each = Math.ceil(terms / Math.max(wanted, 1) / leastTerms) * leastTerms;
  const parts = Math.max(Math.ceil(terms / each), 1);
  const elements = lines * count;
  const direct = parts === 1 ? ending : noEnding;
  const target = parts === 1 ? out : sink.take(elements * parts * 4);
  const isVector = (isInner ? terms : lines) % 4 === 0;
  sink.dispatch(
    fewShader(count, isInner, isVector, endingClass(direct), ...product.inHalves),
    [
      walked * parts,
      quietNaN,
      lines,
      terms,
      each,
      walked,
      ...product.vectorStrides,
      ...product.outStrides,
      elements,
      channels,
      inner,
      ...endingParameters(direct),
    ],
    [product.matrix, product.vectors, ...endingMemories(direct), target],
    walked * parts,
  );
  if (parts === 1) return;
  addParts(sink, target, out, { elements, parts, channels, inner }, ending);
  sink.giveBack(target);
}
