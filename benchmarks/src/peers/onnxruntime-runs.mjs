/*
 * Inference by onnxruntime, on request: a JSON object a line on the standard input, and one a line back. The
 * folder with the package, its name and the number of threads are the arguments.
 *
 * {"load": file, "input": [...], "inputShape": [...]} -> {"output": [...]}
 * {"steps": n}                                        -> {"ms": [...]}
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [folder, name, threads] = process.argv.slice(2);
const entry = createRequire(join(folder, 'package.json')).resolve(name);
const loaded = await import(pathToFileURL(entry).href);
const { env, InferenceSession, Tensor } = loaded.InferenceSession ? loaded : loaded.default;
const isWeb = name === 'onnxruntime-web';
if (isWeb) env.wasm.numThreads = Number(threads);

let session = null;
let feeds = null;

async function run() {
  const results = await session.run(feeds);
  return results[session.outputNames[0]].data;
}

async function answer(request) {
  if (request.load !== undefined) {
    await session?.release();
    session = await InferenceSession.create(request.load, {
      executionProviders: [isWeb ? 'wasm' : 'cpu'],
      intraOpNumThreads: Number(threads),
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
    });
    feeds = {
      [session.inputNames[0]]: new Tensor(
        'float32',
        Float32Array.from(request.input),
        request.inputShape,
      ),
    };
    return { output: [...(await run())] };
  }
  const ms = [];
  for (let i = 0; i < request.steps; i++) {
    const start = performance.now();
    await run();
    ms.push(performance.now() - start);
  }
  return { ms };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
