import type { Axes, Convolution } from '@convnet/tensor-core';

import type { Word } from '../../commands/kernel-context.ts';

/** Multiplications of any of the three directions. */
export function multiplications(c: Convolution): number {
  return c.batch * c.outputs * c.positions * c.perGroup * c.tapCount;
}

/**
 * Rows (positions of what is computed) and taps that meet source positions, as `geometry.cuh` has them: row * stride + first +
 * tap * step, axis by axis. Steps are positive.
 */
export interface Walk {
  /** Channels of the source, and its extents. */
  readonly channels: number;
  readonly source: Axes;
  readonly rows: Axes;
  readonly stride: Axes;
  readonly first: Axes;
  readonly step: Axes;
  /** No taps at all, along any axis, is none: the sum is zero. */
  readonly taps: Axes;
  /** Where rows stand in the output. */
  readonly place: { readonly extents: Axes; readonly stride: Axes; readonly first: Axes };
  /** Which taps of the filter these are. */
  readonly filter: { readonly first: Axes; readonly step: Axes };
}

const ones: Axes = [1, 1, 1];
const zeros: Axes = [0, 0, 0];

/** Rows are output positions, the source is the input. */
export function forwardWalk(c: Convolution): Walk {
  return {
    channels: c.channels,
    source: c.input,
    rows: c.output,
    stride: c.stride,
    first: [-c.pad[0], -c.pad[1], -c.pad[2]],
    step: c.dilation,
    taps: c.taps,
    place: { extents: c.output, stride: ones, first: zeros },
    filter: { first: zeros, step: ones },
  };
}

/** One axis of a phase: the input positions that lie under the same taps, which are those t with t * dilation = r modulo the stride. */
interface PhaseAxis {
  readonly taps: number;
  readonly rows: number;
  /** Output position that row 0 and the last tap meet; earlier taps meet later ones. */
  readonly first: number;
  readonly step: number;
  readonly place: number;
  readonly firstTap: number;
  readonly tapStep: number;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

function phaseAxis(c: Convolution, axis: number, r: number): PhaseAxis {
  const [taps, stride, dilation] = [c.taps[axis]!, c.stride[axis]!, c.dilation[axis]!];
  const [pad, extent] = [c.pad[axis]!, c.input[axis]!];
  const own = Array.from({ length: taps }, (_, t) => t).filter(
    (t) => (t * dilation) % stride === r,
  );
  const place = (((r - pad) % stride) + stride) % stride;
  const tapStep = stride / divisor(stride, dilation);
  const lastTap = own[own.length - 1] ?? 0;
  return {
    taps: own.length,
    rows: Math.max(Math.ceil((extent - place) / stride), 0),
    first: own.length === 0 ? 0 : (place + pad - lastTap * dilation) / stride,
    step: (tapStep * dilation) / stride,
    place,
    firstTap: lastTap,
    tapStep: -tapStep,
  };
}

export function phaseCount({ stride }: Convolution): number {
  return stride[0] * stride[1] * stride[2];
}

/** Rows are input positions, the source is the gradient of the output: a walk for each phase of the stride that has rows. */
export function inputGradWalks(c: Convolution): Walk[] {
  const walks: Walk[] = [];
  for (let a = 0; a < c.stride[0]; a++) {
    for (let b = 0; b < c.stride[1]; b++) {
      for (let r = 0; r < c.stride[2]; r++) {
        const axes = [phaseAxis(c, 0, a), phaseAxis(c, 1, b), phaseAxis(c, 2, r)] as const;
        const of = (number: (axis: PhaseAxis) => number): Axes => [
          number(axes[0]),
          number(axes[1]),
          number(axes[2]),
        ];
        if (axes.some(({ rows }) => rows === 0)) continue;
        walks.push({
          channels: c.outputs,
          source: c.output,
          rows: of(({ rows }) => rows),
          stride: ones,
          first: of(({ first }) => first),
          step: of(({ step }) => step),
          taps: of(({ taps }) => taps),
          place: { extents: c.input, stride: c.stride, first: of(({ place }) => place) },
          filter: { first: of(({ firstTap }) => firstTap), step: of(({ tapStep }) => tapStep) },
        });
      }
    }
  }
  return walks;
}

export function product([a, b, c]: Axes): number {
  return a * b * c;
}

/** `Divider` of `geometry.cuh`: for 0 <= n < 2^31 the quotient is the high half of n * magic, shifted. */
export function divider(by: number): readonly [by: number, magic: number, shift: number] {
  if (by <= 1) return [by, 0, 0];
  // With 2^s >= by, magic = ceil(2^(31 + s) / by) has 32 bits and errs by less than 2^-31 of a quotient.
  const s = 32 - Math.clz32(by - 1);
  const magic = ((1n << BigInt(31 + s)) + BigInt(by) - 1n) / BigInt(by);
  return [by, Number(magic), s - 1];
}

/** `PatchWords` of `geometry.cuh`. @param width rows along the width, where threads take several at once */
export function patchWords(w: Walk, width: number = w.rows[2]): Word[] {
  // Where there is no tap the sum has no terms, but numbers are taken apart all the same.
  const taps = w.taps.map((count) => Math.max(count, 1));
  return [
    w.channels,
    ...w.source,
    ...w.stride,
    ...w.first,
    ...w.step,
    ...taps,
    ...divider(w.rows[0]),
    ...divider(w.rows[1]),
    ...divider(width),
  ];
}

/** `PlaceWords`. */
export function placeWords({ place }: Walk): Word[] {
  return [...place.extents, ...place.stride, ...place.first];
}

/** `TapWords`. @param all the taps of the filter */
export function tapWords({ filter }: Walk, all: Axes): Word[] {
  return [...all, ...filter.first, ...filter.step];
}
