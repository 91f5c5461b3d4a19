import { ConvnetError } from '@convnet/tensor-core';

/** A file of weights that is not what it should be; the base of the errors of all formats. */
export abstract class WeightsFileError extends ConvnetError {
  override readonly name: string = 'WeightsFileError';
  /** The file, as the caller named it. */
  readonly source: string;

  constructor(source: string, message: string, options?: ErrorOptions) {
    super(`${source}: ${message}`);
    this.source = source;
    if (options?.cause !== undefined) this.cause = options.cause;
  }
}

/** What went wrong between the caller and the bytes of a file. */
export type SourceFault =
  /** There is no such file, or a server answers that there is none. */
  | 'missing'
  /** It was there and could not be read. */
  | 'unreadable'
  /** The bytes end before they should. */
  | 'truncated'
  /** The file is another one than at the first read. */
  | 'changed'
  /** A server answers something else than what was asked for. */
  | 'answer'
  /** A reference to another file leads out of the folder, or nowhere. */
  | 'reference';

/** Bytes that could not be had. */
export class SourceError extends WeightsFileError {
  override readonly name = 'SourceError';
  readonly fault: SourceFault;

  constructor(fault: SourceFault, source: string, message: string, options?: ErrorOptions) {
    super(source, message, options);
    this.fault = fault;
  }
}

/** What is wrong with a safetensors file. */
export type SafetensorsFault =
  /** It ends before its header or its tensors do. */
  | 'truncated'
  /** The header is longer than the format allows. */
  | 'header length'
  /** The header is not JSON of the form that the format prescribes. */
  | 'header'
  /** A name stands twice. */
  | 'duplicate'
  /** An element type that the format does not have. */
  | 'dtype'
  /** Shape, element type and number of bytes of a tensor contradict each other. */
  | 'size'
  /** Tensors overlap. */
  | 'overlap'
  /** Bytes that belong to no tensor, between two of them or behind the last. */
  | 'hole'
  /** An index of shards names something that a shard does not have. */
  | 'index';

/** A file is not a safetensors file, or breaks a rule of the format. */
export class SafetensorsError extends WeightsFileError {
  override readonly name = 'SafetensorsError';
  readonly fault: SafetensorsFault;

  constructor(fault: SafetensorsFault, source: string, message: string) {
    super(source, message);
    this.fault = fault;
  }
}

/** What is wrong with a zip archive. */
export type ZipFault =
  /** It has no directory, or ends before its entries do. */
  | 'truncated'
  /** The directory contradicts itself or the entries. */
  | 'directory'
  /** A name stands twice. */
  | 'duplicate'
  /** An entry is encrypted, or compressed in a way other than deflate. */
  | 'compression'
  /** An entry unpacks to another number of bytes than the directory says, or to more than is allowed. */
  | 'size';

/** A file is not a zip archive that can be read. */
export class ZipError extends WeightsFileError {
  override readonly name = 'ZipError';
  readonly fault: ZipFault;

  constructor(fault: ZipFault, source: string, message: string, options?: ErrorOptions) {
    super(source, message, options);
    this.fault = fault;
  }
}

/** What is wrong with a file of PyTorch. */
export type TorchFileFault =
  /** It is no file that `torch.save` wrote, or one of a form that is not read: TorchScript, or from before PyTorch 0.2. */
  | 'format'
  /** It ends before its pickle or its tensors do. */
  | 'truncated'
  /** Its pickle names a function or class that is not on the list of those that build containers, scalars and tensors. */
  | 'global'
  /** Its pickle uses an operation that files of PyTorch have no need of. */
  | 'opcode'
  /** Its pickle contradicts itself. */
  | 'pickle'
  /** It would take more memory, or is nested deeper, than its size explains. */
  | 'limit'
  /** A tensor lies outside its storage, or a storage is not there. */
  | 'storage'
  /** No state dict was found in it, or several and none was named. */
  | 'state dict';

/** A file is not the file of PyTorch that was expected, or holds what is not read from files. */
export class TorchFileError extends WeightsFileError {
  override readonly name = 'TorchFileError';
  readonly fault: TorchFileFault;
  /** The function or class that was refused, such as `os.system`; else undefined. */
  readonly global: string | undefined;

  constructor(fault: TorchFileFault, source: string, message: string, global?: string) {
    super(source, message);
    this.fault = fault;
    this.global = global;
  }
}

/** What is wrong with a file of NumPy. */
export type NumpyFault =
  /** It is neither a `.npy` nor a `.npz` file, or of a version that is not known. */
  | 'format'
  /** It ends before its header or its elements do. */
  | 'truncated'
  /** The header is not of the form that the format prescribes. */
  | 'header'
  /** Elements that are no numbers: objects, which would run code, texts, records. */
  | 'dtype'
  /** Shape, element type and number of bytes contradict each other. */
  | 'size';

/** A file is not the file of NumPy that was expected. */
export class NumpyError extends WeightsFileError {
  override readonly name = 'NumpyError';
  readonly fault: NumpyFault;

  constructor(fault: NumpyFault, source: string, message: string) {
    super(source, message);
    this.fault = fault;
  }
}

/** What is wrong with a model of TensorFlow.js. */
export type TfjsFault =
  /** `model.json` is not JSON, or has no `weightsManifest` of the form that the format prescribes. */
  | 'manifest'
  /** A name stands twice. */
  | 'duplicate'
  /** An element type that is not read: texts, or one that is not known. */
  | 'dtype'
  /** The files have another number of bytes than their tensors take. */
  | 'size';

/** A file is not the model of TensorFlow.js that was expected. */
export class TfjsError extends WeightsFileError {
  override readonly name = 'TfjsError';
  readonly fault: TfjsFault;

  constructor(fault: TfjsFault, source: string, message: string) {
    super(source, message);
    this.fault = fault;
  }
}

/** What is wrong with a file of Keras, or with the HDF5 that it is written in. */
export type KerasFault =
  /** It is no HDF5, of a version that Keras does not write, or has no weights of Keras. */
  | 'format'
  /** It ends before what it refers to. */
  | 'truncated'
  /** A structure of HDF5 contradicts itself, or leads in a circle. */
  | 'structure'
  /** Elements that are compressed, in chunks or in other files: Keras writes none. */
  | 'storage'
  /** Elements that are no numbers. */
  | 'dtype'
  /** Shape, element type and number of bytes contradict each other. */
  | 'size'
  /** A name stands twice. */
  | 'duplicate';

/** A file is not the file of Keras that was expected. */
export class KerasFileError extends WeightsFileError {
  override readonly name = 'KerasFileError';
  readonly fault: KerasFault;

  constructor(fault: KerasFault, source: string, message: string) {
    super(source, message);
    this.fault = fault;
  }
}

/** What went wrong with a download. */
export type DownloadFault =
  /** There is no such file on the server, or in the folder that was given. */
  | 'missing'
  /** The server answers something else than the file. */
  | 'answer'
  /** The connection could not be made, or broke off each time. */
  | 'connection'
  /** No byte came for too long. */
  | 'slow'
  /** More or fewer bytes came than the server said. */
  | 'length'
  /** The bytes are not those of the published file. */
  | 'hash'
  /** It is not in the cache, and may not be downloaded. */
  | 'offline'
  /** The cache cannot be written to: no rights, a file where the folder should be, no room. */
  | 'cache';

/** Published weights that could not be had. Nothing wrong was kept. */
export class DownloadError extends WeightsFileError {
  override readonly name = 'DownloadError';
  readonly fault: DownloadFault;

  constructor(fault: DownloadFault, source: string, message: string, options?: ErrorOptions) {
    super(source, message, options);
    this.fault = fault;
  }
}
