/** A recipe as lines to read: `weight decay: 0.01`; what it says of each set is a line of its own. */
export function recipeLines(recipe: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(recipe).flatMap(([key, value]) =>
    isObject(value)
      ? Object.entries(value).map(([name, facts]) => `${name}: ${textOf(facts)}`)
      : [`${wordsOf(key)}: ${textOf(value)}`],
  );
}

/** `weightDecay` as `weight decay`. */
const wordsOf = (key: string): string =>
  key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (!isObject(value)) return String(value);
  return Object.entries(value)
    .map(([key, fact]) => `${wordsOf(key)} ${textOf(fact)}`)
    .join('; ');
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
