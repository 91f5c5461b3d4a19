import { Unsupported } from '../errors.ts';
import type { AttributeValues, FileNode, FileTensor } from '../protobuf/file-messages.ts';

/**
 * A node while it is prepared. Every attribute must be read: one that nobody knows changes what the node means.
 * All methods throw `Unsupported` for an attribute of another type than asked for.
 */
export class NodeReader {
  readonly opset: number;
  readonly #node: FileNode;
  readonly #left: Set<string>;

  constructor(node: FileNode, opset: number) {
    this.#node = node;
    this.opset = opset;
    // The first versions said where results could be put.
    this.#left = new Set([...node.attributes.keys()].filter((name) => name !== 'consumed_inputs'));
  }

  get opType(): string {
    return this.#node.opType;
  }

  get inputCount(): number {
    return this.#node.inputs.length;
  }

  get outputCount(): number {
    return this.#node.outputs.length;
  }

  /** Whether something is given at this place. */
  hasInput(i: number): boolean {
    return (this.#node.inputs[i] ?? '') !== '';
  }

  /** Whether a name is given at this place. */
  hasOutput(i: number): boolean {
    return (this.#node.outputs[i] ?? '') !== '';
  }

  has(name: string): boolean {
    return this.#node.attributes.has(name);
  }

  int(name: string, fallback: number): number {
    return this.#value(name, 'int') ?? fallback;
  }

  flag(name: string, fallback = false): boolean {
    return this.int(name, Number(fallback)) !== 0;
  }

  float(name: string, fallback: number): number {
    return this.#value(name, 'float') ?? fallback;
  }

  string<Text extends string>(name: string, known: readonly Text[], fallback: Text): Text {
    const text = this.#value(name, 'string');
    if (text === undefined) return fallback;
    if ((known as readonly string[]).includes(text)) return text as Text;
    return this.refuse(`${name} '${text}', of which only ${known.join(', ')} are here`);
  }

  ints(name: string): readonly number[] | null {
    return this.#value(name, 'ints') ?? null;
  }

  floats(name: string): readonly number[] | null {
    return this.#value(name, 'floats') ?? null;
  }

  tensor(name: string): FileTensor | null {
    return this.#value(name, 'tensor') ?? null;
  }

  /** An attribute that says nothing about what is computed. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#left.delete(name);
  }

  /** @throws Unsupported where an attribute was not read. */
  finish(): void {
    for (const name of this.#left) this.refuse(`the attribute '${name}' is not known`);
  }

  /** @throws Unsupported. */
  refuse(reason: string): never {
    throw new Unsupported(reason);
  }

  #value<Kind extends keyof AttributeValues>(
    name: string,
    kind: Kind,
  ): AttributeValues[Kind] | undefined {
    const attribute = this.#node.attributes.get(name);
    this.#left.delete(name);
    if (attribute === undefined) return undefined;
    if (attribute.kind === kind) return attribute.value as AttributeValues[Kind];
    return this.refuse(`the attribute '${name}' is expected as ${kind}, it is ${attribute.kind}`);
  }
}
