/*
 * Inference by onnxruntime, on request (see serve-inference.mjs). The folder with the package, its name, the execution provider,
 * the number of threads and, for WebGPU, the entry of Dawn are the arguments.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { serveInference } from './serve-inference.mjs';

const [folder, name, provider, threads, dawn] = process.argv.slice(2);
const entry = createRequire(join(folder, 'package.json')).resolve(name);

/** The build of onnxruntime-web for WebGPU knows browsers alone: it finds Dawn where a page has its GPU. */
async function loadForWebGpu() {
  const { create, globals } = await import(pathToFileURL(dawn).href);
  Object.assign(globalThis, globals);
  const navigator = { gpu: create([]), hardwareConcurrency: Number(threads), userAgent: 'Node' };
  Object.defineProperty(globalThis, 'navigator', { value: navigator });
  const build = (file) => join(dirname(entry), file);
  const loaded = await import(pathToFileURL(build('ort.webgpu.min.mjs')).href);
  loaded.env.wasm.wasmBinary = await readFile(build('ort-wasm-simd-threaded.asyncify.wasm'));
  // Its threads are for what runs on the processor; they need a page.
  loaded.env.wasm.numThreads = 1;
  return loaded;
}

async function loadPackage() {
  const loaded = await import(pathToFileURL(entry).href);
  const runtime = loaded.InferenceSession ? loaded : loaded.default;
  if (provider === 'wasm') runtime.env.wasm.numThreads = Number(threads);
  return runtime;
}

const { InferenceSession, Tensor } = await (provider === 'webgpu'
  ? loadForWebGpu()
  : loadPackage());

let session = null;
let feeds = null;

async function run() {
  const results = await session.run(feeds);
  return results[session.outputNames[0]].data;
}

async function load(request) {
  await session?.release();
  session = await InferenceSession.create(new Uint8Array(await readFile(request.load)), {
    executionProviders: [provider],
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
}

await serveInference(load, run);
