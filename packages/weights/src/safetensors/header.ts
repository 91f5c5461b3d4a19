import { formatShape } from '@convnet/tensor-core';

import { bytesFor, type ElementType } from '../elements/element-type.ts';
import { SafetensorsError, type SafetensorsFault } from '../errors.ts';
import { JsonScanner } from '../json-scanner.ts';
import { metadataName, typesByName } from './format.ts';

/** A tensor as the header describes it. */
export interface Entry {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Where its bytes begin and end, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their bytes, which they fill without a gap. */
  readonly entries: readonly Entry[];
}

/**
 * Reads and checks a header: `{ name: { dtype, shape, data_offsets: [begin, end] }, __metadata__: { name: text } }`.
 * @param dataBytes bytes behind the header
 * @throws SafetensorsError.
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number, source: string): Header {
  const fail = (fault: SafetensorsFault, message: string): SafetensorsError =>
    new SafetensorsError(fault, source, message);
  const scanner = new JsonScanner(decodeText(bytes, source), (fault, message) =>
    fail(fault === 'duplicate' ? 'duplicate' : 'header', `the header: ${message}`),
  );
  const metadata = new Map<string, string>();
  const entries: Entry[] = [];
  scanner.object((name) => {
    if (name === metadataName) scanner.object((key) => void metadata.set(key, scanner.string()));
    else entries.push(parseEntry(scanner, name, fail));
  });
  scanner.end();
  // Empty tensors go in front of what begins at the same byte.
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  requireCover(entries, dataBytes, fail);
  return { metadata, entries };
}

function decodeText(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SafetensorsError('header', source, 'the header is not UTF-8');
  }
}

type Fail = (fault: SafetensorsFault, message: string) => SafetensorsError;

function parseEntry(scanner: JsonScanner, name: string, fail: Fail): Entry {
  const label = JSON.stringify(name);
  let type: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  const counts = (): number[] => {
    const list: number[] = [];
    scanner.array(() => list.push(scanner.count()));
    return list;
  };
  scanner.object((field) => {
    if (field === 'dtype') type = scanner.string();
    else if (field === 'shape') shape = counts();
    else if (field === 'data_offsets') offsets = counts();
    else scanner.skip();
  });
  if (type === undefined || shape === undefined || offsets?.length !== 2) {
    throw fail('header', `expected dtype, shape and two data_offsets of the tensor ${label}`);
  }
  const dtype = typesByName.get(type);
  if (dtype === undefined) {
    const known = [...typesByName.keys()].join(', ');
    throw fail(
      'dtype',
      `${label} has the element type ${JSON.stringify(type)}, not one of ${known}`,
    );
  }
  const [begin, end] = offsets as [number, number];
  const expected = bytesFor(dtype, shape);
  if (expected !== end - begin) {
    const size = expected ?? 'no whole number of bytes that can be counted';
    throw fail(
      'size',
      `${label}, ${type} ${formatShape(shape)}, takes ${size}, its offsets ${begin} to ${end} are ${end - begin} apart`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Checks that the tensors fill the bytes behind the header, each byte belonging to one. */
function requireCover(entries: readonly Entry[], dataBytes: number, fail: Fail): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    const label = JSON.stringify(name);
    if (begin < covered) {
      throw fail(
        'overlap',
        `${label} begins at byte ${begin}, where the tensor before it has not ended: that is at ${covered}`,
      );
    }
    if (begin > covered) {
      throw fail('hole', `bytes ${covered} to ${begin}, before ${label}, belong to no tensor`);
    }
    if (end > dataBytes) {
      throw fail(
        'truncated',
        `${label} ends at byte ${end}, the file has ${dataBytes} for tensors`,
      );
    }
    covered = end;
  }
  if (covered < dataBytes) {
    throw fail('hole', `bytes ${covered} to ${dataBytes}, at the end, belong to no tensor`);
  }
}
