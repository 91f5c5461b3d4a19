import { wasm } from '@convnet/backend-wasm';
import { SGD } from '@convnet/optim';
import { resnet18 } from '@convnet/resnet';
import { crossEntropy, tensor } from '@convnet/tensor-core';

const device = await wasm();
const model = resnet18({ dims: 1, inChannels: 12, numClasses: 5, device });
const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
const x = tensor(new Float32Array(12 * 1000), [1, 12, 1000], { device });
const labels = tensor([1], { dtype: 'int32', device });
for (let step = 0; step < 5; step++) {
  const loss = crossEntropy(model.forward(x), labels);
  optimizer.zeroGrad();
  loss.backward();
  optimizer.step();
  document.body.textContent = String(await loss.item());
}
