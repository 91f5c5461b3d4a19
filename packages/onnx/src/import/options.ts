import {
  aDevice,
  aFunction,
  anObject,
  checkOptions,
  meta,
  optionKinds,
  type Device,
  type NestedNumbers,
} from '@convnet/tensor-core';
import { sourceOptions, type FileLocation, type SourceOptions } from '@convnet/weights';

export interface ImportOptions extends SourceOptions {
  /** Where the weights live. Default: the meta device; `model.to(device)` brings them there. */
  readonly device?: Device;
  /** Where a file is that holds weights beside the model. Default: in its folder, for a path or a URL. */
  readonly shard?: (file: string) => FileLocation;
  /** Numbers for inputs that shapes depend on, by name: they are no inputs of the network then. */
  readonly constants?: Readonly<Record<string, NestedNumbers>>;
}

const importOptions = optionKinds<ImportOptions>({
  ...sourceOptions,
  device: aDevice,
  shard: aFunction,
  constants: anObject,
});

/** Options with nothing left open. */
export interface ResolvedImport {
  readonly device: Device;
  readonly shard: ((file: string) => FileLocation) | undefined;
  readonly constants: Readonly<Record<string, NestedNumbers>>;
  readonly source: SourceOptions;
}

/** @throws ArgumentError for an option that is not known, or is of another kind. */
export function readImportOptions(options: ImportOptions): ResolvedImport {
  checkOptions('importOnnx', options, importOptions);
  const { device = meta, shard, constants = {}, ...source } = options;
  return { device, shard, constants, source };
}
