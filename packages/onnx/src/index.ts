export {
  OnnxFileError,
  UnsupportedOperationsError,
  UnsupportedOperatorsError,
  type OnnxFileFault,
  type UnsupportedOperation,
  type UnsupportedOperator,
} from './errors.ts';
export { exportOnnx } from './export.ts';
export { importOnnx } from './import/import-onnx.ts';
export type { ImportedNetwork } from './import/imported-network.ts';
export type { ImportOptions } from './import/options.ts';
export type { ExportOptions } from './options.ts';
