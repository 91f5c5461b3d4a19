export { CheckedFolder, openPackage, parseSums } from './checked-folder.ts';
export type { DataSource, DataSplit } from './data-split.ts';
export { DataFileError, DataRequestError, type DataFileFault } from './errors.ts';
export { instruments, instrumentsSource, instrumentWindows } from './instruments.ts';
export { mnist, mnistSource, type MnistOptions } from './mnist.ts';
export {
  quickdraw,
  quickdrawClasses,
  quickdrawSource,
  type QuickdrawOptions,
} from './quickdraw.ts';
