import type { PlainState } from '@convnet/tensor-core';

/** Numbers that JSON has no words for. */
const special = new Map<string, number>([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

/** JSON in which every number comes back with its bits: one that JSON cannot say is `{ "$number": "NaN" }`. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== 'number') return item;
    if (Object.is(item, -0)) return { $number: '-0' };
    return Number.isFinite(item) ? item : { $number: String(item) };
  });
}

/** @throws SyntaxError. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (_, item: unknown) => {
    if (typeof item !== 'object' || item === null || !('$number' in item)) return item;
    return special.get(String(item.$number)) ?? Number.NaN;
  });
}

/** Whether JSON can say a value, so that it is found out when it is saved and not when it is missed. */
export function isPlain(value: unknown): value is PlainState {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) && Object.values(value).every(isPlain)
  );
}
