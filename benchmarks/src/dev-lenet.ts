import { wasm } from '@convnet/backend-wasm';
import { lenet5_relu, lenet5 } from '@convnet/lenet';
import { SGD } from '@convnet/optim';
import { crossEntropy, randn, tensor, scope, Generator } from '@convnet/tensor-core';
const [threads, rev] = process.argv.slice(2);
const device = await wasm({ threads: Number(threads ?? 1), revectorize: rev === '1' });
console.log(device.toString());
for (const make of [lenet5_relu, lenet5]) {
  const model = make({ device } as never);
  const opt = new SGD([...model.parameters()], { learningRate: 0.01, momentum: 0.9 });
  const x = randn([64, 1, 28, 28], { device });
  const y = tensor(Int32Array.from({ length: 64 }, (_, i) => i % 10), [64], { device });
  const times: number[] = [];
  const step = () => scope(() => {
    opt.zeroGrad();
    const loss = crossEntropy(model.forward(x), y);
    loss.backward();
    opt.step();
  });
  for (let i = 0; i < 400; i++) { const t = performance.now(); step(); times.push(performance.now() - t); }
  const s = times.slice(100).sort((a, b) => a - b);
  console.log(make.name, 'min', s[0]!.toFixed(2), 'med', s[s.length >> 1]!.toFixed(2), 'ms', device.memory());
}
device.dispose();
