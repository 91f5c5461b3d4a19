import type { ByteSource } from '../bytes/byte-source.ts';
import { SafetensorsError } from '../errors.ts';
import { FileTensor } from '../file-tensor.ts';
import type { TensorFile } from '../tensor-file.ts';
import { lengthBytes, longestHeader } from './format.ts';
import { parseHeader } from './header.ts';

/** The first bytes of a file, which say how long its header is. */
export function firstBytes(source: ByteSource): Promise<Uint8Array> {
  return source.read(0, Math.min(lengthBytes, source.size));
}

/** Bytes of the header, by the first bytes of the file. */
export function headerLength(first: Uint8Array): number {
  const view = new DataView(first.buffer, first.byteOffset, lengthBytes);
  return view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
}

/**
 * Reads the header of one file, of which `first` are the first bytes.
 * @throws SafetensorsError, SourceError.
 */
export async function readSafetensors(source: ByteSource, first: Uint8Array): Promise<TensorFile> {
  const { name, size } = source;
  if (first.length < lengthBytes) {
    throw new SafetensorsError(
      'truncated',
      name,
      `expected ${lengthBytes} bytes with the length of a header, the file has ${size}`,
    );
  }
  const length = headerLength(first);
  if (length > longestHeader) {
    throw new SafetensorsError(
      'header length',
      name,
      `the header takes ${length} bytes, more than the ${longestHeader} of the format: is it a safetensors file?`,
    );
  }
  const dataStart = lengthBytes + length;
  if (dataStart > size) {
    throw new SafetensorsError(
      'truncated',
      name,
      `the header takes ${length} bytes, the file has ${size - lengthBytes} for it`,
    );
  }
  const header = parseHeader(await source.read(lengthBytes, dataStart), size - dataStart, name);
  const tensors = new Map(
    header.entries.map(({ name: key, dtype, shape, begin, end }) => [
      key,
      new FileTensor({
        where: `${name}, ${key}`,
        dtype,
        shape,
        position: dataStart + begin,
        read: () => source.read(dataStart + begin, dataStart + end),
      }),
    ]),
  );
  return {
    format: 'safetensors',
    name,
    tensors,
    metadata: header.metadata,
    close: () => source.close(),
    [Symbol.asyncDispose]: () => source.close(),
  };
}
