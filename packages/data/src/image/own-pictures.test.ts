import { expect, test } from 'vitest';
import { RandomStream } from '../random/random-stream.ts';
import { epochGenerator } from '../random/streams.ts';
import { compose, randomApply, randomChoice, type Step } from '../transform/compose.ts';
import { keepsNothing } from '../transform/keeps-nothing.ts';
import { autoAugment, randAugment, trivialAugmentWide } from './augment/auto-augment.ts';
import { blank, type Image } from './image.ts';
import { runOnOwn } from './own-pictures.ts';
import { centerCrop, grayscale, randomHorizontalFlip, resize } from './transforms.ts';

type AnyStep = Step<unknown, unknown>;

const random = new RandomStream(epochGenerator(1, 0));
const canFree = 'transfer' in ArrayBuffer.prototype;

function run(steps: readonly unknown[], picture = blank(200, 150)): Image {
  return runOnOwn(steps as readonly AnyStep[], picture, random) as Image;
}

/** Notes the pictures that come past, and hands them on. */
function watching(): { readonly seen: Image[]; readonly step: (picture: Image) => Image } {
  const seen: Image[] = [];
  const step = (picture: Image): Image => {
    seen.push(picture);
    return picture;
  };
  return { seen, step };
}

test.runIf(canFree)('what only steps of this package have seen is freed behind the next', () => {
  const { seen, step } = watching();
  const watched = keepsNothing(step);
  const first = blank(200, 150);
  const last = run([watched, resize(180), watched, centerCrop(170), watched], first);
  expect(seen.map(({ data }) => data.buffer.byteLength)).toEqual([0, 0, 170 * 170 * 3]);
  expect(seen[2]).toBe(last);
});

test("what a step of the user's has seen stays as it is", () => {
  const { seen, step } = watching();
  run([step, resize(180), step, centerCrop(170), randomHorizontalFlip({ probability: 1 }), step]);
  expect(seen.map(({ data }) => data.byteLength)).toEqual([
    200 * 150 * 3,
    240 * 180 * 3,
    170 * 170 * 3,
  ]);
});

test('what it makes may be its own, as memory that it uses again', () => {
  const again = blank(200, 150);
  for (let turn = 0; turn < 3; turn++) {
    const out = run([() => again, resize(100)]);
    expect(out.data.byteLength).toBe(133 * 100 * 3);
  }
  expect(again.data.byteLength).toBe(200 * 150 * 3);
});

test('a part of what it has seen is its own too', () => {
  const { seen, step } = watching();
  const upperHalf = keepsNothing(({ width, height, data }: Image): Image => ({
    width,
    height: height / 2,
    data: data.subarray(0, data.length / 2),
  }));
  run([step, upperHalf, resize(50)]);
  expect(seen[0]!.data.byteLength).toBe(200 * 150 * 3);
  // And a part of what nobody has seen is not freed with the whole.
  const half = run([upperHalf, randomHorizontalFlip({ probability: 0 })]);
  expect(half.data.byteLength).toBe(200 * 75 * 3);
});

test('a picture that is given back as it was is not freed', () => {
  const picture = blank(200, 150);
  expect(run([randomHorizontalFlip({ probability: 0 })], picture)).toBe(picture);
  expect(picture.data.byteLength).toBe(200 * 150 * 3);
});

/** What is left of a picture that only `step`, and a resizing behind it, have seen. */
function leftBehind(step: unknown): number {
  const picture = blank(200, 150);
  run([step, resize(20)], picture);
  return picture.data.byteLength;
}

const size = 200 * 150 * 3;
const flip = randomHorizontalFlip({ probability: 1 });
const kept: Image[] = [];
const keeping = (picture: Image): Image => {
  kept.push(picture);
  return picture;
};

test.runIf(canFree).each([
  ['randomApply', randomApply(flip, 0)],
  ['randomApply', randomApply(flip, 1)],
  ['randomChoice', randomChoice(flip, flip)],
  ['compose in randomApply', randomApply(compose(grayscale(), flip), 1)],
  ['autoAugment', autoAugment()],
  ['randAugment', randAugment()],
  ['randAugment without operations', randAugment({ numOps: 0 })],
  ['trivialAugmentWide', trivialAugmentWide()],
])('a picture is freed behind %s of steps that keep nothing', (_, step) => {
  for (let turn = 0; turn < 20; turn++) expect(leftBehind(step)).toBe(0);
});

test.each([
  ['randomApply', randomApply(keeping, 1)],
  ['randomChoice', randomChoice<Image>(keeping, keeping)],
  ['randomChoice, one of whose steps keeps nothing,', randomChoice<Image>(flip, keeping)],
  ['compose in randomApply', randomApply(compose<Image>(keeping, flip), 1)],
])("what %s of a user's steps has seen stays as it is", (_, step) => {
  kept.length = 0;
  for (let turn = 0; turn < 20; turn++) run([step, resize(20)]);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.map(({ data }) => data.byteLength)).toEqual(kept.map(() => size));
});
