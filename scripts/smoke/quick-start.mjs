import { wasm } from '@convnet/backend-wasm';
import { ArrayDataset, DataLoader } from '@convnet/data';
import { lenet5_relu } from '@convnet/lenet';
import { Adam } from '@convnet/optim';
import { predict, fit } from '@convnet/train';

// Waves of 128 samples, slow or fast, behind each other.
const labels = Int32Array.from({ length: 64 }, (_, i) => i % 2);
const data = Float32Array.from({ length: 64 * 128 }, (_, i) =>
  Math.sin(i * (labels[i >> 7] ? 0.6 : 0.2)),
);
const waves = new ArrayDataset({ data, labels, inputShape: [1, 128], classes: ['slow', 'fast'] });

const device = await wasm();
const model = lenet5_relu({ dims: 1, numClasses: 2, inputSize: 128, device });
const train = new DataLoader(waves, { batchSize: 16, shuffle: true, device });
const optimizer = new Adam(model.parameters(), { learningRate: 2e-3 });
const epochs = await fit(model, { train, test: train, optimizer, epochs: 5 });
const { labels: found } = await predict(model, new DataLoader(waves, { batchSize: 16, device }));
console.log(epochs.at(-1)?.test?.accuracy, found.slice(0, 4));
