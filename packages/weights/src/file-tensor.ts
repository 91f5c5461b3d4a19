import {
  elementCount,
  formatShape,
  tensor,
  type Device,
  type DType,
  type Tensor,
  type TypedArray,
  aDevice,
  aDType,
  checkOptions,
  optionKinds,
} from '@convnet/tensor-core';

import { decode } from './elements/decode.ts';
import { bytesFor, type ElementType } from './elements/element-type.ts';
import { SourceError } from './errors.ts';

/** What a reader knows about a tensor before it reads it. */
export interface FileTensorSpec {
  /** What errors call it: its name, and the file. */
  readonly where: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Where its bytes begin, to read several in the order of the file. */
  readonly position: number;
  /** Reads its elements, row-major and little-endian. */
  readonly read: () => Promise<Uint8Array>;
}

/** How a tensor of a file becomes one of a device. */
export interface FileTensorOptions {
  /** Where the tensor is to live. */
  readonly device: Device;
  /** Default: the type of the file, or the smallest that holds its numbers: float32 for bfloat16, int32 for int64. */
  readonly dtype?: DType;
}

const tensorOptions = optionKinds<FileTensorOptions>({ device: aDevice, dtype: aDType });

/** A tensor of a file. Its elements are read when they are asked for, each time anew. */
export class FileTensor {
  /** As the file has it, by PyTorch's name. */
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Bytes of its elements. */
  readonly byteLength: number;
  readonly #spec: FileTensorSpec;

  constructor(spec: FileTensorSpec) {
    this.dtype = spec.dtype;
    this.shape = spec.shape;
    this.byteLength = bytesFor(spec.dtype, spec.shape) ?? 0;
    this.#spec = spec;
  }

  /** @internal Where its bytes begin in the file. */
  get position(): number {
    return this.#spec.position;
  }

  /** Number of elements. */
  get size(): number {
    return elementCount(this.shape);
  }

  /**
   * The elements as the file has them: row-major, little-endian. To be read, not written: they may be a view of the
   * bytes that the file was opened from.
   * @throws WeightsFileError where they cannot be read.
   */
  async bytes(): Promise<Uint8Array> {
    const bytes = await this.#spec.read();
    if (bytes.length === this.byteLength) return bytes;
    // A source of the caller's own may give less than it was asked for.
    throw new SourceError(
      'truncated',
      this.#spec.where,
      `expected ${this.byteLength} bytes, ${bytes.length} came`,
    );
  }

  /**
   * The elements as numbers, row-major; half, bfloat16 and numbers of eight bits as float32, integers as int32.
   * @throws DTypeError for integers beyond int32, and complex and packed numbers; WeightsFileError.
   */
  async data(): Promise<TypedArray<ArrayBuffer>> {
    return decode(this.#spec.where, await this.bytes(), this.dtype).data;
  }

  /**
   * The tensor on a device. Half stays half, unless `dtype` says otherwise.
   * @throws DTypeError for numbers that no tensor of the device holds; WeightsFileError; OutOfMemoryError.
   */
  async tensor(options: FileTensorOptions): Promise<Tensor> {
    checkOptions('tensor', options, tensorOptions, ['device']);
    const { device } = options;
    const bytes = await this.bytes();
    if (this.dtype === 'float16' && (options.dtype ?? 'float16') === 'float16') {
      const bits = new Uint16Array(new Uint8Array(bytes).buffer);
      return tensor(bits, this.shape, { device, dtype: 'float16' });
    }
    const { data, dtype } = decode(this.#spec.where, bytes, this.dtype);
    return tensor(data, this.shape, { device, dtype: options.dtype ?? dtype });
  }

  /** Its name, type and shape. */
  toString(): string {
    return `${this.#spec.where} ${formatShape(this.shape)} ${this.dtype}`;
  }
}
