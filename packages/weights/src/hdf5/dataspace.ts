import type { Hdf5Bytes } from './hdf5-bytes.ts';

/** A dataspace message: the extents of a dataset (HDF5 file format 3.0, section IV.A.2.b). [] is one element. */
export function readDataspace(file: Hdf5Bytes, content: DataView): readonly number[] {
  const fail = (): Error => file.fail('structure', 'a dataspace ends too early');
  if (content.byteLength < 4) throw fail();
  const version = content.getUint8(0);
  const rank = content.getUint8(1);
  if (version !== 1 && version !== 2) {
    throw file.fail('structure', `expected a dataspace of version 1 or 2, got ${version}`);
  }
  const begin = version === 1 ? 8 : 4;
  if (content.byteLength < begin + 8 * rank) throw fail();
  // The second kind has no elements at all.
  if (version === 2 && content.getUint8(3) === 2) return [0];
  return Array.from({ length: rank }, (_, i) =>
    file.address(content, begin + 8 * i, 'the extent of a dataset'),
  );
}
