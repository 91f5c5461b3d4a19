import { wasm } from '@convnet/backend-wasm';
import { resnet18 } from '@convnet/resnet';
import { noGrad, tensor } from '@convnet/tensor-core';

const device = await wasm();
const model = resnet18({ dims: 1, inChannels: 12, numClasses: 5, device }).eval();
const wave = Float32Array.from({ length: 12 * 1000 }, (_, i) => Math.sin(i));
const x = tensor(wave, [1, 12, 1000], { device });
document.body.textContent = String(await noGrad(() => model.forward(x)).data());
