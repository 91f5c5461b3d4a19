import type { AnyModule } from './module.ts';

/** Properties of every module that say nothing of what it computes in evaluation mode. */
const besides = new Set(['training', 'architecture']);

/**
 * What the properties of a model's modules hold, at one time: notices later that a layer, a weight or an option was
 * replaced. Costs a comparison a property.
 */
export class Structure {
  readonly #owners: Readonly<Record<string, unknown>>[] = [];
  readonly #names: string[] = [];
  readonly #values: unknown[] = [];

  constructor(model: AnyModule) {
    for (const [, module] of model.namedModules()) {
      const owner = module as unknown as Readonly<Record<string, unknown>>;
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

  /** Whether all hold what they held. */
  get isCurrent(): boolean {
    for (let i = 0; i < this.#owners.length; i++) {
      if (!Object.is(this.#owners[i]![this.#names[i]!], this.#values[i])) return false;
    }
    return true;
  }
}
