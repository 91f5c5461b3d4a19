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
export { quickdrawBitmaps, type QuickdrawBitmapsOptions } from './quickdraw-bitmaps.ts';
export { cifar10, cifar100, type Cifar100Options, type CifarOptions } from './cifar.ts';
export { progressBar, type BarStream } from './files/progress-bar.ts';
export { fetchSetFile, type FetchSetOptions, type RemoteFile } from './files/remote-file.ts';
export {
  emnist,
  fashionMnist,
  kmnist,
  qmnist,
  type EmnistOptions,
  type EmnistSplit,
  type MnistLikeOptions,
} from './mnist-like.ts';
export {
  fsdd,
  speechCommands,
  type RecordingSplit,
  type SpeechCommandsOptions,
  type SpeechOptions,
} from './speech.ts';
export { ucr, type SeriesSplit, type UcrOptions } from './ucr/ucr.ts';
