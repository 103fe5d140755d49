/**
 * QR codes (ISO/IEC 18004) for short texts: bytes, error correction M, versions 1 to 20. It is drawn here because the
 * secret of a second factor goes to nobody else, and a package for one picture is more than the picture needs.
 */

/** Of versions 1 to 20 at level M: correction bytes per block, and blocks. */
const CORRECTION = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26] as const;
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16] as const;
export const MAX_VERSION = 20;
/** Level M in the format bits. */
const LEVEL_BITS = 0;
const FORMAT_GENERATOR = 0x537;
const FORMAT_MASK = 0x5412;
const VERSION_GENERATOR = 0x1f25;
const FIELD_POLYNOMIAL = 0x11d;

/** Rows of dark (true) and light modules, without the quiet zone. */
export type QrCode = readonly (readonly boolean[])[];

/** Throws a RangeError for a text that is too long (more than 666 bytes). */
export function encodeQr(text: string): QrCode {
  const bytes = new TextEncoder().encode(text);
  const version = versionFor(bytes.length);
  const grid = createGrid(version);
  drawPatterns(grid, version);
  drawData(grid, withCorrection(dataBytes(bytes, version), version));
  return bestMask(grid);
}

/** All modules that are no pattern, in bits: what the version has room for. */
function rawBits(version: number): number {
  const aligned = Math.floor(version / 7) + 2;
  const alignment = version === 1 ? 0 : (25 * aligned - 10) * aligned - 55;
  return (16 * version + 128) * version + 64 - alignment - (version >= 7 ? 36 : 0);
}

function capacity(version: number): number {
  return Math.floor(rawBits(version) / 8) - at(CORRECTION, version - 1) * at(BLOCKS, version - 1);
}

const countBits = (version: number) => (version < 10 ? 8 : 16);

function versionFor(length: number): number {
  for (let version = 1; version <= MAX_VERSION; version += 1) {
    if (4 + countBits(version) + 8 * length <= 8 * capacity(version)) return version;
  }
  throw new RangeError('the text is too long for a QR code of ours');
}

function at<T>(list: ArrayLike<T>, index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError('a place outside of the code');
  return value;
}

function dataBytes(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const push = (value: number, length: number) => {
    for (let bit = length - 1; bit >= 0; bit -= 1) bits.push((value >>> bit) & 1);
  };
  push(0b0100, 4);
  push(bytes.length, countBits(version));
  for (const byte of bytes) push(byte, 8);
  const room = 8 * capacity(version);
  push(0, Math.min(4, room - bits.length));
  push(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) push(pad, 8);
  return Array.from({ length: bits.length / 8 }, (_, index) =>
    bits.slice(index * 8, index * 8 + 8).reduce((byte, bit) => (byte << 1) | bit, 0),
  );
}

function multiply(x: number, y: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >>> 7) * FIELD_POLYNOMIAL);
    product ^= ((y >>> bit) & 1) * x;
  }
  return product;
}

function divisor(degree: number): number[] {
  const result = Array.from({ length: degree }, (_, index) => Number(index === degree - 1));
  let root = 1;
  for (let step = 0; step < degree; step += 1) {
    for (let index = 0; index < degree; index += 1) {
      result[index] = multiply(at(result, index), root) ^ (result[index + 1] ?? 0);
    }
    root = multiply(root, 2);
  }
  return result;
}

function remainder(data: readonly number[], by: readonly number[]): number[] {
  const result = by.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ at(result, 0);
    result.shift();
    result.push(0);
    for (let index = 0; index < by.length; index += 1) {
      result[index] = at(result, index) ^ multiply(at(by, index), factor);
    }
  }
  return result;
}

/** Data in blocks, each with its correction, woven together. */
function withCorrection(data: readonly number[], version: number): number[] {
  const blocks = at(BLOCKS, version - 1);
  const correction = at(CORRECTION, version - 1);
  const total = Math.floor(rawBits(version) / 8);
  const shorter = blocks - (total % blocks);
  const shortLength = Math.floor(total / blocks) - correction;
  const by = divisor(correction);
  const parts: number[][] = [];
  let from = 0;
  for (let block = 0; block < blocks; block += 1) {
    const length = shortLength + (block < shorter ? 0 : 1);
    parts.push(data.slice(from, from + length));
    from += length;
  }
  const corrections = parts.map((part) => remainder(part, by));
  const woven: number[] = [];
  for (let index = 0; index <= shortLength; index += 1) {
    for (const part of parts) if (index < part.length) woven.push(at(part, index));
  }
  for (let index = 0; index < correction; index += 1) for (const part of corrections) woven.push(at(part, index));
  return woven;
}

interface Grid {
  readonly size: number;
  readonly dark: boolean[][];
  /** Modules of patterns: data goes around them. */
  readonly fixed: boolean[][];
}

const square = (size: number): boolean[][] => Array.from({ length: size }, () => Array<boolean>(size).fill(false));

function createGrid(version: number): Grid {
  const size = 17 + 4 * version;
  return { size, dark: square(size), fixed: square(size) };
}

function set(grid: Grid, x: number, y: number, isDark: boolean): void {
  if (x < 0 || y < 0 || x >= grid.size || y >= grid.size) return;
  at(grid.dark, y)[x] = isDark;
  at(grid.fixed, y)[x] = true;
}

function drawPatterns(grid: Grid, version: number): void {
  const { size } = grid;
  for (let place = 0; place < size; place += 1) {
    set(grid, 6, place, place % 2 === 0);
    set(grid, place, 6, place % 2 === 0);
  }
  const corners = [[3, 3] as const, [size - 4, 3] as const, [3, size - 4] as const];
  for (const [x, y] of corners) drawRings(grid, x, y, 4, (ring) => ring !== 2 && ring !== 4);
  const places = alignmentPlaces(version, size);
  const last = places.length - 1;
  places.forEach((x, column) => {
    places.forEach((y, row) => {
      const isCorner = (column === 0 && row === 0) || (column === 0 && row === last) || (column === last && row === 0);
      if (!isCorner) drawRings(grid, x, y, 2, (ring) => ring !== 1);
    });
  });
  drawFormat(grid, 0);
  if (version >= 7) drawVersion(grid, version);
}

function drawRings(grid: Grid, x: number, y: number, radius: number, isDark: (ring: number) => boolean): void {
  for (let dy = -radius; dy <= radius; dy += 1) {
    for (let dx = -radius; dx <= radius; dx += 1)
      set(grid, x + dx, y + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
  }
}

function alignmentPlaces(version: number, size: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const places = Array.from({ length: count - 1 }, (_, index) => size - 7 - index * step);
  return [6, ...places.reverse()];
}

function drawFormat(grid: Grid, mask: number): void {
  const { size } = grid;
  const data = (LEVEL_BITS << 3) | mask;
  let rest = data;
  for (let bit = 0; bit < 10; bit += 1) rest = (rest << 1) ^ ((rest >>> 9) * FORMAT_GENERATOR);
  const bits = ((data << 10) | rest) ^ FORMAT_MASK;
  const isDark = (bit: number) => ((bits >>> bit) & 1) === 1;
  for (let bit = 0; bit <= 5; bit += 1) set(grid, 8, bit, isDark(bit));
  set(grid, 8, 7, isDark(6));
  set(grid, 8, 8, isDark(7));
  set(grid, 7, 8, isDark(8));
  for (let bit = 9; bit < 15; bit += 1) set(grid, 14 - bit, 8, isDark(bit));
  for (let bit = 0; bit < 8; bit += 1) set(grid, size - 1 - bit, 8, isDark(bit));
  for (let bit = 8; bit < 15; bit += 1) set(grid, 8, size - 15 + bit, isDark(bit));
  set(grid, 8, size - 8, true);
}

function drawVersion(grid: Grid, version: number): void {
  let rest = version;
  for (let bit = 0; bit < 12; bit += 1) rest = (rest << 1) ^ ((rest >>> 11) * VERSION_GENERATOR);
  const bits = (version << 12) | rest;
  for (let bit = 0; bit < 18; bit += 1) {
    const isDark = ((bits >>> bit) & 1) === 1;
    const far = grid.size - 11 + (bit % 3);
    const near = Math.floor(bit / 3);
    set(grid, far, near, isDark);
    set(grid, near, far, isDark);
  }
}

/** In pairs of columns from the right, up and down by turns. */
function drawData(grid: Grid, bytes: readonly number[]): void {
  const { size } = grid;
  let bit = 0;
  for (let pair = size - 1; pair >= 1; pair -= 2) {
    const right = pair <= 6 ? pair - 1 : pair;
    for (let step = 0; step < size; step += 1) {
      const isUp = ((right + 1) & 2) === 0;
      const y = isUp ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (at(at(grid.fixed, y), x) || bit >= bytes.length * 8) continue;
        at(grid.dark, y)[x] = ((at(bytes, bit >>> 3) >>> (7 - (bit & 7))) & 1) === 1;
        bit += 1;
      }
    }
  }
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

function masked(grid: Grid, mask: number): boolean[][] {
  const isFlipped = at(MASKS, mask);
  const copy: Grid = { ...grid, dark: grid.dark.map((row) => [...row]) };
  drawFormat(copy, mask);
  return copy.dark.map((row, y) =>
    row.map((isDark, x) => (at(at(grid.fixed, y), x) ? isDark : isDark !== isFlipped(x, y))),
  );
}

/** The mask whose picture is the easiest to read by the standard's count. */
function bestMask(grid: Grid): QrCode {
  const codes = MASKS.map((_, mask) => masked(grid, mask));
  const marks = codes.map(penalty);
  return at(codes, marks.indexOf(Math.min(...marks)));
}

const FINDER_LIKE = /(?=10111010000|00001011101)/g;

function penalty(code: readonly (readonly boolean[])[]): number {
  const rows = code.map((row) => row.map(Number).join(''));
  const columns = code.map((_, x) => code.map((row) => (row[x] === true ? '1' : '0')).join(''));
  let mark = 0;
  for (const line of [...rows, ...columns]) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) mark += run.length - 2;
    mark += 40 * [...line.matchAll(FINDER_LIKE)].length;
  }
  for (let y = 1; y < code.length; y += 1) {
    for (let x = 1; x < code.length; x += 1) {
      const first = at(at(code, y), x);
      if (first === code[y]?.[x - 1] && first === code[y - 1]?.[x] && first === code[y - 1]?.[x - 1]) mark += 3;
    }
  }
  const dark = rows.join('').replaceAll('0', '').length / code.length ** 2;
  return mark + 10 * Math.floor(Math.abs(dark * 100 - 50) / 5);
}
