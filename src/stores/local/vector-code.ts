/**
 * One bit for each number of a vector: enough to say how near another one is, within a bound. Pure.
 *
 * A vector is turned by a rotation that is the same for all, so that none of its numbers matters more than others, and
 * the signs are kept. The estimate from them is off by a known spread, and a vector whose best case is worse than what
 * was found already need not be read. What is found is compared in full: codes decide what is read, never what is said.
 */

export interface VectorCode {
  readonly bits: Uint8Array;
  /** How well the signs alone stand for the vector: their cosine. */
  readonly fit: number;
}

/** So many spreads an estimate may be off: less than once in fifteen thousand it is more. */
const spreads = 4;
const rounds = 3;

/** Bytes of the code of a vector of so many numbers. */
export function codeBytes(dims: number): number {
  return turnedSize(dims) / 8;
}

function turnedSize(dims: number): number {
  return 2 ** Math.max(3, Math.ceil(Math.log2(Math.max(1, dims))));
}

export function codeOf(values: Float32Array): VectorCode {
  const turned = turn(values);
  const bits = new Uint8Array(turned.length / 8);
  let sum = 0;
  for (let place = 0; place < turned.length; place += 1) {
    const value = turned[place] ?? 0;
    if (value > 0) bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7));
    sum += Math.abs(value);
  }
  return { bits, fit: sum / Math.sqrt(turned.length) };
}

/** What a question adds up to for every byte of a code. */
export interface AskedTable {
  readonly sums: Float32Array;
  /** Divides a sum into a cosine between the question and the signs. */
  readonly scale: number;
  readonly spread: number;
}

export function tableOf(values: Float32Array): AskedTable {
  const turned = turn(values);
  const sums = new Float32Array(turned.length * 32);
  for (let byte = 0; byte < turned.length / 8; byte += 1) {
    const numbers = turned.subarray(byte * 8, byte * 8 + 8);
    const from = byte * 256;
    sums[from] = -numbers.reduce((sum, value) => sum + value, 0);
    for (let bits = 1; bits < 256; bits += 1) {
      const rest = bits & (bits - 1);
      sums[from + bits] = (sums[from + rest] ?? 0) + 2 * (numbers[31 - Math.clz32(bits ^ rest)] ?? 0);
    }
  }
  return {
    sums,
    scale: Math.sqrt(turned.length),
    spread: spreads / Math.sqrt(Math.max(1, turned.length - 1)),
  };
}

/** The most that the cosine between the question and this vector can be. */
export function mostAlike(
  { sums, scale, spread }: AskedTable,
  codes: Uint8Array,
  at: number,
  fit: number,
): number {
  const bytes = sums.length / 256;
  let one = 0;
  let other = 0;
  for (let byte = 0; byte < bytes; byte += 2) {
    one += sums[(byte << 8) | (codes[at + byte] ?? 0)] ?? 0;
    other += sums[((byte + 1) << 8) | (codes[at + byte + 1] ?? 0)] ?? 0;
  }
  const safe = Math.max(fit, 1e-3);
  return (one + other) / scale / safe + (spread * Math.sqrt(Math.max(0, 1 - safe * safe))) / safe;
}

/**
 * Of unit length, filled up to a power of two, and turned: signs changed by a fixed chance, then mixed, three times.
 * Plain loops: an iterator takes ten times as long.
 */
function turn(values: Float32Array): Float32Array {
  const size = turnedSize(values.length);
  const turned = new Float32Array(size);
  let squares = 0;
  for (let place = 0; place < values.length; place += 1) squares += (values[place] ?? 0) ** 2;
  const length = Math.sqrt(squares) || 1;
  for (let place = 0; place < values.length; place += 1) turned[place] = (values[place] ?? 0) / length;
  let state = 2_463_534_242;
  for (let round = 0; round < rounds; round += 1) {
    for (let place = 0; place < size; place += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      if (state < 0) turned[place] = -(turned[place] ?? 0);
    }
    mix(turned);
  }
  return turned;
}

/** The Walsh–Hadamard transform, in place, length kept. */
function mix(values: Float32Array): void {
  const size = values.length;
  for (let half = 1; half < size; half *= 2)
    for (let from = 0; from < size; from += 2 * half)
      for (let place = from; place < from + half; place += 1) {
        const left = values[place] ?? 0;
        const right = values[place + half] ?? 0;
        values[place] = left + right;
        values[place + half] = left - right;
      }
  const scale = 1 / Math.sqrt(size);
  for (let place = 0; place < size; place += 1) values[place] = (values[place] ?? 0) * scale;
}
