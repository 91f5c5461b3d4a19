import {
  ArgumentError,
  anyNumber,
  formatValue,
  pad,
  requireKind,
  type Kind,
  type PaddingMode,
  type Tensor,
} from '@convnet/tensor-core';

import { requireDims, pythonFloat, pythonTuple, requireRank } from '../layer-support.ts';
import { Module } from '../module/module.ts';
import { ofRank, type OfRank } from '../of-rank.ts';

/** One amount for all sides, or `[begin, end]` for each spatial axis, first to last. */
export type SideAmounts = number | readonly (readonly [number, number])[];

const sideAmounts: Kind = {
  expected: 'an integer, or [begin, end] for each spatial axis',
  accepts: (value) =>
    Number.isSafeInteger(value) ||
    (Array.isArray(value) &&
      value.every(
        (sides) => Array.isArray(sides) && sides.length === 2 && sides.every(Number.isSafeInteger),
      )),
};

/** What all padding layers share: the amounts, and how they are printed. */
abstract class PadLayer extends Module {
  readonly dims: number;
  readonly amounts: readonly (readonly [number, number])[];

  /** @throws ArgumentError unless there are two integers for each axis. */
  constructor(dims: number, padding: SideAmounts) {
    super();
    this.dims = requireDims(this.constructor.name, dims);
    requireKind(this.typeName, 'padding', padding, sideAmounts);
    this.amounts =
      typeof padding === 'number'
        ? Array.from({ length: dims }, () => [padding, padding] as const)
        : padding;
    if (this.amounts.length !== dims) {
      throw new ArgumentError(
        `${this.typeName}: expected padding as an integer, or [begin, end] for each of ${dims} axes, got ` +
          formatValue(padding),
      );
    }
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims);
    return pad(x, this.amounts, this.fill);
  }

  /** What `pad` surrounds the input with. */
  protected abstract get fill(): number | PaddingMode;

  /** The amounts as PyTorch orders them: last axis first. */
  protected get sides(): string {
    return pythonTuple(this.amounts.flatMap((_, i, all) => all[all.length - 1 - i]!));
  }

  /** Its options, for printing. */
  override extraRepr(): string {
    return this.sides;
  }
}

/** Surrounds with a number. torch.nn.ConstantPad1d, 2d, 3d. */
export class ConstantPad extends PadLayer {
  readonly value: number;

  constructor(dims: number, padding: SideAmounts, value: number) {
    super(dims, padding);
    requireKind(this.typeName, 'value', value, anyNumber);
    this.value = value;
  }

  protected override get fill(): number {
    return this.value;
  }

  override get typeName(): string {
    return `ConstantPad${this.dims}d`;
  }

  /** Its options, for printing. */
  override extraRepr(): string {
    return `padding=${this.sides}, value=${pythonFloat(this.value)}`;
  }
}

/** Surrounds with zeros. torch.nn.ZeroPad1d, 2d, 3d. */
export class ZeroPad extends PadLayer {
  protected override get fill(): number {
    return 0;
  }

  override get typeName(): string {
    return `ZeroPad${this.dims}d`;
  }
}

/** Surrounds with the input mirrored at its first and last elements. torch.nn.ReflectionPad1d, 2d, 3d. */
export class ReflectionPad extends PadLayer {
  protected override get fill(): PaddingMode {
    return 'reflect';
  }

  override get typeName(): string {
    return `ReflectionPad${this.dims}d`;
  }
}

/** Surrounds with the first and last elements repeated. torch.nn.ReplicationPad1d, 2d, 3d. */
export class ReplicationPad extends PadLayer {
  protected override get fill(): PaddingMode {
    return 'replicate';
  }

  override get typeName(): string {
    return `ReplicationPad${this.dims}d`;
  }
}

/** Surrounds with the elements of the other end. torch.nn.CircularPad1d, 2d, 3d. */
export class CircularPad extends PadLayer {
  protected override get fill(): PaddingMode {
    return 'circular';
  }

  override get typeName(): string {
    return `CircularPad${this.dims}d`;
  }
}

/** Padding with the other end, for signals. */
export const CircularPad1d: OfRank<typeof CircularPad> = ofRank(1, CircularPad);
export type CircularPad1d = CircularPad;

/** Padding with the other end, for images. */
export const CircularPad2d: OfRank<typeof CircularPad> = ofRank(2, CircularPad);
export type CircularPad2d = CircularPad;

/** Padding with the other end, for volumes. */
export const CircularPad3d: OfRank<typeof CircularPad> = ofRank(3, CircularPad);
export type CircularPad3d = CircularPad;

/** Padding with a number, for signals. */
export const ConstantPad1d: OfRank<typeof ConstantPad> = ofRank(1, ConstantPad);
export type ConstantPad1d = ConstantPad;

/** Padding with a number, for images. */
export const ConstantPad2d: OfRank<typeof ConstantPad> = ofRank(2, ConstantPad);
export type ConstantPad2d = ConstantPad;

/** Padding with a number, for volumes. */
export const ConstantPad3d: OfRank<typeof ConstantPad> = ofRank(3, ConstantPad);
export type ConstantPad3d = ConstantPad;

/** Padding with the mirrored input, for signals. */
export const ReflectionPad1d: OfRank<typeof ReflectionPad> = ofRank(1, ReflectionPad);
export type ReflectionPad1d = ReflectionPad;

/** Padding with the mirrored input, for images. */
export const ReflectionPad2d: OfRank<typeof ReflectionPad> = ofRank(2, ReflectionPad);
export type ReflectionPad2d = ReflectionPad;

/** Padding with the mirrored input, for volumes. */
export const ReflectionPad3d: OfRank<typeof ReflectionPad> = ofRank(3, ReflectionPad);
export type ReflectionPad3d = ReflectionPad;

/** Padding with the edges, for signals. */
export const ReplicationPad1d: OfRank<typeof ReplicationPad> = ofRank(1, ReplicationPad);
export type ReplicationPad1d = ReplicationPad;

/** Padding with the edges, for images. */
export const ReplicationPad2d: OfRank<typeof ReplicationPad> = ofRank(2, ReplicationPad);
export type ReplicationPad2d = ReplicationPad;

/** Padding with the edges, for volumes. */
export const ReplicationPad3d: OfRank<typeof ReplicationPad> = ofRank(3, ReplicationPad);
export type ReplicationPad3d = ReplicationPad;

/** Padding with zeros, for signals. */
export const ZeroPad1d: OfRank<typeof ZeroPad> = ofRank(1, ZeroPad);
export type ZeroPad1d = ZeroPad;

/** Padding with zeros, for images. */
export const ZeroPad2d: OfRank<typeof ZeroPad> = ofRank(2, ZeroPad);
export type ZeroPad2d = ZeroPad;

/** Padding with zeros, for volumes. */
export const ZeroPad3d: OfRank<typeof ZeroPad> = ofRank(3, ZeroPad);
export type ZeroPad3d = ZeroPad;
