import {
  ArgumentError,
  formatValue,
  optionNames,
  refuseUnknownOptions,
} from '@convnet/tensor-core';

/** The opsets that `exportOnnx` writes: onnxruntime 1.30 refuses newer ones. */
export const oldestOpset = 13;
export const newestOpset = 26;

/** The version that most runtimes in use read. */
const defaultOpset = 17;

/** Options of `exportOnnx`. */
export interface ExportOptions {
  /** Version of the operators, 13 to 26. Default 17. */
  readonly opset?: number;
  /** Whether the first axis of the input may have any extent; its name is `batch`. Default false: as in `inputShape`. */
  readonly dynamicBatch?: boolean;
  /** Names of the input and of the outputs. Default `input`, and `output` or `output_0`, `output_1` … */
  readonly names?: {
    readonly input?: string;
    readonly outputs?: readonly string[];
  };
  /**
   * Whether batch norm behind a convolution goes into its weights. Default: false for a model, whose weights then all keep
   * their values, and true for a compiled one.
   */
  readonly foldBatchNorm?: boolean;
}

const exportOptions = optionNames<ExportOptions>({
  opset: true,
  dynamicBatch: true,
  names: true,
  foldBatchNorm: true,
});

const nameOptions = optionNames<NonNullable<ExportOptions['names']>>({
  input: true,
  outputs: true,
});

/** Options with nothing left open but the names of outputs, whose number is not known yet. */
export interface ResolvedOptions {
  readonly opset: number;
  readonly dynamicBatch: boolean;
  readonly input: string;
  readonly outputs: readonly string[] | undefined;
  readonly foldBatchNorm: boolean;
}

/** @throws ArgumentError for an option that is not known, or out of range. */
export function readOptions(options: ExportOptions, isCompiled: boolean): ResolvedOptions {
  refuseUnknownOptions('exportOnnx', options, exportOptions);
  const {
    opset = defaultOpset,
    dynamicBatch = false,
    names = {},
    foldBatchNorm = isCompiled,
  } = options;
  if (!Number.isInteger(opset) || opset < oldestOpset || opset > newestOpset) {
    throw new ArgumentError(
      `exportOnnx: expected an opset from ${oldestOpset} to ${newestOpset}, got ${formatValue(opset)}`,
    );
  }
  for (const [name, value] of Object.entries({ dynamicBatch, foldBatchNorm })) {
    if (typeof value !== 'boolean') {
      throw new ArgumentError(
        `exportOnnx: expected ${name} as a boolean, got ${formatValue(value)}`,
      );
    }
  }
  refuseUnknownOptions('exportOnnx: names', names, nameOptions);
  const { input = 'input', outputs } = names;
  const given: unknown = outputs ?? [];
  if (!Array.isArray(given)) {
    throw new ArgumentError(
      `exportOnnx: expected names.outputs as a list, got ${formatValue(given)}`,
    );
  }
  const all: readonly unknown[] = [input, ...(given as readonly unknown[])];
  for (const name of all) {
    if (typeof name !== 'string' || name === '') {
      throw new ArgumentError(`exportOnnx: expected names of values, got ${formatValue(name)}`);
    }
  }
  if (new Set(all).size !== all.length) {
    throw new ArgumentError(
      `exportOnnx: expected names that differ, got ${all.map(formatValue).join(', ')}`,
    );
  }
  return { opset, dynamicBatch, input, outputs, foldBatchNorm };
}
