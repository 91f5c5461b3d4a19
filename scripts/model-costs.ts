import { readdir } from 'node:fs/promises';

import { summary, type Rank } from '../packages/layers/src/index.ts';
import {
  build,
  buildersByRank,
  comparedRanks,
  familyOf,
  inputShapeOf,
  type Family,
} from '../packages/models/testing/src/family.ts';

const models = new URL('../packages/models/', import.meta.url);

/** The families by the name of their package, in alphabetical order. */
export async function modelFamilies(): Promise<ReadonlyMap<string, Family>> {
  const folders = await readdir(models);
  const names = folders.filter((name) => name !== 'testing').toSorted();
  const families = new Map<string, Family>();
  for (const name of names) {
    const source = new URL(`${name}/src/`, models);
    const exported = (await import(new URL('index.ts', source).href)) as Parameters<
      typeof familyOf
    >[1];
    families.set(name, familyOf(source.pathname, exported));
  }
  return families;
}

/** What one builder costs in one rank, as docs/models.md writes it. */
export interface CostRow {
  readonly builder: string;
  readonly dims: Rank;
  /** `1x3x224x224`. */
  readonly input: string;
  readonly parameters: string;
  /** Multiply-accumulates. */
  readonly macs: string;
  /** Megabytes of a forward and a backward pass. */
  readonly memory: string;
}

const decimals = { minimumFractionDigits: 2, maximumFractionDigits: 2 };

/** The costs of every builder of a family in the ranks of `comparedRanks`, for the input that its facts are stated for. */
export function costRows(family: Family): readonly CostRow[] {
  return buildersByRank(family, comparedRanks(family)).map(([builder, dims]) => {
    const shape = inputShapeOf(family, builder, dims);
    const { parameters, macs, activationBytes } = summary(build(family, builder, { dims }), shape);
    return {
      builder,
      dims,
      input: shape.join('x'),
      parameters: parameters.toLocaleString('en'),
      macs: macs.toLocaleString('en'),
      memory: (activationBytes / 2 ** 20).toLocaleString('en', decimals),
    };
  });
}

/** The line that says which ranks a family is built for. */
export function ranksLine({ ranks }: Family): string {
  const last = ranks[ranks.length - 1];
  if (ranks.length === 1) return `\`dims\` is ${last}.`;
  return `\`dims\` may be ${ranks.slice(0, -1).join(', ')} or ${last}.`;
}

/** The cells of a row that need no measurement: the first of a line of docs/models.md. */
export function costCells({ builder, dims, input, parameters, macs, memory }: CostRow): string[] {
  return [`\`${builder}\``, `${dims}D`, input, parameters, macs, memory];
}
