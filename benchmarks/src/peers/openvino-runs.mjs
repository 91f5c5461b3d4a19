/*
 * Inference by openvino-node on the processor, on request, as onnxruntime-runs.mjs does it. The folder with the package and the
 * number of threads are the arguments. OpenVINO's hint for a single stream of requests is LATENCY; it reads ONNX itself.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [folder, threads] = process.argv.slice(2);
const { addon } = createRequire(join(folder, 'package.json'))('openvino-node');

let request = null;
let input = null;

async function run() {
  const outputs = await request.inferAsync([input]);
  return Object.values(outputs)[0].data;
}

async function answer(asked) {
  if (asked.load !== undefined) {
    const compiled = await new addon.Core().compileModel(asked.load, 'CPU', {
      PERFORMANCE_HINT: 'LATENCY',
      INFERENCE_NUM_THREADS: threads,
      // On processors with bfloat16 it would compute in that.
      INFERENCE_PRECISION_HINT: 'f32',
    });
    request = compiled.createInferRequest();
    input = new addon.Tensor('f32', asked.inputShape, Float32Array.from(asked.input));
    return { output: [...(await run())] };
  }
  const ms = [];
  for (let i = 0; i < asked.steps; i++) {
    const start = performance.now();
    await run();
    ms.push(performance.now() - start);
  }
  return { ms };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
