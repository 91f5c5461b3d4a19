import { aString, requireKind } from '@convnet/tensor-core';
import { IdxError } from '../errors.ts';
import { requireFileBytes } from '../file-bytes.ts';
import { parseIdx, type IdxFile } from './idx.ts';

/**
 * Reads an IDX file as `parseIdx` does, also one that is compressed with gzip.
 *
 * @throws IdxError as `parseIdx` does; with fault 'compressed' where the compressed bytes are damaged or cut short.
 */
export async function readIdx(bytes: Uint8Array, source = 'IDX file'): Promise<IdxFile> {
  requireFileBytes('readIdx', bytes);
  requireKind('readIdx', 'source', source, aString);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return parseIdx(bytes, source);
  return parseIdx(await gunzip(bytes, source), source);
}

async function gunzip(bytes: Uint8Array, source: string): Promise<Uint8Array> {
  try {
    const unpacked = new Blob([bytes as Uint8Array<ArrayBuffer>])
      .stream()
      .pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  } catch (error) {
    throw new IdxError('compressed', source, `cannot be decompressed: ${String(error)}`);
  }
}
