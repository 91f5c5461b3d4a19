/**
 * Takes from this engine what the oldest browsers lack that the packages are built for (Chrome 91, Firefox 90,
 * Safari 16.4). To be imported before them: `node --import ./old-engine.js …`.
 */
const TypedArray = Object.getPrototypeOf(Uint8Array);
const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([].values()));

/** @type {readonly (readonly [object, readonly string[]])[]} */
const newer = [
  ...[Array.prototype, TypedArray.prototype].map((prototype) => [
    prototype,
    ['at', 'findLast', 'findLastIndex', 'toReversed', 'toSorted', 'toSpliced', 'with'],
  ]),
  [Array, ['fromAsync']],
  [String.prototype, ['at', 'isWellFormed', 'toWellFormed']],
  [Object, ['hasOwn', 'groupBy']],
  [Map, ['groupBy']],
  [Promise, ['withResolvers', 'try']],
  [
    Set.prototype,
    ['union', 'intersection', 'difference', 'symmetricDifference', 'isSubsetOf', 'isSupersetOf'],
  ],
  [
    IteratorPrototype,
    ['map', 'filter', 'take', 'drop', 'flatMap', 'reduce', 'toArray', 'forEach', 'some', 'every'],
  ],
  [ArrayBuffer.prototype, ['resize', 'transfer', 'transferToFixedLength']],
  [SharedArrayBuffer.prototype, ['grow']],
  [Atomics, ['waitAsync', 'pause']],
  [Math, ['f16round', 'sumPrecise']],
  [AbortSignal, ['any', 'timeout']],
  [AbortSignal.prototype, ['throwIfAborted', 'reason']],
  [
    globalThis,
    ['structuredClone', 'Iterator', 'Float16Array', 'DisposableStack', 'AsyncDisposableStack'],
  ],
];

for (const [holder, names] of newer) for (const name of names) Reflect.deleteProperty(holder, name);

// The well-known symbols cannot be deleted from Symbol.
const RecentSymbol = Symbol;
const kept = Object.entries(Object.getOwnPropertyDescriptors(RecentSymbol)).filter(
  ([name]) => name !== 'dispose' && name !== 'asyncDispose',
);
globalThis.Symbol = Object.defineProperties(
  (description) => RecentSymbol(description),
  Object.fromEntries(kept.filter(([name]) => name !== 'length' && name !== 'name')),
);
