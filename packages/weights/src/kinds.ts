import type { Kind } from '@convnet/tensor-core';

/** What `fetch` takes. */
export const aSignal: Kind = {
  expected: 'an AbortSignal',
  accepts: (value) =>
    typeof (value as { readonly aborted?: unknown } | null)?.aborted === 'boolean',
};

/** Texts by name. */
export const someTexts: Kind = {
  expected: 'an object with texts',
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string'),
};
