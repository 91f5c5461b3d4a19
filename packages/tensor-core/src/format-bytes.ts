const units = ['KiB', 'MiB', 'GiB', 'TiB'];

/** @internal A number of bytes for people: '12 bytes', '1.5 KiB', '2.0 GiB'. */
export function formatBytes(bytes: number): string {
  if (Math.abs(bytes) < 1024) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  let value = bytes / 1024;
  let unit = 0;
  // What would be printed as 1024.0 is one of the next unit.
  while (Math.abs(value) >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]!}`;
}
