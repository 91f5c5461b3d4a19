export { UnsupportedOperationsError, type UnsupportedOperation } from './errors.ts';
export { exportOnnx } from './export.ts';
export type { ExportOptions } from './options.ts';
