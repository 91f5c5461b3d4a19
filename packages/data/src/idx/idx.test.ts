import { describe, expect, it } from 'vitest';
import { DatasetError, IdxError, type IdxFault } from '../errors.ts';
import { idxDataset, parseIdx } from './idx.ts';

function idx(type: number, shape: readonly number[], elements: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + elements.length);
  const view = new DataView(bytes.buffer);
  bytes[2] = type;
  bytes[3] = shape.length;
  shape.forEach((extent, axis) => view.setUint32(4 + 4 * axis, extent));
  bytes.set(elements, 4 + 4 * shape.length);
  return bytes;
}

function faultOf(action: () => unknown): IdxFault | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof IdxError) return error.fault;
    throw error;
  }
  return undefined;
}

describe('parseIdx', () => {
  it('reads bytes, and copies them', () => {
    const bytes = idx(0x08, [2, 3], [1, 2, 3, 4, 5, 255]);
    const { shape, data } = parseIdx(bytes);
    bytes.fill(0);
    expect(shape).toEqual([2, 3]);
    expect(data).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 255));
  });

  it('reads a file that lies inside a larger buffer', () => {
    const bytes = idx(0x0b, [1], [1, 2]);
    const inside = new Uint8Array(bytes.length + 3);
    inside.set(bytes, 1);
    expect(parseIdx(inside.subarray(1, 1 + bytes.length)).data).toEqual(Int16Array.of(0x0102));
  });

  it('reads every element type, big-endian', () => {
    expect(parseIdx(idx(0x09, [2], [0x80, 0x7f])).data).toEqual(Int8Array.of(-128, 127));
    expect(parseIdx(idx(0x0b, [2], [0xff, 0xfe, 0x01, 0x00])).data).toEqual(Int16Array.of(-2, 256));
    expect(parseIdx(idx(0x0c, [1], [0xff, 0xff, 0xff, 0xfd])).data).toEqual(Int32Array.of(-3));
    expect(parseIdx(idx(0x0d, [1], [0x3f, 0xc0, 0, 0])).data).toEqual(Float32Array.of(1.5));
    expect(parseIdx(idx(0x0e, [1], [0xbf, 0xf8, 0, 0, 0, 0, 0, 0])).data).toEqual(
      Float64Array.of(-1.5),
    );
  });

  it.each<[IdxFault, string, Uint8Array]>([
    [
      'magic',
      'expected the IDX magic number 0x0000TTRR (type, rank), got 0x89504e47',
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10),
    ],
    ['compressed', 'gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0)],
    ['type', 'got 0x0a', idx(0x0a, [1], [1])],
    ['truncated', 'got 3 bytes', Uint8Array.of(0, 0, 8)],
    [
      'truncated',
      'the header of 3 axes takes 16 bytes, the file has 15',
      idx(0x08, [1, 1, 1], []).subarray(0, 15),
    ],
    ['truncated', 'uint8 [2, 2] takes 16 bytes, the file has 15', idx(0x08, [2, 2], [1, 2, 3])],
    ['truncated', 'int32 [1] takes 12 bytes, the file has 9', idx(0x0c, [1], [1])],
    ['trailing', 'uint8 [2] takes 10 bytes, the file has 11', idx(0x08, [2], [1, 2, 3])],
  ])('refuses with fault %s: %s', (fault, message, bytes) => {
    const action = () => parseIdx(bytes, 'digits.idx');
    expect(faultOf(action)).toBe(fault);
    expect(action).toThrow(message);
    expect(action).toThrow(/^digits\.idx: /);
  });
});

describe('idxDataset', () => {
  const images = { bytes: idx(0x08, [2, 2, 3], [...Array(12).keys()]), source: 'images' };
  const labels = { bytes: idx(0x08, [2], [1, 0]), source: 'labels' };
  const classes = ['zero', 'one'];

  it('pairs images with labels, with one channel in front', () => {
    const dataset = idxDataset(images, labels, { classes });
    expect(dataset.inputShape).toEqual([1, 2, 3]);
    const inputs = new Float32Array(6);
    const label = new Int32Array(1);
    dataset.fill(Int32Array.of(1), inputs, label);
    expect([...inputs]).toEqual([6, 7, 8, 9, 10, 11]);
    expect(label[0]).toBe(0);
  });

  it('reads the elements under another shape', () => {
    expect(idxDataset(images, labels, { classes, inputShape: [2, 3] }).inputShape).toEqual([2, 3]);
    expect(() => idxDataset(images, labels, { classes, inputShape: [2, 2] })).toThrow(DatasetError);
  });

  it('refuses files that do not belong together', () => {
    const three = { bytes: idx(0x08, [3], [0, 0, 0]), source: 'three' };
    expect(faultOf(() => idxDataset(images, three, { classes }))).toBe('count');
    expect(() => idxDataset(images, three, { classes })).toThrow(
      'three: expected a label for each of the 2 samples of images, got 3',
    );
    expect(faultOf(() => idxDataset(labels, labels, { classes }))).toBe('rank');
    expect(faultOf(() => idxDataset(images, images, { classes }))).toBe('rank');
    const floats = { bytes: idx(0x0d, [1, 1], [0, 0, 0, 0]), source: 'floats' };
    expect(faultOf(() => idxDataset(floats, labels, { classes }))).toBe('type');
  });

  it('refuses labels that are no class', () => {
    expect(() => idxDataset(images, labels, { classes: ['zero'] })).toThrow(DatasetError);
  });
});
