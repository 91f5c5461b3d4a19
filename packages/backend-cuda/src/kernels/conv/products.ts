import type { Convolution } from '@convnet/tensor-core';

import { wide, type Word } from '../../commands/kernel-context.ts';
import type { BatchAxis, MatrixProduct } from '../matmul.ts';
import { endingWords, noEnding, type Ending } from '../product/ending.ts';
import { addParts, type Plan, type PlannedLaunch, type Role } from '../product/plan.ts';
import {
  rowsTogether,
  sharedBytes,
  type Division,
  type Machine,
  type ProductKind,
} from '../product/tiles.ts';
import {
  divider,
  forwardWalk,
  inputGradWalks,
  patchWords,
  placeWords,
  product,
  tapWords,
} from './geometry.ts';

/** A product of each group. */
interface GroupProduct {
  readonly rows: number;
  readonly columns: number;
  readonly terms: number;
  readonly groups: number;
  /** Elements of the output, and of one of its rows. */
  readonly elements: number;
  readonly outLine: number;
}

function productLaunch(
  name: string,
  p: GroupProduct,
  { tile, parts, termsOfPart }: Division,
  isLeftInner: boolean,
  isRightInner: boolean,
  ending: Ending,
  tf32: boolean,
  pointers: readonly (Role | null)[],
  own: readonly Word[],
): PlannedLaunch {
  const [down, across] = [Math.ceil(p.rows / tile.m), Math.ceil(p.columns / tile.n)];
  const [prefix, suffix] = name.split('|');
  return {
    kernel: `conv_${tf32 ? 'tf32_' : ''}${prefix}_${tile.name}${suffix}`,
    shape: {
      grid: [down * across * p.groups * parts, 1, 1],
      block: [tile.threads, 1, 1],
      sharedBytes: sharedBytes(tile, isLeftInner, isRightInner, tf32),
    },
    pointers,
    words: [
      p.rows,
      p.columns,
      p.terms,
      termsOfPart,
      parts,
      down,
      across,
      rowsTogether(down, across),
      p.groups,
      ...wide(p.elements),
      p.outLine,
      Number(p.columns % 4 === 0 && p.outLine % 4 === 0),
      ...endingWords(ending),
      ...own,
    ],
  };
}

/** Rows are output positions, columns outputs, terms taps and channels. */
export function forwardPlan(c: Convolution, ending: Ending, machine: Machine): Plan {
  const p: GroupProduct = {
    rows: c.batch * c.positions,
    columns: c.outputsPerGroup,
    terms: c.perGroup * c.tapCount,
    groups: c.groups,
    elements: c.batch * c.positions * c.outputs,
    outLine: c.outputs,
  };
  const isVector = c.perGroup % 4 === 0;
  const kind: ProductKind = isVector ? 'forward' : 'forwardAny';
  const division = machine.divide(kind, { ...p, count: p.groups }, machine);
  const isWhole = division.parts === 1;
  const launch = productLaunch(
    `forward|${isVector ? '' : '_any'}`,
    p,
    division,
    true,
    true,
    isWhole ? ending : noEnding,
    machine.tf32,
    isWhole ? ['left', 'right', 'out', 'bias', 'residual'] : ['left', 'right', 'parts', null, null],
    [Math.max(c.perGroup, 1), ...patchWords(forwardWalk(c))],
  );
  if (isWhole) return { launches: [launch], partBytes: 0 };
  return {
    launches: [launch, addParts(p.elements, division.parts, c.outputs, ending)],
    partBytes: 4 * p.elements * division.parts,
  };
}

/** Rows are input positions, a product for each phase of the stride; columns channels, terms taps of the phase and outputs. */
export function inputGradPlan(c: Convolution, machine: Machine): Plan {
  const isVector = c.perGroup % 4 === 0 && c.outputsPerGroup % 4 === 0;
  const walks = inputGradWalks(c);
  const elements = c.batch * c.inputPositions * c.channels;
  const products = walks.map((walk) => {
    const p: GroupProduct = {
      rows: c.batch * product(walk.rows),
      columns: c.perGroup,
      terms: c.outputsPerGroup * product(walk.taps),
      groups: c.groups,
      elements,
      outLine: c.channels,
    };
    const kind: ProductKind = isVector ? 'inputGrad' : 'inputGradAny';
    const division = machine.divide(kind, { ...p, count: p.groups }, machine);
    return { walk, p, division };
  });
  // Parts of phases lie in one scratch; it pays where all are in as many.
  const parts = Math.min(...products.map(({ division }) => division.parts));
  const isWhole = parts === 1;
  const launches = products.map(({ walk, p, division }) => {
    const termsOfPart = isWhole
      ? Math.max(Math.ceil(p.terms / 16), 1) * 16
      : Math.ceil(p.terms / parts / 16) * 16;
    return productLaunch(
      `input_grad|${isVector ? '' : '_any'}`,
      p,
      { ...division, parts, termsOfPart },
      true,
      false,
      noEnding,
      machine.tf32,
      ['left', 'right', isWhole ? 'out' : 'parts'],
      [
        Math.max(c.outputsPerGroup, 1),
        ...patchWords(walk),
        ...placeWords(walk),
        ...tapWords(walk, c.taps),
        ...divider(Math.max(c.outputsPerGroup, 1)),
        ...walk.taps.flatMap((count) => divider(Math.max(count, 1))),
      ],
    );
  });
  if (isWhole) return { launches, partBytes: 0 };
  return {
    launches: [...launches, addParts(elements, parts, c.channels)],
    partBytes: 4 * elements * parts,
  };
}

/** Rows are outputs, columns taps and channels, terms output positions: a long sum, in parts. */
export function weightGradPlan(c: Convolution, machine: Machine): Plan {
  const columns = c.perGroup * c.tapCount;
  const p: GroupProduct = {
    rows: c.outputsPerGroup,
    columns,
    terms: c.batch * c.positions,
    groups: c.groups,
    elements: c.outputs * columns,
    outLine: columns,
  };
  const hasVectorOutputs = c.outputsPerGroup % 4 === 0;
  const isVector = c.perGroup % 4 === 0 && hasVectorOutputs;
  const kind: ProductKind = isVector
    ? 'weightGrad'
    : hasVectorOutputs
      ? 'weightGradFirst'
      : 'weightGradAny';
  const suffix = isVector ? '' : hasVectorOutputs ? '_first' : '_any';
  const division = machine.divide(kind, { ...p, count: p.groups }, machine);
  const isWhole = division.parts === 1;
  const launch = productLaunch(
    `weight_grad|${suffix}`,
    p,
    division,
    false,
    false,
    noEnding,
    machine.tf32,
    ['left', 'right', isWhole ? 'out' : 'parts'],
    [Math.max(c.perGroup, 1), c.outputs, ...patchWords(forwardWalk(c))],
  );
  if (isWhole) return { launches: [launch], partBytes: 0 };
  return {
    launches: [launch, addParts(p.elements, division.parts, p.elements)],
    partBytes: 4 * p.elements * division.parts,
  };
}

/** A convolution of one tap as a product of the matrices as they lie. */
export function pointwiseForward(c: Convolution): MatrixProduct {
  return {
    rows: c.batch * c.positions,
    columns: c.outputsPerGroup,
    terms: c.perGroup,
    left: { outer: c.channels, inner: 1 },
    right: { outer: c.perGroup, inner: 1 },
    out: { outer: c.outputs, inner: 1 },
    batch: groupAxis(c, [c.perGroup, c.outputsPerGroup * c.perGroup, c.outputsPerGroup]),
    biasAxis: 'columns',
    biasStep: c.outputsPerGroup,
    outLine: c.outputs,
  };
}

/** Its gradient by the input. */
export function pointwiseInputGrad(c: Convolution): MatrixProduct {
  return {
    rows: c.batch * c.positions,
    columns: c.perGroup,
    terms: c.outputsPerGroup,
    left: { outer: c.outputs, inner: 1 },
    right: { outer: 1, inner: c.perGroup },
    out: { outer: c.channels, inner: 1 },
    batch: groupAxis(c, [c.outputsPerGroup, c.outputsPerGroup * c.perGroup, c.perGroup]),
    biasAxis: 'columns',
    biasStep: 0,
    outLine: c.channels,
  };
}

/** By the weight: left is the gradient of the output, right the input. */
export function pointwiseWeightGrad(c: Convolution): MatrixProduct {
  return {
    rows: c.outputsPerGroup,
    columns: c.perGroup,
    terms: c.batch * c.positions,
    left: { outer: 1, inner: c.outputs },
    right: { outer: 1, inner: c.channels },
    out: { outer: c.perGroup, inner: 1 },
    batch: groupAxis(c, [c.outputsPerGroup, c.perGroup, c.outputsPerGroup * c.perGroup]),
    biasAxis: 'columns',
    biasStep: 0,
    outLine: c.perGroup,
  };
}

function groupAxis(c: Convolution, strides: readonly number[]): BatchAxis[] {
  return c.groups === 1 ? [] : [{ extent: c.groups, strides }];
}
