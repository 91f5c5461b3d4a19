import { inflateSync } from 'node:zlib';

import { fromBase64, readJson } from './fixtures.ts';

/** A file of Keras, and what PyTorch would hold. */
export interface KerasCase {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly state: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>
  >;
}

interface Fixture {
  readonly files: Readonly<Record<string, Pick<KerasCase, 'state'> & { readonly data: string }>>;
  readonly refused: Readonly<Record<string, string>>;
}

const fixture = readJson('keras-files.json') as Fixture;

const unpacked = (data: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(inflateSync(fromBase64(data)));

/** Files that Keras wrote, or that are of its older forms, by name. */
export const kerasFiles: ReadonlyMap<string, KerasCase> = new Map(
  Object.entries(fixture.files).map(([name, { data, state }]) => [
    name,
    { bytes: unpacked(data), state },
  ]),
);

/** Files of HDF5 that Keras does not write. */
export const strangeFiles: ReadonlyMap<string, Uint8Array<ArrayBuffer>> = new Map(
  Object.entries(fixture.refused).map(([name, data]) => [name, unpacked(data)]),
);
