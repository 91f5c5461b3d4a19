import type { HostTensor } from '../host-tensor.ts';

const scalars: {
  readonly epoch: number;
  readonly best: number;
  readonly arch: string;
  readonly done: boolean;
  readonly nothing: null;
  readonly large: bigint;
  readonly negative: number;
  readonly history: readonly [number, readonly number[], { readonly lr: number }];
} = {
  epoch: 90,
  best: 76.125,
  arch: 'résnet',
  done: true,
  nothing: null,
  large: 2n ** 70n,
  negative: -(2 ** 33),
  history: [1, [2.5], { lr: 0.1 }],
};

/** What fixtures/torch/written-here.pth holds; fixtures/torch-reads.py reads it with PyTorch. */
export const writtenHere: typeof scalars & {
  readonly state_dict: Readonly<Record<string, HostTensor>>;
} = {
  ...scalars,
  state_dict: {
    float64: { dtype: 'float64', shape: [2], data: Float64Array.of(0.1, -1) },
    float32: { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    float16: { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) },
    bfloat16: { dtype: 'bfloat16', shape: [1], data: Uint16Array.of(0x3f80) },
    int64: { dtype: 'int64', shape: [], data: BigInt64Array.of(-(2n ** 40n)) },
    int32: { dtype: 'int32', shape: [1, 1], data: Int32Array.of(-7) },
    int16: { dtype: 'int16', shape: [2], data: Int16Array.of(-300, 300) },
    int8: { dtype: 'int8', shape: [1], data: Int8Array.of(-1) },
    uint8: { dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 128, 255) },
    bool: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
    complex64: { dtype: 'complex64', shape: [1], data: Float32Array.of(1, -2) },
    empty: { dtype: 'float32', shape: [0, 3], data: new Float32Array() },
  },
};
