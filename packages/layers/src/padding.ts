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

import { pythonFloat, pythonTuple, requireDims, requireRank } from './layer-support.ts';
import { Module } from './module.ts';

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
