import {
  DTypeError,
  DeviceError,
  ShapeError,
  aBoolean,
  aDType,
  aDevice,
  aFunction,
  aShape,
  checkOptions,
  formatShape,
  meta,
  noGrad,
  optionKinds,
  requireKind,
  sameShape,
  scope,
  EagerTensor,
  type Device,
  type Tensor,
  type DType,
} from '@convnet/tensor-core';

import type { Initializer } from '../init/init.ts';

/** A tensor of a module's state: it has a rule for its first values and outlives every scope. */
export class StateTensor extends EagerTensor {
  /** The rule for its first values. A new one counts from the next `initialize` on. */
  initializer: Initializer;
  /** Whether a state dict may lack it, so that it keeps its values. */
  readonly isOptional: boolean = false;

  constructor(shape: readonly number[], dtype: DType, initialize: Initializer, device: Device) {
    requireKind('Parameter', 'shape', shape, aShape);
    requireKind('Parameter', 'initialize', initialize, aFunction);
    requireKind('Parameter', 'device', device, aDevice);
    super(device, shape, dtype, null);
    this.initializer = initialize;
    if (!device.isMeta) this.initialize(device);
    this.moveTo(null);
  }

  /**
   * First values by the rule, on `device`.
   * @throws ShapeError, DTypeError, DeviceError where the rule gives something else.
   */
  firstValues(device: Device): Tensor {
    return scope(() => {
      const values = noGrad(() => this.initializer(this.shape, device));
      requireLike(this, values);
      if (values.device !== device) {
        throw new DeviceError(
          `initializer: expected values on ${device.nameBeside(values.device)}, got ${values.describe(device)}`,
        );
      }
      return values;
    });
  }

  /** Sets the first values anew, on `device`. */
  initialize(device: Device = this.device): void {
    this.replaceWith(this.firstValues(device));
  }
}

/** @throws ShapeError, DTypeError where `values` are not of the shape and type of `target`. */
function requireLike(target: Tensor, values: Tensor): void {
  if (!sameShape(values.shape, target.shape)) {
    throw new ShapeError(
      `initializer: expected values ${formatShape(target.shape)}, got ${formatShape(values.shape)}`,
    );
  }
  if (values.dtype !== target.dtype) {
    throw new DTypeError(
      `initializer: expected values of type ${target.dtype}, got ${values.describe()}`,
    );
  }
}

/** A float32 tensor that is learned. */
export class Parameter extends StateTensor {
  /** On the meta device (the default) it has only a shape. */
  constructor(shape: readonly number[], initialize: Initializer, device: Device = meta) {
    super(shape, 'float32', initialize, device);
    this.requiresGrad = true;
  }

  /** Forgets the gradient. */
  zeroGrad(): void {
    this.clearGrad();
  }
}

const bufferOptions = optionKinds<BufferOptions>({
  device: aDevice,
  dtype: aDType,
  optional: aBoolean,
});

/** A tensor that is kept and saved but not learned, such as running statistics. */
export class Buffer extends StateTensor {
  override readonly isOptional: boolean;

  constructor(shape: readonly number[], initialize: Initializer, options: BufferOptions = {}) {
    checkOptions('Buffer', options, bufferOptions);
    super(shape, options.dtype ?? 'float32', initialize, options.device ?? meta);
    this.isOptional = options.optional ?? false;
  }
}

/** Options of `Buffer`. */
export interface BufferOptions {
  /** Default: the meta device. */
  readonly device?: Device;
  /** Default float32. */
  readonly dtype?: DType;
  /** Whether a state dict may lack it, so that it keeps its values. Default false. */
  readonly optional?: boolean;
}
