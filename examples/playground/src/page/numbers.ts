/** `1,234,567`. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Three figures and a unit prefix: `61.7 k`, `4.09 G`. */
export function short(value: number): string {
  const prefixes = ['', ' k', ' M', ' G', ' T'];
  let rest = value;
  let at = 0;
  while (Math.abs(rest) >= 999.5 && at < prefixes.length - 1) {
    rest /= 1000;
    at++;
  }
  return `${figures(rest)}${prefixes[at]}`;
}

/** Three figures: `0.123`, `12.3`, `123`. */
export function figures(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1000) return String(value);
  const size = Math.abs(value);
  if (size >= 99.95) return value.toFixed(0);
  if (size >= 9.995) return value.toFixed(1);
  if (size >= 0.9995) return value.toFixed(2);
  return value.toFixed(3);
}

/** `12.3 MB`, of 2^20 bytes. */
export function megabytes(bytes: number): string {
  return `${figures(bytes / 2 ** 20)} MB`;
}

/** `94.2 %` of a share. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `1 × 28 × 28`. */
export function extents(shape: readonly number[]): string {
  return shape.map((extent) => extent.toLocaleString('en-US')).join(' × ');
}
