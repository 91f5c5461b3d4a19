/** Properties of every module that say nothing of what it computes in evaluation mode. */
const besides = new Set(['training', 'architecture']);

/**
 * What the properties of modules hold, at one time: notices later that a layer, a weight or an option was replaced or
 * added. Costs a comparison a property.
 */
export class Structure {
  readonly #owners: Readonly<Record<string, unknown>>[] = [];
  readonly #names: string[] = [];
  readonly #values: unknown[] = [];
  readonly #modules: readonly object[];
  readonly #counts: readonly number[];

  constructor(modules: Iterable<object>) {
    this.#modules = [...modules];
    this.#counts = this.#modules.map(countProperties);
    for (const module of this.#modules) {
      const owner = module as Readonly<Record<string, unknown>>;
      for (const [name, value] of Object.entries(owner)) {
        if (besides.has(name)) continue;
        this.#record(owner, name, value);
        if (!Array.isArray(value)) continue;
        // Layers in a list; lists of numbers, such as strides, are replaced whole.
        const list: readonly unknown[] = value;
        list.forEach((item, i) => {
          if (typeof item === 'object') {
            this.#record(list as unknown as Readonly<Record<string, unknown>>, String(i), item);
          }
        });
      }
    }
  }

  #record(owner: Readonly<Record<string, unknown>>, name: string, value: unknown): void {
    this.#owners.push(owner);
    this.#names.push(name);
    this.#values.push(value);
  }

  /** The name of a property that does not hold what it held, or null. */
  get changed(): string | null {
    for (let i = 0; i < this.#owners.length; i++) {
      if (!Object.is(this.#owners[i]![this.#names[i]!], this.#values[i])) return this.#names[i]!;
    }
    for (let i = 0; i < this.#modules.length; i++) {
      if (countProperties(this.#modules[i]!) !== this.#counts[i]) return 'the number of properties';
    }
    return null;
  }

  /** Whether all hold what they held. */
  get isCurrent(): boolean {
    return this.changed === null;
  }
}

function countProperties(module: object): number {
  let count = 0;
  for (const _ in module) count++;
  return count;
}
