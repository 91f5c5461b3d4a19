/*
 * Inference by openvino-node on the processor, on request (see serve-inference.mjs). The folder with the package and the
 * number of threads are the arguments. OpenVINO's hint for a single stream of requests is LATENCY; it reads ONNX itself.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { serveInference } from './serve-inference.mjs';

const [folder, threads] = process.argv.slice(2);
const { addon } = createRequire(join(folder, 'package.json'))('openvino-node');

let request = null;
let input = null;

async function run() {
  const outputs = await request.inferAsync([input]);
  return Object.values(outputs)[0].data;
}

async function load({ load: file, input: values, inputShape }) {
  const compiled = await new addon.Core().compileModel(file, 'CPU', {
    PERFORMANCE_HINT: 'LATENCY',
    INFERENCE_NUM_THREADS: threads,
    // On processors with bfloat16 it would compute in that.
    INFERENCE_PRECISION_HINT: 'f32',
  });
  request = compiled.createInferRequest();
  input = new addon.Tensor('f32', inputShape, Float32Array.from(values));
}

await serveInference(load, run);
