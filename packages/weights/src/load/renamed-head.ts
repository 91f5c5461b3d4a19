/**
 * The tensors of a last layer that a file calls otherwise: those of the model by the names of the file. So networks of CIFAR
 * have `linear` where torchvision's have `fc`. null unless one layer is all that is left over in the file, and it has just the
 * tensors of the last layer of the model.
 * @param left names in the file that the model does not have
 * @param last the path of the model's last layer
 * @param free names of the model that nothing has been found for
 */
export function renamedHead(
  left: readonly string[],
  last: string,
  free: readonly string[],
): ReadonlyMap<string, string> | null {
  const [path] = left.map(pathOf);
  if (path === undefined || last === '' || left.some((name) => pathOf(name) !== path)) return null;
  const names = new Map(left.map((name) => [`${last}${name.slice(path.length)}`, name]));
  const isWhole = free.length === left.length && free.every((name) => names.has(name));
  return isWhole ? new Map(Array.from(names, ([to, from]) => [from, to])) : null;
}

const pathOf = (name: string): string => name.slice(0, Math.max(name.lastIndexOf('.'), 0));
