'use strict';
// Numbers as people read them; the same forms as topologies/units.hpp prints.

function significant(value, digits = 3) {
  if (value === 0) return '0';
  const text = Number(value.toPrecision(digits));
  return Math.abs(text) >= 1e6 ? text.toExponential() : String(text);
}

/// Scales a value to the largest unit that leaves it ≥ 1: 15423e-6 → "15.4 ms".
function withUnit(value, units, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (value === 0) return `0 ${units[0][1]}`;
  const magnitude = Math.abs(Number(value.toPrecision(digits)));
  let chosen = units[0];
  for (const unit of units) if (magnitude >= unit[0] * (1 - 1e-9)) chosen = unit;
  return `${significant(value / chosen[0], digits)} ${chosen[1]}`;
}

const SECONDS = [[1e-9, 'ns'], [1e-6, 'µs'], [1e-3, 'ms'], [1, 's']];
const BANDWIDTHS = [[1, 'B/s'], [1e3, 'kB/s'], [1e6, 'MB/s'], [1e9, 'GB/s'], [1e12, 'TB/s']];
const BIT_RATES = [[1, 'bit/s'], [1e3, 'kbit/s'], [1e6, 'Mbit/s'], [1e9, 'Gbit/s'], [1e12, 'Tbit/s']];
const DECIMAL_BYTES = [[1, 'B'], [1e3, 'kB'], [1e6, 'MB'], [1e9, 'GB'], [1e12, 'TB']];

const formatSeconds = (value) => withUnit(value, SECONDS);
const formatBandwidth = (value) => withUnit(value, BANDWIDTHS);
const formatBitRate = (bytesPerSecond) => withUnit(bytesPerSecond === null ? null : bytesPerSecond * 8, BIT_RATES);
const formatDecimalBytes = (value) => withUnit(value, DECIMAL_BYTES);

/// Message sizes, in powers of 1024: 65536 → "64 KiB".
function formatSize(bytes) {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let power = 0;
  while (power + 1 < names.length && bytes >= 1024 ** (power + 1)) power += 1;
  return `${significant(bytes / 1024 ** power)} ${names[power]}`;
}

const formatShare = (value) => (value === null ? '–' : `${significant(100 * value, value < 0.1 ? 2 : 3)} %`);
const formatCount = (value) => value.toLocaleString('en').replaceAll(',', ' ');
