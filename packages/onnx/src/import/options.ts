import {
  ArgumentError,
  formatValue,
  optionNames,
  refuseUnknownOptions,
  Device,
  meta,
  type NestedNumbers,
} from '@convnet/tensor-core';
import { sourceOptionNames, type FileLocation, type SourceOptions } from '@convnet/weights';

export interface ImportOptions extends SourceOptions {
  /** Where the weights live. Default: the meta device; `model.to(device)` brings them there. */
  readonly device?: Device;
  /** Where a file is that holds weights beside the model. Default: in its folder, for a path or a URL. */
  readonly shard?: (file: string) => FileLocation;
  /** Numbers for inputs that shapes depend on, by name: they are no inputs of the network then. */
  readonly constants?: Readonly<Record<string, NestedNumbers>>;
}

const importOptions: readonly string[] = [
  ...sourceOptionNames,
  ...optionNames<Omit<ImportOptions, keyof SourceOptions>>({
    device: true,
    shard: true,
    constants: true,
  }),
];

/** Options with nothing left open. */
export interface ResolvedImport {
  readonly device: Device;
  readonly shard: ((file: string) => FileLocation) | undefined;
  readonly constants: Readonly<Record<string, NestedNumbers>>;
  readonly source: SourceOptions;
}

/** @throws ArgumentError for an option that is not known, or is of another kind. */
export function readImportOptions(options: ImportOptions): ResolvedImport {
  refuseUnknownOptions('importOnnx', options, importOptions);
  const { device = meta, shard, constants = {}, ...source } = options;
  const given: unknown = device;
  if (!(given instanceof Device)) {
    throw new ArgumentError(`importOnnx: expected device as a Device, got ${formatValue(given)}`);
  }
  if (shard !== undefined && typeof (shard as unknown) !== 'function') {
    throw new ArgumentError(`importOnnx: expected shard as a function, got ${formatValue(shard)}`);
  }
  if (
    typeof (constants as unknown) !== 'object' ||
    constants === null ||
    Array.isArray(constants)
  ) {
    throw new ArgumentError(
      `importOnnx: expected constants as an object of numbers by input, got ${formatValue(constants)}`,
    );
  }
  return { device, shard, constants, source };
}
