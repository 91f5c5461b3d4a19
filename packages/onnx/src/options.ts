import {
  ArgumentError,
  formatValue,
  aBoolean,
  anObject,
  aString,
  checkOptions,
  integerFrom,
  listOf,
  optionKinds,
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

const exportOptions = optionKinds<ExportOptions>({
  opset: integerFrom(oldestOpset, newestOpset),
  dynamicBatch: aBoolean,
  names: anObject,
  foldBatchNorm: aBoolean,
});

const nameOptions = optionKinds<NonNullable<ExportOptions['names']>>({
  input: aString,
  outputs: listOf(aString),
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
  checkOptions('exportOnnx', options, exportOptions);
  const {
    opset = defaultOpset,
    dynamicBatch = false,
    names = {},
    foldBatchNorm = isCompiled,
  } = options;
  checkOptions('exportOnnx: names', names, nameOptions);
  const { input = 'input', outputs } = names;
  const all = [input, ...(outputs ?? [])];
  for (const name of all) {
    if (name === '') {
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
