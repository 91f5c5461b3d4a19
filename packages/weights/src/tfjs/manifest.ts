import type { ElementType } from '../elements/element-type.ts';
import { TfjsError, type TfjsFault } from '../errors.ts';
import { JsonScanner } from '../json-scanner.ts';

/** How numbers were made smaller: `stored * scale + min`, or as half. */
export interface Quantization {
  readonly stored: 'uint8' | 'uint16' | 'float16';
  readonly scale: number;
  readonly min: number;
}

/** A tensor as `model.json` describes it. */
export interface Weight {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly quantization: Quantization | null;
}

/** Files that are one behind the other, and the tensors in them, in order. */
export interface Group {
  readonly paths: readonly string[];
  readonly weights: readonly Weight[];
}

const types: ReadonlyMap<string, ElementType> = new Map([
  ['float32', 'float32'],
  ['float16', 'float16'],
  ['int32', 'int32'],
  ['uint8', 'uint8'],
  ['uint16', 'uint16'],
  ['bool', 'bool'],
  ['complex64', 'complex64'],
]);

/** The longest `model.json` that is read. Graphs have their nodes in it too, which are skipped. */
export const longestManifest: number = 256 * 2 ** 20;

/**
 * Reads the `weightsManifest` of a layers or graph model of TensorFlow.js.
 * @throws TfjsError.
 */
export function parseManifest(text: string, source: string): readonly Group[] {
  const fail = (fault: TfjsFault, message: string): TfjsError =>
    new TfjsError(fault, source, message);
  const scanner = new JsonScanner(text, (fault, message) =>
    fail(fault === 'duplicate' ? 'duplicate' : 'manifest', message),
  );
  let groups: Group[] | undefined;
  scanner.object((field) => {
    if (field !== 'weightsManifest') {
      scanner.skip();
      return;
    }
    const list: Group[] = [];
    scanner.array(() => list.push(parseGroup(scanner, fail)));
    groups = list;
  });
  scanner.end();
  if (groups === undefined)
    throw fail('manifest', "expected 'weightsManifest', the list of tensors");
  return groups;
}

type Fail = (fault: TfjsFault, message: string) => TfjsError;

function parseGroup(scanner: JsonScanner, fail: Fail): Group {
  const paths: string[] = [];
  const weights: Weight[] = [];
  scanner.object((field) => {
    if (field === 'paths') scanner.array(() => paths.push(scanner.string()));
    else if (field === 'weights') scanner.array(() => weights.push(parseWeight(scanner, fail)));
    else scanner.skip();
  });
  return { paths, weights };
}

function parseWeight(scanner: JsonScanner, fail: Fail): Weight {
  let name: string | undefined;
  let type: string | undefined;
  let shape: number[] | undefined;
  let quantization: Quantization | null = null;
  scanner.object((field) => {
    if (field === 'name') name = scanner.string();
    else if (field === 'dtype') type = scanner.string();
    else if (field === 'shape') {
      const extents: number[] = [];
      scanner.array(() => extents.push(scanner.count()));
      shape = extents;
    } else if (field === 'quantization') quantization = parseQuantization(scanner, fail);
    else scanner.skip();
  });
  if (name === undefined || type === undefined || shape === undefined) {
    throw fail('manifest', 'expected name, dtype and shape of each tensor');
  }
  const dtype = types.get(type);
  if (dtype === undefined) {
    throw fail('dtype', `${JSON.stringify(name)} has elements of type ${JSON.stringify(type)}`);
  }
  if (quantization !== null && dtype !== 'float32' && dtype !== 'int32') {
    throw fail('dtype', `${JSON.stringify(name)}, ${type}, cannot have been quantised`);
  }
  return { name, dtype, shape, quantization };
}

function parseQuantization(scanner: JsonScanner, fail: Fail): Quantization {
  let stored: string | undefined;
  let scale: number | undefined;
  let min: number | undefined;
  scanner.object((field) => {
    if (field === 'dtype') stored = scanner.string();
    else if (field === 'scale') scale = scanner.number();
    else if (field === 'min') min = scanner.number();
    else scanner.skip();
  });
  if (stored === 'float16') return { stored, scale: 1, min: 0 };
  if ((stored === 'uint8' || stored === 'uint16') && scale !== undefined && min !== undefined) {
    return { stored, scale, min };
  }
  throw fail(
    'manifest',
    `expected a quantisation to uint8, uint16 or float16, got ${String(stored)}`,
  );
}
