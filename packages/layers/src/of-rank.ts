/** The class of a layer without the first argument of its constructor, the number of spatial axes. */
export type OfRank<Layer> = Layer extends new (dims: number, ...rest: infer Rest) => infer Instance
  ? new (...rest: Rest) => Instance
  : never;

/**
 * The layer for `dims` spatial axes: the subclass that fixes the first argument, named as PyTorch names it. Bundlers
 * leave out those that nobody uses.
 */
/* @__NO_SIDE_EFFECTS__ */
export function ofRank<Rest extends readonly unknown[], Instance>(
  dims: number,
  layer: new (dims: number, ...rest: Rest) => Instance,
): new (...rest: Rest) => Instance {
  const Base = layer as unknown as new (dims: number, ...rest: readonly unknown[]) => object;
  const Fixed = class extends Base {
    constructor(...rest: readonly unknown[]) {
      super(dims, ...rest);
    }
  };
  Object.defineProperty(Fixed, 'name', { value: `${layer.name}${dims}d` });
  return Fixed as unknown as new (...rest: Rest) => Instance;
}
