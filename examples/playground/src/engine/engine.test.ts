import { wasm } from '@convnet/backend-wasm';
import { lenet5_relu } from '@convnet/lenet';
import { DeviceError, manualSeed, type Device } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { encodeTorch } from '@convnet/weights';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { EngineEvent } from './api.ts';
import { Engine } from './engine.ts';
import type { Keeper } from './keeper.ts';
import type { Learned } from './session.ts';
import { digitPixels, encodeDigits } from './tasks/digit-file.ts';
import { digitsTask } from './tasks/digits.ts';

/** Digits that are told apart by where they are bright. */
function bars(count: number): { pixels: Uint8Array; labels: Uint8Array } {
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  const pixels = new Uint8Array(count * digitPixels);
  labels.forEach((label, i) => {
    const row = i * digitPixels + (4 + 2 * label) * 28;
    pixels.fill(255, row, row + 28);
  });
  return { pixels, labels };
}

const events: EngineEvent[] = [];
const opened: Device[] = [];
const task = digitsTask(encodeDigits(bars(640), bars(50)));

function newEngine(more: { readonly keeper?: Keeper } = {}): Engine {
  return new Engine({
    ...more,
    task: async () => task,
    device: async () => {
      const device = await wasm({ threads: 1 });
      opened.push(device);
      return device;
    },
    tell: (event) => events.push(event),
  });
}

beforeEach(() => manualSeed(0));

afterEach(() => {
  vi.restoreAllMocks();
  events.length = 0;
  for (const device of opened.splice(0)) device.dispose();
});

const stepsOf = (told: readonly EngineEvent[] = events): number =>
  Math.max(0, ...told.map((event) => (event.type === 'steps' ? event.steps : 0)));

/** Trains for that many epochs at least, and pauses. */
async function trained(engine: Engine, epochs: number): Promise<void> {
  engine.start();
  await vi.waitFor(
    () =>
      expect(events.filter(({ type }) => type === 'epoch').length).toBeGreaterThanOrEqual(epochs),
    { timeout: 200_000 },
  );
  await engine.pause();
}

test('trains, answers between two steps, pauses and goes on', async () => {
  const engine = newEngine();
  expect(await engine.open('digits', null, 'wasm')).toMatchObject({
    network: 'lenet5_relu',
    parameters: 61_706,
    state: 'idle',
  });
  engine.start();
  const { values, label } = engine.testSample(13);
  const { probabilities } = await engine.classify([values, values]);
  expect(probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  await trained(engine, 8);
  const paused = stepsOf();
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  expect(stepsOf()).toBe(paused);
  const said = (await engine.classify([values])).probabilities;
  expect(said.indexOf(Math.max(...said))).toBe(label);
  const last = events.findLast((event) => event.type === 'epoch')!;
  expect(last.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(50);
  expect(last.accuracy).toBeGreaterThan(0.5);
  expect(await engine.explain(values)).toContain('<svg');
  expect(await engine.filters()).toContain('6 of 6 filters');
  expect(await engine.featureMaps(values, 'features.3')).toContain('16 of 16 channels');
  engine.start();
  await vi.waitFor(() => expect(stepsOf()).toBeGreaterThan(paused), { timeout: 200_000 });
  await engine.pause();
});

test('once it is told that training is paused, no step follows, whenever the pause is asked for', async () => {
  const engine = newEngine();
  await engine.open('digits', null, 'wasm');
  const { values } = engine.testSample(3);
  for (let i = 0; i < 40; i++) {
    engine.start();
    const since = events.length;
    // Training waits behind these for its next step.
    const asked = [engine.classify([values]), engine.explain(values), engine.classify([values])];
    await new Promise((resolve) => {
      setTimeout(resolve, i % 8);
    });
    await engine.pause();
    await Promise.all(asked);
    const rest = events.findLastIndex(
      (event) => event.type === 'state' && /paused|done/.test(event.state),
    );
    expect(rest).toBeGreaterThanOrEqual(since);
    const told = stepsOf(events.slice(0, rest + 1));
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    expect(stepsOf()).toBe(told);
  }
});

test('a start right after a pause goes on', async () => {
  const engine = newEngine();
  await engine.open('digits', null, 'wasm');
  engine.start();
  const pause = engine.pause();
  engine.start();
  await pause;
  const steps = stepsOf();
  await vi.waitFor(() => expect(stepsOf()).toBeGreaterThan(steps + 5), { timeout: 200_000 });
  await engine.pause();
});

test('another device and network keep what was learned, a reset forgets it', async () => {
  const engine = newEngine();
  await engine.open('digits', null, 'wasm');
  await trained(engine, 2);
  const steps = stepsOf();
  const { values } = engine.testSample(3);
  const before = await engine.classify([values]);
  const moved = await engine.open('digits', null, 'threads');
  expect(moved).toMatchObject({ device: 'threads', steps, state: 'paused' });
  expect(await engine.classify([values])).toEqual(before);
  expect(await engine.open('digits', 'lenet5', 'threads')).toMatchObject({ steps: 0 });
  expect(await engine.open('digits', 'lenet5_relu', 'wasm')).toMatchObject({ steps });
  expect(await engine.classify([values])).toEqual(before);
  expect(await engine.reset()).toMatchObject({ steps: 0, epochs: 0, state: 'idle' });
  expect(await engine.classify([values])).not.toEqual(before);
});

test('a device that cannot be had leaves everything as it was', async () => {
  const engine = newEngine();
  await engine.open('digits', null, 'wasm');
  const { values } = engine.testSample(3);
  const before = await engine.classify([values]);
  const broken = new Engine({
    task: async () => task,
    device: async (name) => {
      if (name === 'webgpu') throw new DeviceError('no adapter');
      return wasm({ threads: 1 });
    },
    tell: (event) => events.push(event),
  });
  await broken.open('digits', null, 'wasm');
  const there = await broken.classify([values]);
  await expect(broken.open('digits', null, 'webgpu')).rejects.toThrow('no adapter');
  expect(await broken.classify([values])).toEqual(there);
  expect(await engine.classify([values])).toEqual(before);
});

test('a device that goes away: training goes on from the last epoch on another one', async () => {
  const engine = newEngine();
  await engine.open('digits', null, 'webgpu');
  await trained(engine, 1);
  const { values } = engine.testSample(3);
  const [gone] = opened;
  vi.spyOn(gone!.backend, 'read').mockRejectedValue(new DeviceError('the device is lost'));
  engine.start();
  await vi.waitFor(() => expect(events.some(({ type }) => type === 'moved')).toBe(true), {
    timeout: 200_000,
  });
  expect(events.findLast((event) => event.type === 'moved')!.session).toMatchObject({
    device: 'wasm',
    epochs: 1,
    state: 'paused',
  });
  // Also after pauses it is said once.
  const notices = events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
  expect(notices).toEqual([expect.stringMatching(/lost/)]);
  expect((await engine.classify([values])).probabilities).toHaveLength(10);
});

test('weights: what was saved fits, what does not fit leaves the network as it was', async () => {
  const engine = newEngine();
  await engine.open('digits', null, 'wasm');
  const { values } = engine.testSample(3);
  const before = await engine.classify([values]);
  const files = await Promise.all([engine.save('safetensors'), engine.save('pth')]);
  for (const bytes of files) {
    await engine.reset();
    expect(await engine.classify([values])).not.toEqual(before);
    expect(await engine.load(new Blob([bytes]), 'mine')).toMatchObject({
      isLoaded: true,
      loaded: 10,
      left: [],
    });
    expect(await engine.classify([values])).toEqual(before);
  }
  const other = lenet5_relu({ numClasses: 3, device: reference() });
  const outcome = await engine.load(new Blob([await encodeTorch(other.stateDict())]), 'other.pth');
  expect(outcome).toMatchObject({ isLoaded: false, loaded: 0, format: 'PyTorch' });
  expect(outcome.misshaped[0]).toContain('classifier.2');
  await expect(engine.load(new Blob(['a list']), 'list.pth')).rejects.toThrow('list.pth');
  expect(await engine.classify([values])).toEqual(before);
});

/** Keeps in a map, as a browser does in its database. */
function keeperIn(all: Map<string, Learned>): Keeper {
  return {
    read: async (key) => all.get(key) ?? null,
    write: async (key, learned) => void all.set(key, structuredClone(learned)),
    forget: async (key) => void all.delete(key),
    clear: async () => all.clear(),
  };
}

test('the next visit finds what was learned, until it is reset or forgotten', async () => {
  const all = new Map<string, Learned>();
  const visit = (): Engine => newEngine({ keeper: keeperIn(all) });
  const first = visit();
  await first.open('digits', null, 'wasm');
  await trained(first, 1);
  const steps = stepsOf();
  const { values } = first.testSample(3);
  const said = await first.classify([values]);

  const second = visit();
  expect(await second.open('digits', null, 'wasm')).toMatchObject({ steps, state: 'paused' });
  expect(await second.classify([values])).toEqual(said);
  await second.open('digits', 'lenet5', 'wasm');
  expect([...all.keys()]).toEqual(['digits/lenet5_relu']);
  await second.open('digits', 'lenet5_relu', 'wasm');
  expect(await second.reset()).toMatchObject({ steps: 0 });
  expect(all.size).toBe(0);

  await second.load(new Blob([await first.save('safetensors')]), 'mine');
  const third = visit();
  expect(await third.open('digits', null, 'wasm')).toMatchObject({ steps: 0, state: 'paused' });
  expect(await third.classify([values])).toEqual(said);
  expect(await third.forget()).toMatchObject({ steps: 0, state: 'idle' });
  expect(all.size).toBe(0);
  expect(await third.classify([values])).not.toEqual(said);
});

test('what an older page kept and does not fit is forgotten', async () => {
  const damaged = { bytes: new Uint8Array(40), steps: 5, epochs: 1 };
  const all = new Map<string, Learned>([['digits/lenet5_relu', damaged]]);
  const engine = newEngine({ keeper: keeperIn(all) });
  expect(await engine.open('digits', null, 'wasm')).toMatchObject({ steps: 0, state: 'idle' });
  expect(all.size).toBe(0);
});
