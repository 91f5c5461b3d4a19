import type { Hdf5Bytes } from './hdf5-bytes.ts';

const treeNodeHead = 24;
const symbolNodeHead = 8;
const symbolEntryBytes = 40;
/** A link to another name, not to an object. */
const softLink = 2;

/**
 * The objects of a group by their names: addresses of their headers. A B-tree leads to the names, which stand in a heap
 * (HDF5 file format 3.0, sections III.A.1, III.B and III.D). Links to names are passed over.
 */
export async function readLinks(
  file: Hdf5Bytes,
  treeAddress: number,
  heapAddress: number,
): Promise<ReadonlyMap<string, number>> {
  const heap = await openHeap(file, heapAddress);
  const links = new Map<string, number>();
  const seen = new Set<number>();
  const waiting = [treeAddress];
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    const what = `the group's node at byte ${address}`;
    if (seen.has(address)) throw file.fail('structure', `${what} stands twice in its tree`);
    seen.add(address);
    const letters = await file.view(address, 4, what);
    if (letters.getUint8(0) === 0x53) await readSymbols(file, address, heap, links);
    else waiting.push(...(await readChildren(file, address)));
  }
  return links;
}

async function readChildren(file: Hdf5Bytes, address: number): Promise<readonly number[]> {
  const what = `the group's tree at byte ${address}`;
  const head = await file.view(address, treeNodeHead, what);
  file.requireSignature(head, 'TREE', what);
  const [kind, used] = [head.getUint8(4), head.getUint16(6, true)];
  if (kind !== 0) throw file.fail('structure', `${what} is not that of a group`);
  // Keys and children by turns, a key at both ends.
  const body = await file.view(address + treeNodeHead, 8 * (2 * used + 1), what);
  return Array.from({ length: used }, (_, i) => file.address(body, 8 * (2 * i + 1), what));
}

async function readSymbols(
  file: Hdf5Bytes,
  address: number,
  heap: Heap,
  links: Map<string, number>,
): Promise<void> {
  const what = `the group's names at byte ${address}`;
  const head = await file.view(address, symbolNodeHead, what);
  file.requireSignature(head, 'SNOD', what);
  const count = head.getUint16(6, true);
  const entries = await file.view(address + symbolNodeHead, count * symbolEntryBytes, what);
  for (let i = 0; i < count; i++) {
    const at = i * symbolEntryBytes;
    if (entries.getUint32(at + 16, true) === softLink) continue;
    const name = await heap.text(file.address(entries, at, what));
    if (links.has(name)) {
      throw file.fail('duplicate', `the name ${JSON.stringify(name)} stands twice in a group`);
    }
    links.set(name, file.address(entries, at + 8, what));
  }
}

/** Where the names of a group stand. */
interface Heap {
  text(offset: number): Promise<string>;
}

/** Bytes that a name may have; those of layers have some tens. */
const longestName = 1024;

async function openHeap(file: Hdf5Bytes, address: number): Promise<Heap> {
  const what = `the group's heap at byte ${address}`;
  const head = await file.view(address, 32, what);
  file.requireSignature(head, 'HEAP', what);
  const size = file.address(head, 8, what);
  const data = file.address(head, 24, what);
  file.requireInside(data, size, what);
  return {
    async text(offset) {
      if (offset >= size) throw file.fail('structure', `${what}: a name lies behind its end`);
      const room = Math.min(size - offset, longestName);
      const view = await file.view(data + offset, room, what);
      const bytes = new Uint8Array(view.buffer, view.byteOffset, room);
      const end = bytes.indexOf(0);
      if (end >= 0) return new TextDecoder().decode(bytes.subarray(0, end));
      throw file.fail('structure', `${what}: a name does not end`);
    },
  };
}
