/*
 * Kernels by another library, on request: a JSON object a line on the standard input, and one a line back. The folder with
 * its packages, its name, what it computes on and, for WebGPU, the entry of Dawn are the arguments.
 *
 * {"load": spec}  -> {"mean": mean size of the outputs' elements, or null where the library lacks the kernel}
 * {"steps": n}    -> {"ms": [...]}
 * {"together": n} -> {"ms": time of n calls up to the end of the last}
 *
 * The spec is a KernelSpec of ../kernels/spec.ts; arguments are filled as ../kernels/waves.ts fills them.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [folder, name, backend, dawn] = process.argv.slice(2);
const { resolve } = createRequire(join(folder, 'package.json'));
const load = (packageName) => import(pathToFileURL(resolve(packageName)).href);

const sizeOf = (shape) => shape.reduce((product, extent) => product * extent, 1);

/** @see ../kernels/waves.ts */
const waves = (shape, seed) =>
  Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => Math.sin(i * 0.37 + seed) * Math.cos(i * 0.011),
  );

/** TensorFlow.js: channels last, its own order; arguments are brought there before the clock starts. */
async function tfjs() {
  const tf = await load('@tensorflow/tfjs-core');
  const { setWasmPaths } = await load('@tensorflow/tfjs-backend-wasm');
  const home = dirname(resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  setWasmPaths(join(home, 'dist/'));
  await tf.setBackend('wasm');
  await tf.ready();

  /** As an image, where a signal becomes one of height 1. */
  const channelsLast = (shape, seed) => {
    const image = shape.length === 3 ? [shape[0], shape[1], 1, shape[2]] : shape;
    return tf.transpose(tf.tensor(waves(shape, seed), image), [0, 2, 3, 1]);
  };
  const convolution = ({ input, weight, stride, padding, groups, backward }) => {
    if (backward || (groups !== 1 && groups !== input[1])) return null;
    const isSignal = input.length === 3;
    const x = channelsLast(input, 0);
    const kernel = isSignal ? [weight[0], weight[1], 1, weight[2]] : weight;
    const w = tf.tensor(waves(weight, 1), kernel);
    const pad = [[0, 0], isSignal ? [0, 0] : [padding, padding], [padding, padding], [0, 0]];
    if (groups === 1) {
      const filter = tf.transpose(w, [2, 3, 1, 0]);
      return () => tf.conv2d(x, filter, isSignal ? [1, stride] : stride, pad);
    }
    const filter = tf.transpose(w, [2, 3, 0, 1]);
    return () => tf.depthwiseConv2d(x, filter, stride, pad);
  };
  const callOf = (spec) => {
    switch (spec.op) {
      case 'matmul': {
        const shape = [spec.size, spec.size];
        const [a, b] = [tf.tensor(waves(shape, 0), shape), tf.tensor(waves(shape, 1), shape)];
        return () => tf.matMul(a, b);
      }
      case 'conv':
        return convolution(spec);
      case 'maxPool':
      case 'avgPool': {
        const x = channelsLast(spec.input, 0);
        return () => tf[spec.op](x, spec.window, spec.stride, spec.padding);
      }
      case 'add': {
        const [x, y] = [0, 1].map((seed) => tf.tensor(waves(spec.input, seed), spec.input));
        return () => tf.add(x, y);
      }
      default: {
        const x = tf.tensor(waves(spec.input, 0), spec.input);
        return () => tf[spec.op](x);
      }
    }
  };
  let call = null;
  return {
    prepare: async (spec) => {
      call = callOf(spec);
      return call === null ? null : meanSize(await call().data());
    },
    once: async () => {
      const start = performance.now();
      const y = call();
      // The backend computes as it is called; reading would add a copy that ours is not timed with either.
      const ms = performance.now() - start;
      y.dispose();
      return ms;
    },
    together: async (count) => {
      const start = performance.now();
      for (let i = 0; i < count; i++) call().dispose();
      return performance.now() - start;
    },
  };
}

/** A page has its GPU in `navigator`; here it is Dawn's. */
async function provideGpu() {
  const { create, globals } = await import(pathToFileURL(dawn).href);
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]), userAgent: 'Node' } });
}

/** jax-js: functions are compiled, as it advises. */
async function jaxJs() {
  if (backend === 'webgpu') await provideGpu();
  const { init, defaultDevice, numpy: np, lax, nn, jit } = await load('@jax-js/jax');
  await init(backend);
  defaultDevice(backend);
  const array = (shape, seed) => np.array(waves(shape, seed)).reshape([...shape]);
  const functionOf = (spec) => {
    switch (spec.op) {
      case 'matmul':
        return [(a, b) => np.matmul(a, b), [spec.size, spec.size], [spec.size, spec.size]];
      case 'conv': {
        if (spec.backward) return null;
        const axes = spec.input.length - 2;
        const stride = Array(axes).fill(spec.stride);
        const padding = Array(axes).fill([spec.padding, spec.padding]);
        const options = { featureGroupCount: spec.groups };
        const f = (x, w) => lax.convGeneralDilated(x, w, stride, padding, options);
        return [f, spec.input, spec.weight];
      }
      case 'relu':
        return [(x) => nn.relu(x), spec.input];
      case 'softmax':
        return [(x) => nn.softmax(x), spec.input];
      case 'add':
        return [(x, y) => np.add(x, y), spec.input, spec.input];
      case 'tanh':
      case 'exp':
        return [(x) => np[spec.op](x), spec.input];
      default:
        return null;
    }
  };
  let call = null;
  return {
    prepare: async (spec) => {
      const found = functionOf(spec);
      if (found === null) return null;
      const [f, ...shapes] = found;
      const compiled = jit(f);
      const inputs = shapes.map((shape, seed) => array(shape, seed));
      call = () => compiled(...inputs.map((x) => x.ref));
      return meanSize(await call().data());
    },
    once: async () => {
      const start = performance.now();
      const y = call();
      await y.blockUntilReady();
      const ms = performance.now() - start;
      y.dispose();
      return ms;
    },
    together: async (count) => {
      const start = performance.now();
      for (let i = 1; i < count; i++) call().dispose();
      const last = call();
      await last.blockUntilReady();
      const ms = performance.now() - start;
      last.dispose();
      return ms;
    },
  };
}

/** @see ../kernels/waves.ts */
const meanSize = (values) =>
  values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;

const library = await { tfjs, 'jax-js': jaxJs }[name]();

async function answer(request) {
  if (request.load !== undefined) return { mean: await library.prepare(request.load) };
  if (request.together !== undefined) return { ms: await library.together(request.together) };
  const ms = [];
  for (let i = 0; i < request.steps; i++) ms.push(await library.once());
  return { ms };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
