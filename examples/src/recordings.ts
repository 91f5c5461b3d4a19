/** A folder of recordings, <folder>/<class>/*.wav or .csv, in one dimension: `node recordings.ts <folder>`. */
import { wasm } from '@convnet/backend-wasm';
import { DataLoader, randomSplit } from '@convnet/data';
import { centerCrop, compose, padTo, recordingFolder, zScore } from '@convnet/data/signal';
import { AdamW, OneCycleLR } from '@convnet/optim';
import { resnet18 } from '@convnet/resnet';
import { confusionMatrix, fit, predict, progress } from '@convnet/train';

const length = 128;
const epochs = 12;
const device = await wasm();
const recordings = await recordingFolder(process.argv[2]!, {
  transform: compose(zScore(), centerCrop(length), padTo(length)),
});
const { classes } = recordings;
// Each recording falls into one part as a whole.
const [train, test] = randomSplit(recordings, [0.75, 0.25], { stratify: true, seed: 1 });
const loader = new DataLoader(train!, { batchSize: 8, shuffle: true, device });
const testLoader = new DataLoader(test!, { batchSize: 32, device });
const model = resnet18({ dims: 1, inChannels: 1, numClasses: classes!.length, width: 8, device });
const optimizer = new AdamW(model.parameters());
const totalSteps = epochs * loader.length;
await fit(model, {
  train: loader,
  test: testLoader,
  optimizer,
  schedule: new OneCycleLR(optimizer, { maxLearningRate: 0.005, totalSteps }),
  epochs,
  callbacks: [progress(process.stderr)],
});
const predictions = await predict(model, testLoader);
const matrix = confusionMatrix(predictions.targets!, predictions.labels, { classes: classes! });
process.stdout.write(`${String(matrix)}\n`);
device.dispose();
