import type { Generator } from '@convnet/tensor-core';

/**
 * Draws at most `size` candidates, of which positives are at most `positiveFraction`; negatives fill the rest. Positions in
 * ascending order.
 * @param labels positive: an object, 0: background, negative: counts for nothing
 */
export function balancedSample(
  labels: ArrayLike<number>,
  size: number,
  positiveFraction: number,
  generator: Generator,
): { positive: Int32Array<ArrayBuffer>; negative: Int32Array<ArrayBuffer> } {
  const positives: number[] = [];
  const negatives: number[] = [];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! >= 1) positives.push(i);
    else if (labels[i] === 0) negatives.push(i);
  }
  const some = Math.min(positives.length, Math.floor(size * positiveFraction));
  const others = Math.min(negatives.length, size - some);
  return {
    positive: draw(positives, some, generator),
    negative: draw(negatives, others, generator),
  };
}

/** `count` of the items without replacement (the first turns of Fisher and Yates' shuffle), in their order. */
function draw(items: number[], count: number, generator: Generator): Int32Array<ArrayBuffer> {
  if (count < items.length) {
    const numbers = generator.uniform(count);
    for (let i = 0; i < count; i++) {
      const j = i + Math.floor(numbers[i]! * (items.length - i));
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
  }
  return Int32Array.from(items.slice(0, count)).sort();
}
