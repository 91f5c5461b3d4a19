import {
  byteLength,
  Device,
  type Backend,
  type DeviceBuffer,
  type Kernels,
  type TensorSpec,
} from '@convnet/tensor-core';

/** A device that counts and computes nothing. */
export interface CountingDevice {
  readonly device: Device;
  /** Shapes of what was drawn: by the device, or on the host and uploaded, in order. */
  readonly drawn: readonly (readonly number[])[];
  /** Bytes held by live buffers, and the most that there were at one time. */
  readonly live: number;
  readonly peak: number;
}

/**
 * A device with the kernels that first values of weights are made with. It takes no memory, so that a test builds the
 * largest network on it and sees what it would have taken.
 */
export function countingDevice(): CountingDevice {
  const drawn: (readonly number[])[] = [];
  let live = 0;
  let peak = 0;
  const take = (spec: TensorSpec): DeviceBuffer => {
    const bytes = byteLength(spec);
    live += bytes;
    peak = Math.max(peak, live);
    return { byteLength: bytes };
  };
  const draw = (spec: TensorSpec): DeviceBuffer => {
    drawn.push(spec.shape);
    return take(spec);
  };
  const kernels: Partial<Kernels> = {
    fill: (out) => take(out),
    random: (_, out) => draw(out),
    pointwise: (_, __, ___, out) => take(out),
    blend: () => undefined,
  };
  const backend: Backend = {
    name: 'counting',
    description: 'counting (computes nothing)',
    dtypes: ['float32', 'int32'],
    kernels,
    upload: (_, spec) => draw(spec),
    read: () => Promise.reject(new Error('the counting device has no values')),
    free: (buffer) => {
      live -= buffer.byteLength;
    },
    memory: () => ({ live, reserved: peak }),
    dispose: () => undefined,
  };
  const device = new Device(backend);
  return {
    device,
    drawn,
    get live() {
      return live;
    },
    get peak() {
      return peak;
    },
  };
}
