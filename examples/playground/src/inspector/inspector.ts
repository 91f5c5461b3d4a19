import { summary, type AnyModule } from '@convnet/layers';

import type { BuilderInfo, Inquiry, Inspection, InspectorApi, Row } from './api.ts';
import { families, type FamilyModule } from './families.ts';

type Builder = (options?: Readonly<Record<string, unknown>>) => AnyModule;

/** Torchvision's way to write the names of builders. */
const builderName = /^[a-z0-9_]+$/;

/** Of builders that state no input of their own, such as those of detectors. */
const usualInput = [1, 3, 320, 320] as const;

/** Tells what networks are made of and what they cost, without computing anything: on the meta device. */
export class Inspector implements InspectorApi {
  families(): readonly string[] {
    return Object.keys(families);
  }

  async builders(family: string): Promise<readonly BuilderInfo[]> {
    const loaded = await load(family);
    return Object.keys(buildersOf(loaded)).map((name) => {
      const stated = loaded.architectures?.[name];
      const [, channels, ...extents] = stated?.inputShape ?? usualInput;
      return {
        name,
        ranks: loaded.ranks,
        channels: channels!,
        extents,
        reference: stated?.reference ?? null,
      };
    });
  }

  async inspect({ family, builder, ...wanted }: Inquiry): Promise<Inspection> {
    const build = buildersOf(await load(family))[builder];
    if (build === undefined) throw new Error(`${family} has no network '${builder}'`);
    const { dims, channels, extents, classes } = wanted;
    const options = { dims, inChannels: channels, numClasses: classes };
    const model = takes(build, 'inputSize')
      ? build({ ...options, inputSize: extents })
      : build(options);
    const found = summary(model, [1, channels, ...extents]);
    const layers = found.layers.map(({ path, type, outputShape, parameters, macs }) => ({
      path: path === '' ? builder : path,
      type,
      outputShape,
      parameters,
      macs,
    }));
    const { parameters, macs, flops, parameterBytes, activationBytes } = found;
    const figures = { parameters, macs, flops, parameterBytes, activationBytes };
    return { ...figures, layers, blocks: blocksOf(layers, model), tree: String(model) };
  }
}

async function load(family: string): Promise<FamilyModule> {
  const loading = families[family];
  if (loading === undefined) throw new Error(`there is no family '${family}'`);
  return loading();
}

function buildersOf(family: FamilyModule): Readonly<Record<string, Builder>> {
  return Object.fromEntries(
    Object.entries(family as unknown as Readonly<Record<string, unknown>>).filter(
      (entry): entry is [string, Builder] =>
        builderName.test(entry[0]) && typeof entry[1] === 'function',
    ),
  );
}

/** Whether a builder has an option: undefined stands for one that is left out. */
function takes(build: Builder, option: string): boolean {
  try {
    build({ [option]: undefined });
    return true;
  } catch (error) {
    if (String(error).includes(`there is no option '${option}'`)) return false;
    throw error;
  }
}

/** Layers that follow one another within the same block, added up: `layer1.0.conv1` belongs to `layer1.0`. */
export function blocksOf(layers: readonly Row[], model: AnyModule): readonly Row[] {
  const types = new Map(
    Array.from(model.namedModules(), ([path, { typeName }]) => [path, typeName]),
  );
  const blocks: Row[] = [];
  for (const layer of layers) {
    const path = blockOf(layer.path);
    const last = blocks.at(-1);
    if (last?.path === path && path !== layer.path) {
      blocks[blocks.length - 1] = {
        ...last,
        outputShape: layer.outputShape,
        parameters: last.parameters + layer.parameters,
        macs: last.macs + layer.macs,
      };
    } else {
      blocks.push({ ...layer, path, type: types.get(path) ?? layer.type });
    }
  }
  return blocks;
}

/** The first two parts where the second is a number, as of `layer1.0` and `features.3`; else the first. */
function blockOf(path: string): string {
  const [first, second] = path.split('.');
  return second !== undefined && /\d/.test(second) ? `${first}.${second}` : first!;
}
