import { formatBytes } from './format-bytes.ts';

/**
 * Base of all errors that convnet throws for reasons a caller can act on. `module` is the path of the
 * layer that threw, such as `layer1.0.conv1`, once the error has passed through a model.
 */
export class ConvnetError extends Error {
  override readonly name: string = 'ConvnetError';
  /** Path of the layer whose forward threw, with the network's name in front. */
  module: string | undefined;

  /** Names the layer that threw, in front of the message; the innermost layer wins. */
  locate(path: string): void {
    if (this.module !== undefined) return;
    this.module = path;
    this.message = `${path}: ${this.message}`;
  }
}

/** Ranks or extents that do not fit. */
export class ShapeError extends ConvnetError {
  override readonly name: string = 'ShapeError';
}

/** An input with fewer elements along an axis than a network or window needs. */
export class InputTooSmallError extends ShapeError {
  override readonly name = 'InputTooSmallError';
}

/** Element types that do not fit. */
export class DTypeError extends ConvnetError {
  override readonly name = 'DTypeError';
}

/** How far a training had come. */
export interface TrainingPlace {
  /** Steps of all epochs that the device had been given; the last of them may not have been done. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
}

/** Tensors on different devices, or on one that cannot do what was asked. */
export class DeviceError extends ConvnetError {
  override readonly name: string = 'DeviceError';
  #training: TrainingPlace | null = null;

  /** Where the training was that ended by it; null outside one. */
  get training(): TrainingPlace | null {
    return this.#training;
  }

  /** @internal Says where a training ended by it, in its message too; the first to say so is heard. */
  endsTraining(place: TrainingPlace): void {
    if (this.#training !== null) return;
    this.#training = place;
    this.message += ` (in the training, behind step ${place.step}, epoch ${place.epoch})`;
  }
}

/** A backend without the kernel that an operation calls. */
export class MissingKernelError extends DeviceError {
  constructor(backend: string, kernel: string) {
    super(`backend '${backend}' has no kernel '${kernel}'`);
  }
}

/** A device, or something made ready for use, that was disposed of. */
export class DisposedError extends ConvnetError {
  override readonly name = 'DisposedError';
}

/**
 * Two copies of one package in a program: what one made was given to the other, which cannot use it. It happens where two
 * packages depend on versions that do not agree.
 */
export class TwoCopiesError extends ConvnetError {
  override readonly name = 'TwoCopiesError';
  readonly package: string;
  /** Of the copy that threw. */
  readonly expectedVersion: string;
  /** Of the copy that made what was given. */
  readonly givenVersion: string;

  constructor(where: string, name: string, expected: string, given: string) {
    const versions =
      expected === given ? `both of version ${expected}` : `${expected} and ${given}`;
    super(
      `${where}: expected something that ${name} ${expected} made, got it from another copy, of version ${given}. Two ` +
        `copies of ${name} are in this program, ${versions}; "npm ls ${name}" says who asks for which. Install versions ` +
        'that agree, or run "npm dedupe"',
    );
    this.package = name;
    this.expectedVersion = expected;
    this.givenVersion = given;
  }
}

/** An option outside its range. */
export class ArgumentError extends ConvnetError {
  override readonly name = 'ArgumentError';
}

/** A class label that is no class. */
export class LabelRangeError extends ConvnetError {
  override readonly name = 'LabelRangeError';

  constructor(position: number, label: number, classes: number) {
    super(
      `crossEntropy: target ${label} at position ${position} is out of range: ` +
        `expected a class from 0 to ${classes - 1} (or ignoreIndex)`,
    );
  }
}

/** A position in an index tensor that lies outside the axis it points into. */
export class IndexRangeError extends ConvnetError {
  override readonly name = 'IndexRangeError';
  readonly index: number;
  readonly axis: number;
  readonly extent: number;

  constructor(op: string, index: number, axis: number, extent: number) {
    super(
      `${op}: index ${index} is out of range: expected 0 to ${extent - 1} for the ${extent} ` +
        `elements of axis ${axis}`,
    );
    this.index = index;
    this.axis = axis;
    this.extent = extent;
  }
}

/** A tensor whose memory has been given back. */
export class ReleasedTensorError extends ConvnetError {
  override readonly name = 'ReleasedTensorError';
}

/** A gradient that cannot be computed: no graph, a graph already used, or values overwritten since. */
export class AutogradError extends ConvnetError {
  override readonly name = 'AutogradError';
}

/** Something of training in an application whose bundler was told to leave training out. */
export class InferenceOnlyError extends ConvnetError {
  override readonly name = 'InferenceOnlyError';

  constructor(what: string) {
    super(
      // Not its name as it stands: a bundler that replaces text would replace it here too.
      `${what}: this page was built for inference: ${'__INFERENCE__'.replace('__', '__CONVNET_')} is defined as true, ` +
        'which leaves training out',
    );
  }
}

/** A device without room for a tensor. */
export class OutOfMemoryError extends ConvnetError {
  override readonly name: string = 'OutOfMemoryError';
  /** Bytes that were asked for. */
  readonly requested: number;
  /** Bytes held by live tensors at that moment. */
  readonly live: number;

  constructor(device: string, requested: number, live: number, limit: number) {
    super(
      `${device} is out of memory: asked for ${formatBytes(requested)} with ${formatBytes(live)} live of at ` +
        `most ${formatBytes(limit)}. Use a smaller batch, or scope() to free tensors sooner.`,
    );
    this.requested = requested;
    this.live = live;
  }
}

/** A step that cannot be captured, or whose capture no longer holds. */
export class CaptureError extends ConvnetError {
  override readonly name = 'CaptureError';
}

/** An operation that updates several parameters failed when the first of them had been updated. `cause` says why. */
export class PartialUpdateError extends ConvnetError {
  override readonly name = 'PartialUpdateError';
  /** Parameters that have been updated, the first ones. */
  readonly updated: number;

  constructor(op: string, updated: number, expected: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`${op}: failed when ${updated} of ${expected} parameters were updated: ${why}`, {
      cause,
    });
    this.updated = updated;
  }
}

/** A package that is needed only for some purposes, and is not installed. */
export class MissingPackageError extends ConvnetError {
  override readonly name = 'MissingPackageError';
  /** The package. */
  readonly package: string;

  constructor(name: string, purpose: string, because?: ErrorOptions) {
    super(
      `${purpose} needs the package '${name}', which is not installed: npm install ${name}`,
      because,
    );
    this.package = name;
  }
}
