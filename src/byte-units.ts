/** Bytes as people read them. Sizes are decimal (1 GB is 10^9 bytes), as hosts and disks state them. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `66.3 GB`; three digits at most. */
export function formatBytes(bytes: number): string {
  return inUnits(bytes, (value, unit) => (unit === 0 || value >= 99.95 ? 0 : 1));
}

/** @param decimals places after the point, of a value in a unit: 0 is B, 1 kB */
export function inUnits(bytes: number, decimals: (value: number, unit: number) => number): string {
  let value = bytes;
  let unit = 0;
  // 999.6 would be shown as 1000.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(decimals(value, unit))} ${UNITS[unit]}`;
}
