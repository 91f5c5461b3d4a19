/** Numbers as people read them. */

const dash = '–';

/** 61706 -> '61,706'. */
export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? dash : Math.round(value).toLocaleString('en-GB');
}

const units = ['', ' k', ' M', ' G', ' T'];

/** Three digits and a unit: 61706 -> '61.7 k'. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined) return dash;
  let rest = value;
  let unit = 0;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${digits(rest)}${units[unit]!}`;
}

/** Three digits: 0.1234 -> '0.123', 12.345 -> '12.3', 1234.5 -> '1,235'. */
export function digits(value: number | null | undefined): string {
  if (value === null || value === undefined) return dash;
  const magnitude = Math.abs(value);
  if (Number.isInteger(value) || magnitude >= 99.95) return count(value);
  return value.toFixed(magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : 3);
}

/** Two decimals: 1.234 -> '1.23'. */
export function fixed(value: number | undefined): string {
  return value === undefined ? dash : value.toFixed(2);
}

/** 0.9912 -> '99.12 %'. */
export function percent(share: number | null | undefined, decimals = 2): string {
  return share === null || share === undefined ? dash : `${(share * 100).toFixed(decimals)} %`;
}

/** 72.4 -> '1:12'. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, '0');
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

/** 72.4 -> '1:12 minutes', 3672 -> '1:01:12 hours'. */
export const duration = (seconds: number): string =>
  `${clock(seconds)} ${Math.round(seconds) < 3600 ? 'minutes' : 'hours'}`;

/** Seconds of a core: 51_120 -> '14.2', 252 -> '0.07'. */
export const coreHours = (seconds: number): string =>
  (seconds / 3600).toFixed(seconds < 360 ? 2 : 1);

/** '2D'; a dash where there are no spatial axes. */
export function dimensions(dims: number | null): string {
  return dims === null ? dash : `${dims}D`;
}

/** [64, 1, 28, 28] -> '64×1×28×28'. */
export function extents(shape: readonly number[] | null): string {
  return shape === null ? dash : shape.join('×');
}
