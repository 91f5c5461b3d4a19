/** What the examples of fine-tuning begin with: a network that was trained on the digits 0 to 4, and the others. */
import { DataLoader, mapDataset, subset, type Dataset, type LabelledSample } from '@convnet/data';
import { mnist } from '@convnet/datasets';
import { lenet5_relu, type LeNet } from '@convnet/lenet';
import { Adam } from '@convnet/optim';
import { manualSeed, type Device } from '@convnet/tensor-core';
import { fit } from '@convnet/train';

/** Samples of each part: few, so that the examples take seconds. */
const most = { train: 3000, test: 500 };

/** Samples of the digits from `first` to `first + 4`, with the labels 0 to 4. */
async function digits(first: number): Promise<Record<'train' | 'test', Dataset<LabelledSample>>> {
  const sets = await mnist();
  const part = (name: 'train' | 'test'): Dataset<LabelledSample> => {
    const { labels } = sets[name];
    const places = Array.from(labels.keys()).filter(
      (i) => labels[i]! >= first && labels[i]! < first + 5,
    );
    const classes = sets[name].classes.slice(first, first + 5);
    const chosen = mapDataset<LabelledSample, LabelledSample>(
      subset<LabelledSample>(sets[name], places.slice(0, most[name])),
      ([image, label]) => [image, label - first],
    );
    const { labels: _labels, ...others } = chosen;
    return { ...others, classes };
  };
  return { train: part('train'), test: part('test') };
}

export async function knowsSmallDigits(device: Device): Promise<LeNet> {
  manualSeed(1);
  const { train } = await digits(0);
  const model = lenet5_relu({ inChannels: 1, numClasses: 5, device });
  await fit(model, {
    train: new DataLoader(train, { batchSize: 32, shuffle: true, device }),
    optimizer: new Adam(model.parameters(), { learningRate: 2e-3 }),
    epochs: 2,
  });
  return model;
}

/** The digits 5 to 9. */
export const largeDigits = (): ReturnType<typeof digits> => digits(5);
