import * as alexnet from '@convnet/alexnet';
import * as capsnet from '@convnet/capsnet';
import * as densenet from '@convnet/densenet';
import * as efficientnet from '@convnet/efficientnet';
import * as inception from '@convnet/inception';
import type { AnyModule, ArchitectureInfo, Rank } from '@convnet/layers';
import * as lenet from '@convnet/lenet';
import * as mnasnet from '@convnet/mnasnet';
import * as mobilenet from '@convnet/mobilenet';
import * as nin from '@convnet/nin';
import * as resnet from '@convnet/resnet';
import * as shufflenet from '@convnet/shufflenet';
import * as squeezenet from '@convnet/squeezenet';
import { ArgumentError, type Device } from '@convnet/tensor-core';
import * as timeSeries from '@convnet/time-series';
import * as vgg from '@convnet/vgg';
import * as video from '@convnet/video';
import * as zfnet from '@convnet/zfnet';

import { unknownName } from './errors.ts';
import { kerasTwin } from './keras-twins.ts';

/** What every family exports, beside its builders by their names. */
interface Family {
  readonly architectures: Readonly<Record<string, ArchitectureInfo>>;
  readonly ranks: readonly Rank[];
}

const families: Readonly<Record<string, Family>> = {
  alexnet,
  capsnet,
  densenet,
  efficientnet,
  inception,
  lenet,
  mnasnet,
  mobilenet,
  nin,
  resnet,
  shufflenet,
  squeezenet,
  'time-series': timeSeries,
  vgg,
  video,
  zfnet,
};

type Builder = (options: Readonly<Record<string, unknown>>) => AnyModule;

/** One network that can be built by its name. */
export interface Architecture {
  readonly name: string;
  readonly family: string;
  readonly ranks: readonly Rank[];
  readonly info: ArchitectureInfo;
  readonly build: Builder;
}

/** All networks, family by family. */
export const architectures: readonly Architecture[] = Object.entries(families).flatMap(
  ([family, exported]) =>
    Object.entries(exported.architectures).map(([name, info]) => ({
      name,
      family,
      ranks: exported.ranks,
      info,
      build: (exported as unknown as Readonly<Record<string, Builder>>)[name]!,
    })),
);

/** @throws UsageError that names the nearest. */
export function architectureOf(name: string): Architecture {
  const found = architectures.find((architecture) => architecture.name === name);
  if (found !== undefined) return found;
  throw unknownName(
    'model',
    name,
    architectures.map((architecture) => architecture.name),
    'convnet models',
  );
}

/** What a network is built with; `model.json` keeps it. */
export interface NetworkOptions {
  readonly dims: Rank;
  readonly inChannels: number;
  readonly numClasses: number;
  /** Options of the builder's own, such as `width`. */
  readonly own: Readonly<Record<string, unknown>>;
  /** Built as the network of keras.applications, which pads and normalises otherwise. */
  readonly twin?: 'keras';
}

/**
 * Builds a network. Where its size follows from the input, that is told it; auxiliary classifiers, whose losses are the
 * builder's own business, are left out.
 * @throws ArgumentError of the builder.
 */
export function buildNetwork(
  architecture: Architecture,
  options: NetworkOptions,
  inputSize: readonly number[],
  device?: Device,
): AnyModule {
  const { name, ranks, build } = architecture;
  if (!ranks.includes(options.dims)) {
    throw new ArgumentError(
      `${name}: expected dims as ${ranks.join(' or ')}, got ${options.dims}; 'convnet models' lists which has what`,
    );
  }
  return build({
    ...builderOptions(architecture, options, inputSize),
    ...(device && { device }),
  });
}

/** All that a builder is called with, but for the device. */
export function builderOptions(
  { name, build }: Pick<Architecture, 'name' | 'build'>,
  { own, twin, ...options }: NetworkOptions,
  inputSize: readonly number[],
): Readonly<Record<string, unknown>> {
  const sized = takes(build, 'inputSize') ? { inputSize } : {};
  const single = takes(build, 'auxLogits') ? { auxLogits: false } : {};
  const like = twin === 'keras' ? kerasTwin(name).options : {};
  return { ...options, ...sized, ...single, ...like, ...own };
}

/** Looks at the names of a builder's own options; what they are is seen when it builds. @throws ArgumentError of the builder. */
export function requireOptions(
  { build }: Pick<Architecture, 'build'>,
  own: Readonly<Record<string, unknown>>,
): void {
  build(Object.fromEntries(Object.keys(own).map((name) => [name, undefined])));
}

/** Whether a builder has an option: undefined stands for one that is left out, but one that exists. */
function takes(build: Builder, option: string): boolean {
  try {
    build({ [option]: undefined });
    return true;
  } catch (error) {
    if (error instanceof ArgumentError && error.message.includes(`no option '${option}'`)) {
      return false;
    }
    throw error;
  }
}
