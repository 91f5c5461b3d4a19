import {
  aShape,
  aString,
  anObject,
  ArgumentError,
  checkOptions,
  listOf,
  optionKinds,
  type Kind,
} from '@convnet/tensor-core';

/** How the network of published weights is built. */
export interface PublishedBuilder {
  /** The package that exports it, such as '@convnet/resnet'. */
  readonly package: string;
  /** The name of its function, such as 'resnet18'. */
  readonly name: string;
  /** What it is called with, but for the device. JSON. Default none. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What is known of weights that are published. */
export interface PublishOptions {
  /** Of the package: '@me/gestures'. */
  readonly name: string;
  /** Default '1.0.0'. */
  readonly version?: string;
  /** An SPDX identifier, such as 'MIT' or 'CC-BY-4.0'. */
  readonly licence: string;
  /** The whole text of the licence. Default: that of MIT where it is that, else a line that names the licence and its place. */
  readonly licenceText?: string;
  readonly author?: string;
  /** One line. Default: which network it is. */
  readonly description?: string;
  readonly repository?: string;
  readonly builder: PublishedBuilder;
  /** [N, C, …] of what the network takes. */
  readonly inputShape: readonly number[];
  /** What its outputs are called. */
  readonly classes?: readonly string[];
  /** What was measured, by name: `{ accuracy: 0.974 }`. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** On what: 'the official test split, 300 recordings'. */
  readonly measuredOn?: string;
  /** What the network was trained on. */
  readonly trainedOn?: string;
  /** How inputs are made of files: anything that is JSON. */
  readonly preprocessing?: unknown;
  /** What the program that trained it keeps to use it again: anything that is JSON. */
  readonly run?: unknown;
  /** Ranges of versions of the packages of convnet, by name. Default: any. */
  readonly versions?: Readonly<Record<string, string>>;
}

const figures: Kind = {
  expected: 'an object with finite numbers',
  accepts: (value) =>
    anObject.accepts(value) && Object.values(value as object).every(Number.isFinite),
};
const texts: Kind = {
  expected: 'an object with texts',
  accepts: (value) =>
    anObject.accepts(value) &&
    Object.values(value as object).every((text) => typeof text === 'string'),
};
const json: Kind = { expected: 'JSON', accepts: isJson };

function isJson(value: unknown): boolean {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  if (typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) && Object.values(value).every(isJson)
  );
}

const isPackageName = (name: string): boolean =>
  /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(name) && name.length <= 214;

const aPackageName: Kind = {
  expected: 'a name that npm takes, such as @me/gestures',
  accepts: (value) => typeof value === 'string' && isPackageName(value),
};
const aVersion: Kind = {
  expected: 'a version such as 1.0.0',
  accepts: (value) =>
    typeof value === 'string' && /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.test(value),
};
const aLicence: Kind = {
  expected: 'an SPDX identifier, such as MIT',
  accepts: (value) => typeof value === 'string' && /^[\w.+() -]+$/.test(value),
};

const builderKinds = optionKinds<PublishedBuilder>({
  package: aPackageName,
  name: {
    expected: 'the name of a function',
    accepts: (value) => typeof value === 'string' && /^[A-Za-z_$][\w$]*$/.test(value),
  },
  options: {
    expected: 'an object of JSON',
    accepts: (value) => anObject.accepts(value) && isJson(value),
  },
});

const publishKinds = optionKinds<PublishOptions>({
  name: aPackageName,
  version: aVersion,
  licence: aLicence,
  licenceText: aString,
  author: aString,
  description: aString,
  repository: aString,
  builder: anObject,
  inputShape: aShape,
  classes: listOf(aString),
  metrics: figures,
  measuredOn: aString,
  trainedOn: aString,
  preprocessing: json,
  run: json,
  versions: texts,
});

const required = ['name', 'licence', 'builder', 'inputShape'] as const;

/** @throws ArgumentError for an option that is not known, is of another sort or is missing. */
export function checkPublishOptions(options: PublishOptions): void {
  checkOptions('publish', options, publishKinds);
  const given = (options ?? {}) as Partial<PublishOptions>;
  for (const name of required) {
    if (given[name] === undefined) throw new ArgumentError(`publish: expected ${name}, got none`);
  }
  checkOptions('publish: builder', options.builder, builderKinds);
  for (const name of ['package', 'name'] as const) {
    if ((options.builder as Partial<PublishedBuilder>)[name] === undefined) {
      throw new ArgumentError(`publish: expected builder.${name}, got none`);
    }
  }
}
