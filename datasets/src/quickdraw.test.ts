import { gzipSync } from 'node:zlib';
import { classCounts } from '@convnet/data';
import { describe, expect, it } from 'vitest';
import { DataFileError, DataRequestError } from './errors.ts';
import { parseDrawings, quickdraw, quickdrawClasses } from './quickdraw.ts';

describe('quickdraw', () => {
  it('has 80 training and 20 test drawings of each of 345 categories', async () => {
    const { train, test } = await quickdraw();
    expect(train.inputShape).toEqual([1, 28, 28]);
    expect(train.classes).toEqual(quickdrawClasses());
    expect(train.classes).toHaveLength(345);
    expect(new Set(classCounts(train))).toEqual(new Set([80]));
    expect(new Set(classCounts(test))).toEqual(new Set([20]));
    const count = 2000;
    const inputs = new Float32Array(count * 784);
    const everyThirteenth = Int32Array.from({ length: count }, (_, i) => i * 13);
    train.fill(everyThirteenth, inputs, new Int32Array(count));
    const mean = inputs.reduce((a, b) => a + b, 0) / inputs.length;
    const square = inputs.reduce((a, b) => a + b * b, 0) / inputs.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(square).toBeCloseTo(1, 1);
    expect(inputs.reduce((a, b) => Math.min(a, b))).toBeCloseTo((0 - 0.1495) / 0.3106, 4);
    expect(inputs.reduce((a, b) => Math.max(a, b))).toBeCloseTo((1 - 0.1495) / 0.3106, 4);
  });

  it('loads some categories, in the order asked for', async () => {
    const { train, test } = await quickdraw({ classes: ['whale', 'alarm clock'] });
    expect(train.classes).toEqual(['whale', 'alarm clock']);
    expect(classCounts(train)).toEqual([80, 80]);
    expect(classCounts(test)).toEqual([20, 20]);
  });

  it('sets the drawings on larger paper, and gives them as signals', async () => {
    const small = await quickdraw({ classes: ['whale'] });
    const large = await quickdraw({ classes: ['whale'], side: 32, dims: 1 });
    expect(large.train.inputShape).toEqual([32, 32]);
    const read = ({ train }: typeof small, size: number) => {
      const inputs = new Float32Array(size);
      train.fill(Int32Array.of(7), inputs, new Int32Array(1));
      return inputs;
    };
    const drawing = read(small, 28 * 28);
    const paper = read(large, 32 * 32);
    const rows = Array.from({ length: 28 }, (_, row) => [
      ...paper.subarray((row + 2) * 32 + 2, (row + 2) * 32 + 30),
    ]);
    expect(rows.flat()).toEqual([...drawing]);
    const empty = Math.fround(-0.1495 / 0.3106);
    expect(paper.filter((value) => Math.abs(value - empty) > 1e-6)).toEqual(
      drawing.filter((value) => Math.abs(value - empty) > 1e-6),
    );
  });

  it('refuses paper smaller than the drawings', async () => {
    await expect(quickdraw({ side: 27 })).rejects.toThrow('expected side as an integer from 28');
  });

  it('refuses a category that the set does not have', async () => {
    await expect(quickdraw({ classes: ['cat', 'unicorn'] })).rejects.toThrow(DataRequestError);
    await expect(quickdraw({ classes: ['unicorn'] })).rejects.toThrow(
      "'unicorn' is none of the 345",
    );
  });
});

describe('parseDrawings', () => {
  const line = JSON.stringify(Array(784).fill(0.5));

  it('turns numbers from 0 to 1 into bytes', () => {
    const bytes = parseDrawings(gzipSync(Array(100).fill(`${line}\r\n`).join('')), 'half');
    expect(bytes).toHaveLength(78_400);
    expect(new Set(bytes)).toEqual(new Set([128]));
  });

  it('refuses files with missing drawings or pixels', () => {
    const short = () => parseDrawings(gzipSync(`${line}\r\n`), 'one');
    expect(short).toThrow(DataFileError);
    expect(short).toThrow('one: expected 100 drawings, got 1');
    const narrow = Array(100).fill('[0,1]\r\n').join('');
    expect(() => parseDrawings(gzipSync(narrow), 'narrow')).toThrow(
      'narrow: expected 784 pixels in drawing 0, got 2',
    );
  });

  it.each([
    ['no gzip', Buffer.from('[0,1]'), 'expected a file compressed with gzip'],
    ['a file cut short', gzipSync(line.repeat(100)).subarray(0, -9), 'compressed with gzip'],
    ['no JSON', gzipSync('[0,\r\n'.repeat(100)), 'a JSON array as drawing 0, got [0,'],
    ['no list', gzipSync('null\r\n'.repeat(100)), 'a JSON array as drawing 0, got null'],
    [
      'no number',
      gzipSync(`${line.replace('0.5', 'null')}\r\n`.repeat(100)),
      'numbers from 0 to 1 in drawing 0, got null at 0',
    ],
    ['too much ink', gzipSync(`${line.replace('0.5', '1.5')}\r\n`.repeat(100)), 'got 1.5 at 0'],
  ])('refuses %s', (_, bytes, message) => {
    const parse = () => parseDrawings(bytes, 'ink');
    expect(parse).toThrow(DataFileError);
    expect(parse).toThrow(message);
  });
});
