import { ArrayDataset, DataLoader } from '@convnet/data';
import { lenet5_relu } from '@convnet/lenet';
import { Adam } from '@convnet/optim';
import { manualSeed } from '@convnet/tensor-core';
import { fit, progress } from '@convnet/train';

const size = 28;

/**
 * Lines of `size` values; the class is where the bright bar stands: left, centre or right.
 *
 * @param {number} count
 * @param {1 | 2} dims In 2D the line is repeated downwards.
 */
function bars(count, dims) {
  const rows = dims === 2 ? size : 1;
  const data = new Float32Array(count * rows * size);
  const labels = new Int32Array(count);
  for (let sample = 0; sample < count; sample++) {
    const label = sample % 3;
    const start = 2 + 9 * label + (Math.floor(sample / 3) % 4);
    labels[sample] = label;
    for (let row = 0; row < rows; row++) {
      const first = (sample * rows + row) * size;
      for (let x = 0; x < size; x++) {
        data[first + x] = (x >= start && x < start + 3 ? 1 : 0) + 0.2 * Math.sin(1.7 * (first + x));
      }
    }
  }
  const inputShape = dims === 2 ? [1, size, size] : [1, size];
  return new ArrayDataset({ data, labels, inputShape, classes: ['left', 'centre', 'right'] });
}

/**
 * What a LeNet of first values says of bars.
 *
 * @param {import('@convnet/tensor-core').Device} device
 * @param {1 | 2} dims
 * @returns {Promise<string>} Its outputs.
 */
export async function lookAtBars(device, dims) {
  manualSeed(1);
  const model = lenet5_relu({ dims, numClasses: 3, inputSize: size, device });
  model.eval();
  const outputs = [];
  for await (const [inputs] of new DataLoader(bars(6, dims), { batchSize: 6, device })) {
    outputs.push(...(await model.forward(inputs).data()));
  }
  model.dispose();
  return outputs.join(' ');
}

/**
 * Trains LeNet for a few steps and throws if it does not learn.
 *
 * @param {import('@convnet/tensor-core').Device} device
 * @param {1 | 2} dims
 * @returns {Promise<string>} What it reached.
 */
export async function learnBars(device, dims) {
  manualSeed(1);
  const model = lenet5_relu({ dims, numClasses: 3, inputSize: size, device });
  const optimizer = new Adam(model.parameters(), { learningRate: 0.002 });
  const train = new DataLoader(bars(96, dims), { batchSize: 16, shuffle: true, seed: 1, device });
  const test = new DataLoader(bars(48, dims), { batchSize: 16, device });
  const lines = [];
  const callbacks = [progress({ write: (line) => lines.push(line) })];
  const reports = await fit(model, { train, test, optimizer, epochs: 5, callbacks });
  const last = reports[reports.length - 1];
  optimizer.dispose();
  model.dispose();
  const loss = last?.loss ?? Number.NaN;
  const accuracy = last?.test?.accuracy ?? 0;
  const reached = `${dims}D on ${String(device)}: loss ${loss.toFixed(4)}, test accuracy ${accuracy}`;
  if (!(loss < 0.5 && accuracy > 0.95)) throw new Error(`LeNet did not learn: ${reached}`);
  return reached;
}
