import type { Hdf5Object } from '../hdf5/open.ts';

/** A variable of a layer, as a file has it. */
export interface Variable {
  /** `block1_conv1/kernel`: the layer's name and what the variable is to it. */
  readonly name: string;
  readonly object: Hdf5Object;
}

/** What is known of a layer besides its variables, from the configuration of the whole model. */
export interface LayerConfig {
  readonly className: string;
  /** Of batch normalisation: whether it has a gamma and a beta. */
  readonly scale: boolean;
  readonly center: boolean;
}

/** Groups within each other; those of models within models within models are some ten deep. */
const deepest = 32;
/** Groups of a file; the largest networks of keras.applications have some thousands. */
const mostGroups = 200_000;

/**
 * The variables of a file that `save_weights` or `save` of Keras 3 wrote, `….weights.h5` or the one within `….keras`: each
 * layer is a group with a group `vars` in it, whose datasets have numbers for names. Layers within layers too.
 */
export async function variablesOf3(
  root: Hdf5Object,
  configs: ReadonlyMap<string, LayerConfig>,
  fail: (message: string) => Error,
): Promise<readonly Variable[]> {
  const variables: Variable[] = [];
  let groups = 0;
  const walk = async (parent: Hdf5Object, className: string, depth: number): Promise<void> => {
    const links = [...(await parent.links())].sort(([a], [b]) => byCount(a, b));
    for (const [name, address] of links) {
      if (depth === 0 && name === 'optimizer') continue;
      if (depth > deepest || ++groups > mostGroups) {
        throw fail('groups lie deeper within each other, or are more, than those of a network');
      }
      const object = await parent.at(name, address);
      if (name !== 'vars') {
        if (object.isGroup) await walk(object, name, depth + 1);
        continue;
      }
      const [layer = className] = (await object.texts('name')) ?? [];
      const own = [...(await object.links())].sort(([a], [b]) => byCount(a, b));
      const names = variableNames(className.replace(/_\d+$/, ''), own.length, configs.get(layer));
      for (const [i, [number, at]] of own.entries()) {
        const variable = names[i] ?? number;
        variables.push({ name: `${layer}/${variable}`, object: await object.at(variable, at) });
      }
    }
  };
  await walk(root, '', 0);
  return variables;
}

/** `conv2d_9` before `conv2d_10`, `conv2d` before `conv2d_1`. */
export function byCount(a: string, b: string): number {
  const [stemA, countA] = counted(a);
  const [stemB, countB] = counted(b);
  if (stemA !== stemB) return stemA < stemB ? -1 : 1;
  return countA - countB;
}

/** A name and the number that it ends with, -1 where there is none. */
export function counted(name: string): [stem: string, count: number] {
  const [, stem, count] = /^(.*?)_?(\d+)$/.exec(name) ?? [];
  return stem === undefined ? [name, -1] : [stem, Number(count)];
}

/** What the variables of a class of layers are, in the order in which Keras stores them. */
function variableNames(
  className: string,
  count: number,
  config: LayerConfig | undefined,
): readonly string[] {
  if (className === 'batch_normalization') {
    const isWhole = count === 4;
    const scale = config?.scale ?? isWhole;
    const center = config?.center ?? (isWhole || count === 3);
    return [
      ...(scale ? ['gamma'] : []),
      ...(center ? ['beta'] : []),
      'moving_mean',
      'moving_variance',
    ];
  }
  if (className === 'normalization') return ['mean', 'variance', 'count'];
  if (className.startsWith('separable_conv'))
    return ['depthwise_kernel', 'pointwise_kernel', 'bias'];
  if (className.startsWith('depthwise_conv')) return ['depthwise_kernel', 'bias'];
  return /^(dense|conv\d)/.test(className) ? ['kernel', 'bias'] : [];
}

/** Old names of variables, of before Keras 2. */
const oldNames: Readonly<Record<string, string>> = {
  W: 'kernel',
  b: 'bias',
  running_mean: 'moving_mean',
  running_std: 'moving_variance',
};

/**
 * The variables of a file of the older form, which `keras.applications` publishes: attributes list the layers, and for each
 * of them the names of its variables. null where it is of another form.
 */
export async function variablesOf2(
  root: Hdf5Object,
  configs: ReadonlyMap<string, LayerConfig>,
  fail: (message: string) => Error,
): Promise<readonly Variable[] | null> {
  const model = (await root.get('model_weights')) ?? root;
  const layers = await listed(model, 'layer_names');
  if (layers === null) return null;
  const variables: Variable[] = [];
  for (const layer of layers) {
    const group = await model.get(layer);
    const weights = group === null ? null : await listed(group, 'weight_names');
    if (group === null || weights === null) {
      throw fail(`there are no weights of the layer ${JSON.stringify(layer)}, which it lists`);
    }
    for (const path of weights) {
      const object = await group.get(path);
      if (object !== null) {
        variables.push({ name: nameOfPath(layer, path, configs), object });
        continue;
      }
      throw fail(`there is no ${JSON.stringify(path)}, which the layer ${layer} lists`);
    }
  }
  return variables;
}

/** An attribute with texts, which stands in several where they are many: `layer_names0`, `layer_names1`, …. */
async function listed(object: Hdf5Object, name: string): Promise<readonly string[] | null> {
  const whole = await object.texts(name);
  if (whole !== null) return whole;
  const parts: string[] = [];
  for (let i = 0; ; i++) {
    const part = await object.texts(`${name}${i}`);
    if (part === null) return i === 0 ? null : parts;
    parts.push(...part);
  }
}

/** `block1_conv1/kernel` of `block1_conv1/kernel:0`, and of `block1_conv1_W_1:0`. */
function nameOfPath(
  layer: string,
  weight: string,
  configs: ReadonlyMap<string, LayerConfig>,
): string {
  const plain = weight.replace(/:\d+$/, '');
  const slash = plain.lastIndexOf('/');
  if (slash < 0) {
    const old = plain.replace(`${layer}_`, '').replace(/_\d+$/, '');
    return `${layer}/${oldNames[old] ?? old}`;
  }
  const variable = plain.slice(slash + 1).replace(/_\d+$/, '');
  const path = plain.slice(0, slash);
  // A second session numbered its scopes. What is neither is a layer of a model within the model, behind that one's name.
  const isOwn = path === layer || /^_\d+$/.test(path.replace(layer, ''));
  const inner = isOwn ? layer : path.slice(path.lastIndexOf('/') + 1);
  const isDepthwise = configs.get(inner)?.className === 'DepthwiseConv2D';
  return `${inner}/${isDepthwise && variable === 'kernel' ? 'depthwise_kernel' : variable}`;
}
